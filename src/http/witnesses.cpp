#include "http/witnesses.hpp"

#include <algorithm>
#include <fstream>
#include <future>
#include <sstream>

#include <fmt/format.h>

#include "events/log_tree.hpp"
#include "http/durable_file.hpp"

namespace threatatlas {

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
    try {
        SealedLog sealed{parse_checkpoint(parse_note(content.str()).text), content.str()};
        const Note note = parse_note(sealed.note);
        require_grown_from(sealed.checkpoint);
        for (std::size_t i = 0; i < clients_.size(); ++i) {
            const bool signed_it = std::any_of(
                note.signatures.begin(), note.signatures.end(), [&](const NoteSignature& one) {
                    return clients_[i]->key().verifies(note.text, one);
                });
            if (signed_it) {
                clients_[i]->set_cosigned_size(sealed.checkpoint.size);
                states_[i].cosigned_size = sealed.checkpoint.size;
            }
        }
        // Nor is what another key signed, which this log had before.
        static_cast<void>(require_signed(note, {key_}));
        cosigned_ = std::make_shared<const SealedLog>(std::move(sealed));
    } catch (const BadNote& error) {
        log_.warning("witness", {{"file", file_.string()}, {"detail", error.what()}});
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
    SealedLog cosigned = sealed;
    std::vector<WitnessState> states = this->states();
    for (std::size_t i = 0; i < answers.size(); ++i) {
        const WitnessAnswer answer = answers[i].get();
        if (answer.cosignature) {
            cosigned.note += signature_line(*answer.cosignature);
        } else if (answer.fault != states[i].fault) {
            log_.write(answer.contradicts ? LogLevel::error : LogLevel::warning, "witness",
                       {{"name", states[i].name}, {"detail", answer.fault}});
        }
        states[i].cosigned_size = clients_[i]->cosigned_size();
        states[i].fault = answer.fault;
    }
    keep(cosigned.note == sealed.note ? nullptr
                                      : std::make_shared<const SealedLog>(std::move(cosigned)),
         std::move(states));
}

void Witnesses::keep(std::shared_ptr<const SealedLog> cosigned, std::vector<WitnessState> states) {
    try {
        if (cosigned) {
            write_durable_file(file_, cosigned->note);
        }
    } catch (const std::exception& error) {
        log_.error("witness", {{"detail", error.what()}});  // it is served all the same
    }
    const std::lock_guard lock(mutex_);
    states_ = std::move(states);
    if (cosigned) {
        cosigned_ = std::move(cosigned);
    }
}

}  // namespace threatatlas
