#pragma once

/// Periodically asks the log's witnesses to cosign its newest checkpoint. All are asked at the same
/// time for the same checkpoint, each on a thread of its own, so that a slow one does not delay the
/// others. A witness that has not answered yet skips the next round.

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

namespace threatatlas::ops {

struct WitnessOptions {
    std::vector<WitnessAddress> addresses;
    std::chrono::milliseconds every = std::chrono::seconds(10);  ///< between two rounds
    net::ExchangeLimits limits = {};
};

/// The state of one witness.
struct WitnessState {
    std::string name;
    std::uint64_t cosigned_size = 0;  ///< events in the last checkpoint that it cosigned
    std::string fault;                ///< of the last attempt; empty after a success
    /// The newest stored checkpoint that it cosigned, with its signature; null if there is none.
    std::shared_ptr<const events::SealedLog> cosigned = {};
};

class Witnesses {
  public:
    /// Store, sequencer and log must outlive this object. The newest cosigned checkpoint of each
    /// witness is kept in `file` and read again at a start; it is served only if it is also signed
    /// with `key`, the log's current key. Starts the threads. Throws StorageError, and StoreRefused
    /// if the log is inconsistent with a cosigned checkpoint.
    Witnesses(WitnessOptions options, std::filesystem::path file, const store::Store& store,
              const sequencer::Sequencer& sequencer, tlog::NoteVerifier key, const Log& log);
    /// Aborts a running round.
    ~Witnesses();
    Witnesses(const Witnesses&) = delete;
    Witnesses& operator=(const Witnesses&) = delete;

    /// The newest checkpoint with at least one cosignature, with all its signatures; null if there
    /// is none. From any thread.
    std::shared_ptr<const events::SealedLog> cosigned() const;
    /// In the order of the options. From any thread.
    std::vector<WitnessState> states() const;

  private:
    void read_file();
    void load_note(const std::string& bytes);
    void require_grown_from(const tlog::Checkpoint& cosigned) const;
    void run();
    bool pause();
    void assign_tasks();
    static bool lags(const WitnessState& state, const events::SealedLog& sealed);
    void serve(std::size_t witness);
    std::shared_ptr<const events::SealedLog> wait_for_task(std::size_t witness);
    WitnessAnswer ask(WitnessClient& client, const events::SealedLog& sealed) const;
    void record_answer(std::size_t witness, const events::SealedLog& sealed,
                       const WitnessAnswer& answer);
    void add_signature(std::size_t witness, const events::SealedLog& sealed,
                       const tlog::NoteSignature& signature);
    void write_file();

    // Constant after construction.
    const std::chrono::milliseconds every_;
    const std::filesystem::path file_;
    const store::Store& store_;
    const sequencer::Sequencer& sequencer_;
    const tlog::NoteVerifier key_;
    const Log& log_;
    std::vector<std::unique_ptr<WitnessClient>> clients_;  // each owned by its thread

    std::mutex file_mutex_;  // for writing the file; lock it before mutex_
    mutable std::mutex mutex_;
    std::condition_variable changed_;  // stopping_ or tasks_ changed
    // Guarded by mutex_.
    bool stopping_ = false;
    std::shared_ptr<const events::SealedLog> cosigned_;
    std::vector<WitnessState> states_;
    std::vector<std::shared_ptr<const events::SealedLog>>
        tasks_;  // checkpoint to be cosigned per witness; null: none

    std::thread thread_;                       // starts the rounds
    std::vector<std::thread> client_threads_;  // one per witness
};

}  // namespace threatatlas::ops
