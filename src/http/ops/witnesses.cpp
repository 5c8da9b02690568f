#include "http/ops/witnesses.hpp"

#include <algorithm>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <sstream>

#include <fmt/format.h>

#include "events/log_tree.hpp"
#include "events/store/held_directory.hpp"
#include "http/ops/durable_file.hpp"

namespace threatatlas::ops {
namespace {

std::optional<tlog::NoteSignature> signature_by(const tlog::NoteVerifier& key,
                                                const tlog::Note& note) {
    const auto found =
        std::find_if(note.signatures.begin(), note.signatures.end(),
                     [&](const tlog::NoteSignature& one) { return key.verifies(note.text, one); });
    return found == note.signatures.end() ? std::nullopt : std::optional(*found);
}

// Its signature on the same checkpoint from an earlier round.
std::optional<tlog::NoteSignature> signature_by(const tlog::NoteVerifier& key,
                                                const WitnessState& state,
                                                const events::SealedLog& sealed) {
    return state.cosigned && state.cosigned->checkpoint == sealed.checkpoint
               ? signature_by(key, tlog::parse_note(state.cosigned->note))
               : std::nullopt;
}

}  // namespace

Witnesses::Witnesses(WitnessOptions options, std::filesystem::path file, const store::Store& store,
                     const sequencer::Sequencer& sequencer, tlog::NoteVerifier key, const Log& log)
    : every_(options.every),
      file_(std::move(file)),
      store_(store),
      sequencer_(sequencer),
      key_(std::move(key)),
      log_(log) {
    for (WitnessAddress& address : options.addresses) {
        states_.push_back(
            {.name = address.key.name(), .cosigned_size = 0, .fault = "not asked yet"});
        clients_.push_back(std::make_unique<WitnessClient>(std::move(address), options.limits));
    }
    tasks_.resize(clients_.size());
    read_file();
    for (std::size_t i = 0; i < clients_.size(); ++i) {
        client_threads_.emplace_back([this, i] { serve(i); });
    }
    if (!clients_.empty()) {
        thread_ = std::thread([this] { run(); });
    }
}

Witnesses::~Witnesses() {
    if (!thread_.joinable()) {
        return;
    }
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    for (const auto& client : clients_) {
        client->stop();
    }
    thread_.join();
    for (std::thread& client_thread : client_threads_) {
        client_thread.join();
    }
}

std::shared_ptr<const events::SealedLog> Witnesses::cosigned() const {
    const std::lock_guard lock(mutex_);
    return cosigned_;
}

std::vector<WitnessState> Witnesses::states() const {
    const std::lock_guard lock(mutex_);
    return states_;
}

void Witnesses::read_file() {
    std::ifstream stream(file_, std::ios::binary);
    if (!stream) {
        return;
    }
    std::ostringstream content;
    content << stream.rdbuf();
    for (const std::string& note : tlog::split_notes(content.str())) {
        try {
            load_note(note);
        } catch (const tlog::BadNote& error) {
            log_.warning("witness", {{"file", store::with_usual_names(file_.string())},
                                     {"detail", error.what()}});
        }
    }
}

void Witnesses::load_note(const std::string& bytes) {
    const tlog::Note note = tlog::parse_note(bytes);
    const auto kept = std::make_shared<const events::SealedLog>(
        events::SealedLog{tlog::parse_checkpoint(note.text), bytes});
    const std::uint64_t size = kept->checkpoint.size;
    require_grown_from(kept->checkpoint);
    std::vector<WitnessState*> signers;
    for (std::size_t i = 0; i < clients_.size(); ++i) {
        if (signature_by(clients_[i]->key(), note) && size >= states_[i].cosigned_size) {
            clients_[i]->set_cosigned_size(size);
            states_[i].cosigned_size = size;
            signers.push_back(&states_[i]);
        }
    }
    // Checkpoints that were signed only by an earlier key of this log are not served.
    static_cast<void>(tlog::require_signed(note, {key_}));
    for (WitnessState* const state : signers) {
        state->cosigned = kept;
    }
    if (!cosigned_ || size > cosigned_->checkpoint.size) {
        cosigned_ = kept;
    }
}

// Cosigned checkpoints are public: a log that is inconsistent with one must not be served.
void Witnesses::require_grown_from(const tlog::Checkpoint& cosigned) const {
    const tlog::Checkpoint now = sequencer_.sealed()->checkpoint;
    const store::ReadView view(store_);
    if (cosigned.size > now.size ||
        tlog::merkle_root(cosigned.size,
                          tlog::nodes_of_tiles(now.size, events::stored_tiles(view))) !=
            cosigned.root) {
        throw store::StoreRefused(
            fmt::format("the log of {} events does not extend the log of {} events that witnesses "
                        "cosigned (see {}): restore an intact backup",
                        now.size, cosigned.size, file_.string()));
    }
}

void Witnesses::run() {
    do {
        assign_tasks();
    } while (pause());
}

// False if the object is being destroyed.
bool Witnesses::pause() {
    std::unique_lock lock(mutex_);
    return !changed_.wait_for(lock, every_, [&] { return stopping_; });
}

void Witnesses::assign_tasks() {
    const auto sealed = sequencer_.sealed();
    {
        const std::lock_guard lock(mutex_);
        for (std::size_t i = 0; i < tasks_.size(); ++i) {
            if (!tasks_[i] && lags(states_[i], *sealed)) {
                tasks_[i] = sealed;
            }
        }
    }
    changed_.notify_all();
}

bool Witnesses::lags(const WitnessState& state, const events::SealedLog& sealed) {
    return !state.fault.empty() || state.cosigned_size < sealed.checkpoint.size;
}

// Runs on the thread of a witness.
void Witnesses::serve(std::size_t witness) {
    while (const auto sealed = wait_for_task(witness)) {
        record_answer(witness, *sealed, ask(*clients_[witness], *sealed));
        const std::lock_guard lock(mutex_);
        tasks_[witness].reset();
    }
}

// Null during destruction.
std::shared_ptr<const events::SealedLog> Witnesses::wait_for_task(std::size_t witness) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return stopping_ || tasks_[witness]; });
    return stopping_ ? nullptr : tasks_[witness];
}

