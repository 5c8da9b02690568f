#include "http/backend.hpp"

#include <utility>

#include "events/event_log.hpp"
#include "http/admin_token.hpp"
#include "projections/rebuild.hpp"

namespace threatatlas {
namespace {

using std::chrono::milliseconds;

// The server is to stop while projections are made anew.
struct Interrupted : std::exception {};

// Between two looks whether a retired engine is free.
constexpr milliseconds retire_interval{2};

}  // namespace

Engine::Engine(std::unique_ptr<Store> store, const SequencerEnvironment& environment)
    : store_(std::move(store)) {
    access_.load(ReadView(*store_));
    sequencer_ = std::make_unique<Sequencer>(*store_, access_, environment);
    watch_ = std::make_unique<EventWatch>(*store_, *sequencer_);
}

Engine::~Engine() {
    watch_.reset();
    sequencer_.reset();
}

std::string_view phase_name(BackendPhase phase) {
    switch (phase) {
        case BackendPhase::starting:
            return "starting";
        case BackendPhase::rebuilding:
            return "rebuilding";
        case BackendPhase::serving:
            return "ready";
        case BackendPhase::recovering:
            return "storage_failing";
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
      opened_(Store::open(options_.data,
                          {.create = true, .cache_mebibytes = options_.cache_mebibytes})) {
    options_.environment.report_fault = [this](std::string_view what) {
        log_.error("storage_fault", {{"detail", what}});
    };
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
    if (phase_.load() != BackendPhase::broken) {
        phase_ = BackendPhase::stopped;
    }
    retire_engine();
    opened_.reset();
}

BackendStatus Backend::status() const {
    BackendStatus status{phase_.load(), rebuilt_.load(), to_rebuild_.load()};
    if (status.phase == BackendPhase::serving) {
        const auto engine = engine_.load();
        if (engine && engine->sequencer().is_failing()) {
            status.phase = BackendPhase::recovering;
        }
    }
    return status;
}

void Backend::run() {
    try {
        prepare(std::move(opened_));
    } catch (const Interrupted&) {
        return;  // the next start begins the rebuild again
    } catch (const std::exception& error) {
        log_.error("cannot_serve", {{"detail", error.what()}});
        phase_ = BackendPhase::broken;
        give_up_();
        return;
    }
    log_.info("ready", {{"position", engine_.load()->sequencer().end().position}});
}

void Backend::prepare(std::unique_ptr<Store> store) {
    if (!projections_are_current(*store)) {
        phase_ = BackendPhase::rebuilding;
        const Position events = end_of_log(ReadView(*store)).position;
        to_rebuild_ = events;
        log_.info("rebuilding", {{"events", events}});
        rebuild_projections(*store, [this](Position done, Position total) {
            if (stopping_) {
                throw Interrupted();
            }
            rebuilt_ = done;
            to_rebuild_ = total;
        });
    }
    auto engine = std::make_shared<Engine>(std::move(store), options_.environment);
    Sequencer& sequencer = engine->sequencer();
    if (engine->access().live_admins(sequencer.now()) == 0) {
        if (options_.admin_token.empty()) {
            const std::string secret = make_secret(options_.environment.random);
            // The file first: a secret that was recorded and then lost would lock everybody out.
            write_admin_token(options_.data, secret);
            issue_admin_token(sequencer, "admin", secret);
            log_.info("admin_token", {{"file", admin_token_file(options_.data).string()}});
        } else {
            issue_admin_token(sequencer, "admin", options_.admin_token);
            log_.info("admin_token", {{"from", "THREATATLAS_ADMIN_TOKEN"}});
        }
    }
    engine_ = std::move(engine);
    phase_ = BackendPhase::serving;
}

void Backend::retire_engine() {
    auto engine = engine_.exchange(nullptr);
    if (!engine) {
        return;
    }
    engine->watch().stop();  // whoever waits there holds the engine
    engine->sequencer().stop_accepting();
    while (engine.use_count() > 1) {
        std::this_thread::sleep_for(retire_interval);
    }
}

}  // namespace threatatlas
