#pragma once

// The witnesses of the log, asked again and again to sign its newest checkpoint.

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "commands/sequencer.hpp"
#include "http/log.hpp"
#include "http/witness_client.hpp"

namespace threatatlas {

struct WitnessOptions {
    std::vector<WitnessAddress> addresses;
    std::chrono::milliseconds every = std::chrono::seconds(10);  // between two rounds
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
    void ask_all(const SealedLog& sealed);
    void keep(const std::vector<WitnessState>& states) const;

    // Constant after construction.
    const std::chrono::milliseconds every_;
    const std::filesystem::path file_;
    const Store& store_;
    const Sequencer& sequencer_;
    const NoteVerifier key_;
    const Log& log_;
    std::vector<std::unique_ptr<WitnessClient>> clients_;  // used by the thread

    mutable std::mutex mutex_;
    std::condition_variable stopped_;
    // Guarded by mutex_.
    bool stopping_ = false;
    std::shared_ptr<const SealedLog> cosigned_;
    std::vector<WitnessState> states_;

    std::thread thread_;
};

}  // namespace threatatlas
