#pragma once

// The data directory, got ready while the server already listens: projections of another version
// are made anew, and there is an admin token to begin with.

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "commands/sequencer/sequencer.hpp"
#include "events/log_epoch.hpp"
#include "events/log_sealer.hpp"
#include "events/store/store.hpp"
#include "http/ops/diagnostic_log.hpp"
#include "http/ops/event_watch.hpp"
#include "http/ops/log_key.hpp"
#include "http/ops/read_errors.hpp"
#include "http/ops/witnesses.hpp"
#include "projections/access.hpp"

namespace threatatlas {

// An open data directory and everything that answers from it or writes to it.
class Engine {
  public:
    // Needs projections that are current. `progress` is told of a log that is not in its Merkle
    // tree yet.
    Engine(std::unique_ptr<Store> store, LogKey key, const SequencerEnvironment& environment,
           const SealProgress& progress = {});
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    const Store& store() const { return *store_; }
    // Of the log in the store: constant after construction.
    LogEpoch log_epoch() const { return log_epoch_; }
    // What tells the log's signatures: "name+id+key".
    const std::string& verifier_key() const { return verifier_key_; }
    Access& access() { return access_; }
    Sequencer& sequencer() { return *sequencer_; }
    EventWatch& watch() { return *watch_; }
    // After a failed write, until the store is open again.
    bool is_failing() const { return sequencer_->is_failing(); }

  private:
    std::unique_ptr<Store> store_;
    const LogEpoch log_epoch_;
    LogSealer sealer_;
    Access access_;
    std::unique_ptr<Sequencer> sequencer_;
    std::unique_ptr<EventWatch> watch_;
    std::string verifier_key_;  // constant after construction
};

struct BackendOptions {
    std::filesystem::path data;
    std::size_t cache_mebibytes = 64;
    // See StoreOptions::environment.
    FileEnvironment* files = nullptr;
    // The secret of the first admin token; empty = make one and leave it in <data>/admin-token.
    std::string admin_token;
    std::string admin_token_from = {};  // names where it was given, for the log
    LogKeyOptions log_key = {};
    WitnessOptions witnesses = {};
    SequencerEnvironment environment;
};

enum class BackendPhase : std::uint8_t {
    starting,
    rebuilding,
    sealing,  // the Merkle tree is made for a log that had none
    serving,
    recovering,      // a write failed; reads go on, and the sequencer tries to go on too
    directory_lost,  // likewise, as the data directory is not the one any more that was opened
    clock_in_doubt,  // nothing is recorded, reads go on
    unreadable,      // rows could not be read lately; what does not need them goes on
    stopped,
    broken
};
std::string_view phase_name(BackendPhase phase);

struct BackendStatus {
    BackendPhase phase = BackendPhase::starting;
    Position done = 0;  // events, while rebuilding or sealing
    Position to_do = 0;
    std::string detail = {};  // for the operator, where there is more to say
};

class Backend {
  public:
    // Opens the store. Throws StoreRefused or StorageError. The log is the caller's and outlives
    // the backend.
    Backend(BackendOptions options, const Log& log);
    // stop().
    ~Backend();
    Backend(const Backend&) = delete;
    Backend& operator=(const Backend&) = delete;

    // Starts the thread that gets the engine ready. `give_up` is called there, at most once, when
    // that turns out to be impossible; why is in the log.
    void start(std::function<void()> give_up);
    // Carries out what is waiting and closes the directory. After the last request.
    void stop();

    // Null while there is nothing to answer from; else good until stop(). From any thread.
    Engine* engine() const { return serving_.load(std::memory_order_acquire); }
    BackendStatus status() const;
    ReadErrors& read_errors() { return read_errors_; }
    // Null while there is no engine; good as long as that.
    const Witnesses* witnesses() const { return engine() == nullptr ? nullptr : witnesses_.get(); }

  private:
    void run();
    void read_files_ahead();
    void rebuild_if_needed(Store& store);
    std::unique_ptr<Engine> make_engine();
    void ensure_admin(Engine& engine);
    // Notes how far it is. Throws where the server is to stop.
    void advance(Position done, Position total);

    BackendOptions options_;  // constant after construction
    const Log& log_;
    std::unique_ptr<Store> opened_;  // by the constructor, for the thread
    LogKey log_key_;
    std::unique_ptr<Engine> engine_;        // made by the thread, ended by stop()
    std::unique_ptr<Witnesses> witnesses_;  // likewise
    std::function<void()> give_up_;
    std::atomic<Engine*> serving_ = nullptr;
    std::atomic<BackendPhase> phase_ = BackendPhase::starting;
    std::atomic<Position> done_ = 0;
    std::atomic<Position> to_do_ = 0;
    std::atomic<bool> stopping_ = false;
    std::thread thread_;
    ReadErrors read_errors_;
};

}  // namespace threatatlas
