#include "http/witnesses.hpp"

#include <algorithm>
#include <fstream>
#include <functional>
#include <future>
#include <map>
#include <optional>
#include <sstream>

#include <fmt/format.h>

#include "events/log_tree.hpp"
#include "http/durable_file.hpp"

namespace threatatlas {
namespace {

std::optional<NoteSignature> signature_by(const NoteVerifier& key, const Note& note) {
    const auto found =
        std::find_if(note.signatures.begin(), note.signatures.end(),
                     [&](const NoteSignature& one) { return key.verifies(note.text, one); });
    return found == note.signatures.end() ? std::nullopt : std::optional(*found);
}

// Of this very checkpoint, in an earlier round.
std::optional<NoteSignature> signature_by(const NoteVerifier& key, const WitnessState& state,
                                          const SealedLog& sealed) {
    return state.cosigned && state.cosigned->checkpoint == sealed.checkpoint
               ? signature_by(key, parse_note(state.cosigned->note))
               : std::nullopt;
}

}  // namespace

Witnesses::Witnesses(WitnessOptions options, std::filesystem::path file, const Store& store,
                     const Sequencer& sequencer, NoteVerifier key, const Log& log)
    : every_(options.every),
      file_(std::move(file)),
      store_(store),
      sequencer_(sequencer),
      key_(std::move(key)),
      log_(log) {
    for (WitnessAddress& address : options.addresses) {
        states_.push_back(
            {.name = address.key.name(), .cosigned_size = 0, .fault = "not asked yet"});
        clients_.push_back(std::make_unique<WitnessClient>(std::move(address)));
    }
    read_file();
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
    stopped_.notify_all();
    for (const auto& client : clients_) {
        client->stop();
    }
    thread_.join();
}

std::shared_ptr<const SealedLog> Witnesses::cosigned() const {
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
    for (const std::string& note : split_notes(content.str())) {
        try {
            take_kept(note);
        } catch (const BadNote& error) {
            log_.warning("witness", {{"file", file_.string()}, {"detail", error.what()}});
        }
    }
}

void Witnesses::take_kept(const std::string& bytes) {
    const Note note = parse_note(bytes);
    const auto kept =
        std::make_shared<const SealedLog>(SealedLog{parse_checkpoint(note.text), bytes});
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
    // What another key signed, which this log had before, is not served.
    static_cast<void>(require_signed(note, {key_}));
    for (WitnessState* const state : signers) {
        state->cosigned = kept;
    }
    if (!cosigned_ || size > cosigned_->checkpoint.size) {
        cosigned_ = kept;
    }
}

// What witnesses signed is there for everybody to see: a log that did not grow from it is not to be
// served.
void Witnesses::require_grown_from(const Checkpoint& cosigned) const {
    const Checkpoint now = sequencer_.sealed()->checkpoint;
    const ReadView view(store_);
    if (cosigned.size > now.size ||
        merkle_root(cosigned.size, nodes_of_tiles(now.size, stored_tiles(view))) != cosigned.root) {
        throw StoreRefused(fmt::format(
            "the log of {} events did not grow from the one of {} events that witnesses signed, in "
            "{}: restore a backup that is whole",
            now.size, cosigned.size, file_.string()));
    }
}

void Witnesses::run() {
    std::uint64_t asked_size = 0;
    bool all_signed = false;
    do {
        const auto sealed = sequencer_.sealed();
        if (!all_signed || sealed->checkpoint.size > asked_size) {
            ask_all(*sealed);
            asked_size = sealed->checkpoint.size;
            const auto states = this->states();
            all_signed = std::all_of(states.begin(), states.end(),
                                     [](const WitnessState& one) { return one.fault.empty(); });
        }
    } while (pause());
}

// Whether to go on.
bool Witnesses::pause() {
    std::unique_lock lock(mutex_);
    return !stopped_.wait_for(lock, every_, [&] { return stopping_; });
}

// All at the same time, so that they sign the same checkpoint, and none holds up the others.
void Witnesses::ask_all(const SealedLog& sealed) {
    const auto prove = [&](std::uint64_t old_size) {
        const ReadView view(store_);
        return consistency_proof(old_size, sealed.checkpoint.size,
                                 nodes_of_tiles(sealed.checkpoint.size, stored_tiles(view)));
    };
    std::vector<std::future<WitnessAnswer>> answers;
    for (const auto& client : clients_) {
        answers.push_back(std::async(std::launch::async, [&] {
            try {
                return client->cosign(sealed, prove);
            } catch (const std::exception& error) {
                return WitnessAnswer{.cosignature = std::nullopt, .fault = error.what()};
            }
        }));
    }
    auto cosigned = std::make_shared<SealedLog>(sealed);
    bool is_new = false;
    std::vector<WitnessState> states = this->states();
    std::vector<WitnessState*> signers;
    for (std::size_t i = 0; i < answers.size(); ++i) {
        const WitnessAnswer answer = answers[i].get();
        WitnessState& state = states[i];
        if (!answer.cosignature && answer.fault != state.fault) {
            log_.write(answer.contradicts ? LogLevel::error : LogLevel::warning, "witness",
                       {{"name", state.name}, {"detail", answer.fault}});
        }
        state.cosigned_size = clients_[i]->cosigned_size();
        state.fault = answer.fault;
        is_new = is_new || answer.cosignature;
        const auto signature = answer.cosignature ? answer.cosignature
                                                  : signature_by(clients_[i]->key(), state, sealed);
        if (signature) {
            cosigned->note += signature_line(*signature);
            signers.push_back(&state);
        }
    }
    if (is_new) {
        for (WitnessState* const state : signers) {
            state->cosigned = cosigned;
        }
        keep(states);
    }
    const std::lock_guard lock(mutex_);
    states_ = std::move(states);
    if (is_new) {
        cosigned_ = std::move(cosigned);
    }
}

// A witness that lags must not lose what it signed: each one's newest is kept.
void Witnesses::keep(const std::vector<WitnessState>& states) const {
    std::map<std::uint64_t, std::string, std::greater<>> notes;  // the newest first
    for (const WitnessState& state : states) {
        if (state.cosigned) {
            notes.emplace(state.cosigned->checkpoint.size, state.cosigned->note);
        }
    }
    std::vector<std::string> kept;
    for (auto& [size, note] : notes) {
        kept.push_back(std::move(note));
    }
    try {
        write_durable_file(file_, join_notes(kept));
    } catch (const std::exception& error) {
        log_.error("witness", {{"detail", error.what()}});  // it is served all the same
    }
}

}  // namespace threatatlas
