#pragma once

// The witnesses of the log, asked again and again to sign its newest checkpoint: all the same one
// at the same time, each by a thread of its own, so that none waits for another. One that is not
// done with the last round misses the next.

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "commands/sequencer/sequencer.hpp"
#include "http/ops/diagnostic_log.hpp"
#include "http/ops/witness_client.hpp"

namespace threatatlas {

struct WitnessOptions {
    std::vector<WitnessAddress> addresses;
    std::chrono::milliseconds every = std::chrono::seconds(10);  // between two rounds
    ExchangeLimits limits = {};
};

// How a witness stands.
struct WitnessState {
    std::string name;
    std::uint64_t cosigned_size = 0;  // events of the last checkpoint that it signed
    std::string fault;                // of the last try; empty where it went well
    // The newest one that it signed and that is kept, with its signature; null where there is none.
    std::shared_ptr<const SealedLog> cosigned = {};
};

class Witnesses {
  public:
    // Store, sequencer and log are the caller's and outlive this. What each witness signed last is
    // kept in the file, and read again; it is served only where the key of the log, which is that
    // of today, signed it. Starts the thread. Throws StorageError, or StoreRefused where the log
    // did not grow from that.
    Witnesses(WitnessOptions options, std::filesystem::path file, const Store& store,
              const Sequencer& sequencer, NoteVerifier key, const Log& log);
    // Ends a round that is under way.
    ~Witnesses();
    Witnesses(const Witnesses&) = delete;
    Witnesses& operator=(const Witnesses&) = delete;

    // The newest checkpoint that one of them signed, with their signatures; null where there is
    // none. From any thread.
    std::shared_ptr<const SealedLog> cosigned() const;
    // In the order of the options. From any thread.
    std::vector<WitnessState> states() const;

  private:
    void read_file();
    void take_kept(const std::string& bytes);
    void require_grown_from(const Checkpoint& cosigned) const;
    void run();
    bool pause();
    void ask_those_that_lag();
    bool lags(const WitnessState& state, const SealedLog& sealed) const;
    void serve(std::size_t witness);
    std::shared_ptr<const SealedLog> wait_for_task(std::size_t witness);
    WitnessAnswer ask(WitnessClient& client, const SealedLog& sealed) const;
    void take(std::size_t witness, const SealedLog& sealed, const WitnessAnswer& answer);
    void take_signature(std::size_t witness, const SealedLog& sealed,
                        const NoteSignature& signature);
    void keep();

    // Constant after construction.
    const std::chrono::milliseconds every_;
    const std::filesystem::path file_;
    const Store& store_;
    const Sequencer& sequencer_;
    const NoteVerifier key_;
    const Log& log_;
    std::vector<std::unique_ptr<WitnessClient>> clients_;  // each one's thread's

    std::mutex file_mutex_;  // for writing the file; locked before the next one
    mutable std::mutex mutex_;
    std::condition_variable changed_;  // stopping_, or a task
    // Guarded by mutex_.
    bool stopping_ = false;
    std::shared_ptr<const SealedLog> cosigned_;
    std::vector<WitnessState> states_;
    std::vector<std::shared_ptr<const SealedLog>> tasks_;  // what each is asked; null: nothing

    std::thread thread_;               // begins the rounds
    std::vector<std::thread> askers_;  // one for each witness
};

}  // namespace threatatlas