WitnessAnswer Witnesses::ask(WitnessClient& client, const events::SealedLog& sealed) const {
    const auto prove = [&](std::uint64_t old_size) {
        const store::ReadView view(store_);
        return tlog::consistency_proof(
            old_size, sealed.checkpoint.size,
            tlog::nodes_of_tiles(sealed.checkpoint.size, events::stored_tiles(view)));
    };
    try {
        return client.cosign(sealed, prove);
    } catch (const std::exception& error) {
        return {.cosignature = std::nullopt, .fault = error.what()};
    }
}

void Witnesses::record_answer(std::size_t witness, const events::SealedLog& sealed,
                              const WitnessAnswer& answer) {
    {
        const std::lock_guard lock(mutex_);
        WitnessState& state = states_[witness];
        if (!answer.cosignature && answer.fault != state.fault && !stopping_) {
            log_.write(answer.contradicts ? LogLevel::error : LogLevel::warning, "witness",
                       {{"name", state.name}, {"detail", answer.fault}});
        }
        state.cosigned_size = clients_[witness]->cosigned_size();
        state.fault = answer.fault;
        if (answer.cosignature) {
            add_signature(witness, sealed, *answer.cosignature);
        }
    }
    if (answer.cosignature) {
        write_file();
    }
}

// Merges the signature with those of other witnesses for the same checkpoint. Holds mutex_.
void Witnesses::add_signature(std::size_t witness, const events::SealedLog& sealed,
                              const tlog::NoteSignature& signature) {
    auto cosigned = std::make_shared<events::SealedLog>(sealed);
    std::vector<WitnessState*> signers;
    for (std::size_t i = 0; i < states_.size(); ++i) {
        const auto one = i == witness ? std::optional(signature)
                                      : signature_by(clients_[i]->key(), states_[i], sealed);
        if (one) {
            cosigned->note += tlog::signature_line(*one);
            signers.push_back(&states_[i]);
        }
    }
    for (WitnessState* const state : signers) {
        state->cosigned = cosigned;
    }
    if (!cosigned_ || cosigned->checkpoint.size >= cosigned_->checkpoint.size) {
        cosigned_ = std::move(cosigned);
    }
}

// Writes the newest cosigned checkpoint of each witness, so that one that lags is not lost.
void Witnesses::write_file() {
    const std::lock_guard file_lock(file_mutex_);
    std::map<std::uint64_t, std::string, std::greater<>> notes;  // newest first
    for (const WitnessState& state : states()) {
        if (state.cosigned) {
            notes.emplace(state.cosigned->checkpoint.size, state.cosigned->note);
        }
    }
    std::vector<std::string> kept;
    kept.reserve(notes.size());
    for (auto& [size, note] : notes) {
        kept.push_back(std::move(note));
    }
    try {
        write_durable_file(file_, tlog::join_notes(kept));
    } catch (const std::exception& error) {
        log_.error("witness", {{"detail", error.what()}});  // it is still served from memory
    }
}

}  // namespace threatatlas::ops
