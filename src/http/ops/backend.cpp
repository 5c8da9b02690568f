#include "http/ops/backend.hpp"

#include <utility>

#include <fmt/format.h>

#include "events/event_log.hpp"
#include "events/store/read_ahead.hpp"
#include "http/ops/admin_token.hpp"
#include "projections/audit/rebuild.hpp"

namespace threatatlas::ops {
namespace {

constexpr const char* unreadable_detail =
    "Data could not be read within the last minute. Requests that need it get 503; all others are "
    "answered. See storage_error or storage_fault in the log for the place, and run "
    "threatatlas-replay verify: if only projections are damaged, threatatlas-replay rebuild "
    "repairs them.";

// Read after a start because gates and auditors ask for it first. It fills the page cache, which
// the system can reclaim.
constexpr std::uint64_t read_ahead_bytes_max = std::uint64_t{256} << 20U;

// Aborts a start during a stop; the next start repeats the work.
struct Stopped {};

}  // namespace

Engine::Engine(std::unique_ptr<store::Store> store, events::LogKey key,
               const sequencer::SequencerEnvironment& environment,
               const events::SealProgress& progress)
    : store_(std::move(store)),
      log_epoch_(events::ensure_log_epoch(*store_, environment.random)),
      sealer_(*store_, std::move(key)),
      verifier_key_(sealer_.verifier_key()) {
    sealer_.catch_up(progress);
    access_.load(store::ReadView(*store_));
    sequencer_ = std::make_unique<sequencer::Sequencer>(*store_, access_, environment, &sealer_);
    watch_ = std::make_unique<EventWatch>(*store_, *sequencer_, access_);
}

Engine::~Engine() {
    watch_.reset();  // waits for the sequencer
}

std::string_view phase_name(BackendPhase phase) {
    switch (phase) {
        case BackendPhase::starting:
            return "starting";
        case BackendPhase::rebuilding:
            return "rebuilding";
        case BackendPhase::sealing:
            return "sealing";
        case BackendPhase::serving:
            return "ready";
        case BackendPhase::recovering:
            return "storage_failing";
        case BackendPhase::directory_lost:
            return "data_directory_lost";
        case BackendPhase::clock_in_doubt:
            return "clock_in_doubt";
        case BackendPhase::unreadable:
            return "storage_unreadable";
        case BackendPhase::stopped:
            return "stopping";
        case BackendPhase::broken:
            return "broken";
    }
    return "";
}

Backend::Backend(BackendOptions options, const Log& log)
    : options_(std::move(options)),
      log_(log),
      opened_(store::Store::open(options_.data, {.create = true,
                                                 .cache_mebibytes = options_.cache_mebibytes,
                                                 .environment = options_.files})),
      log_key_(open_log_key(*opened_, options_.log_key, options_.environment.random)),
      attestation_key_(open_attestation_key(*opened_, options_.attestation_key, log_)),
      read_errors_(options_.environment.clock) {
    options_.environment.report_fault = [this](std::string_view what) {
        log_.error("storage_fault", {{"detail", what}});
    };
    options_.environment.report_clock = [this](std::string_view what) {
        log_.error("clock", {{"detail", what}});
    };
    options_.environment.report_recovery = [this](std::string_view part, std::string_view detail) {
        log_.info(fmt::format("{}_recovered", part), {{"detail", detail}});
    };
    options_.environment.look_around = [this] {
        if (read_errors_.take_end()) {
            log_.info("reads_recovered",
                      {{"detail", "No read has failed within the last minute."}});
        }
    };
    options_.environment.note_read_error = [this] { read_errors_.note(); };
}

Backend::~Backend() {
    stop();
}

void Backend::start(std::function<void()> give_up) {
    give_up_ = std::move(give_up);
    thread_ = std::thread([this] { run(); });
}

void Backend::stop() {
    stopping_ = true;
    if (thread_.joinable()) {
        thread_.join();
    }
    if (phase_ != BackendPhase::broken) {
        phase_ = BackendPhase::stopped;
    }
    serving_ = nullptr;
    witnesses_.reset();
    engine_.reset();
    opened_.reset();
}

BackendStatus Backend::status() const {
    BackendStatus status{phase_, done_, to_do_};
    Engine* const current = engine();
    if (current == nullptr) {
        return status;
    }
    if (auto fault = current->sequencer().directory_fault()) {
        status.phase = BackendPhase::directory_lost;
        status.detail = *std::move(fault);
    } else if (current->is_failing()) {
        status.phase = BackendPhase::recovering;
    } else if (auto doubt = current->sequencer().clock_doubt()) {
        status.phase = BackendPhase::clock_in_doubt;
        status.detail = *std::move(doubt);
    } else if (read_errors_.is_recent()) {
        status.phase = BackendPhase::unreadable;
        status.detail = unreadable_detail;
    }
    return status;
}

void Backend::run() {
    try {
        rebuild_if_needed(*opened_);
        engine_ = make_engine();
        ensure_admin(*engine_);
        witnesses_ = std::make_unique<Witnesses>(
            options_.witnesses, engine_->store().own_data() / "cosigned-checkpoint",
            engine_->store(), engine_->sequencer(), tlog::NoteVerifier(engine_->verifier_key()),
            log_);
        phase_ = BackendPhase::serving;
        serving_ = engine_.get();
        log_.info("ready", {{"position", engine_->sequencer().end().position},
                            {"log_key", engine_->verifier_key()}});
        read_files_ahead();
    } catch (const Stopped&) {
        log_.info(fmt::format("{}_stopped", phase_name(phase_)), {{"events_done", done_}});
    } catch (const std::exception& error) {
        log_.error("cannot_serve", {{"detail", error.what()}});
        phase_ = BackendPhase::broken;
        give_up_();
    }
}

void Backend::read_files_ahead() {
    try {
        store::read_ahead(engine_->store(),
                          {store::Table::products, store::Table::details, store::Table::history},
                          read_ahead_bytes_max, [this] { return !stopping_; });
    } catch (const store::StorageError&) {
        // The store is being reopened; reading ahead is optional.
    }
}

void Backend::rebuild_if_needed(store::Store& store) {
    if (audit::projections_are_current(store)) {
        return;
    }
    to_do_ = events::end_of_log(store::ReadView(store)).position;
    phase_ = BackendPhase::rebuilding;
    if (to_do_ > 0) {
        log_.info("rebuilding", {{"events", to_do_}});
    }
    audit::rebuild_projections(store,
                               [this](Position done, Position total) { advance(done, total); });
}

std::unique_ptr<Engine> Backend::make_engine() {
    return std::make_unique<Engine>(
        std::move(opened_), log_key_, options_.environment, [this](Position done, Position total) {
            // Set before the phase, so that the progress is valid as soon as the phase is visible.
            to_do_ = total;
            done_ = done;
            if (phase_.exchange(BackendPhase::sealing) != BackendPhase::sealing) {
                log_.info("sealing", {{"events", total}});
            }
            advance(done, total);
        });
}

void Backend::advance(Position done, Position total) {
    if (stopping_) {
        throw Stopped{};
    }
    done_ = done;
    to_do_ = total;
}

void Backend::ensure_admin(Engine& engine) {
    sequencer::Sequencer& sequencer = engine.sequencer();
    if (engine.access().live_admins(sequencer.now()) > 0) {
        return;
    }
    if (sequencer.clock_doubt()) {
        log_.error("admin_token",
                   {{"detail", "no admin token is created while the clock is in doubt"}});
        return;
    }
    if (!options_.admin_token.empty()) {
        issue_admin_token(sequencer, "admin", options_.admin_token);
        log_.info("admin_token", {{"from", options_.admin_token_from}});
        return;
    }
    const std::string secret = make_secret(options_.environment.random);
    // Written before it is recorded: a recorded secret that was lost would lock everyone out.
    write_admin_token(engine.store().own_data(), secret);
    issue_admin_token(sequencer, "admin", secret);
    log_.info("admin_token", {{"file", admin_token_file(options_.data).string()}});
}

}  // namespace threatatlas::ops
