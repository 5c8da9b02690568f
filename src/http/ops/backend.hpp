#pragma once

/// Opens the data directory while the server already listens: rebuilds outdated projections and
/// makes sure that an admin token exists.

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
#include "http/ops/attestation_key.hpp"
#include "http/ops/diagnostic_log.hpp"
#include "http/ops/event_watch.hpp"
#include "http/ops/log_key.hpp"
#include "http/ops/read_errors.hpp"
#include "http/ops/witnesses.hpp"
#include "projections/access.hpp"

namespace threatatlas::ops {

/// An open data directory with everything that reads it or writes to it.
class Engine {
  public:
    /// The projections must be current. `progress` is called while events that are not yet in the
    /// Merkle tree are added to it.
    Engine(std::unique_ptr<store::Store> store, events::LogKey key,
           const sequencer::SequencerEnvironment& environment,
           const events::SealProgress& progress = {});
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    const store::Store& store() const { return *store_; }
    /// The epoch of the log in the store; constant after construction.
    events::LogEpoch log_epoch() const { return log_epoch_; }
    /// The key that verifies the log's signatures, as "name+id+key".
    const std::string& verifier_key() const { return verifier_key_; }
    projections::Access& access() { return access_; }
    sequencer::Sequencer& sequencer() { return *sequencer_; }
    EventWatch& watch() { return *watch_; }
    /// True after a failed write, until the store has been reopened.
    bool is_failing() const { return sequencer_->is_failing(); }

  private:
    std::unique_ptr<store::Store> store_;
    const events::LogEpoch log_epoch_;
    events::LogSealer sealer_;
    projections::Access access_;
    std::unique_ptr<sequencer::Sequencer> sequencer_;
    std::unique_ptr<EventWatch> watch_;
    std::string verifier_key_;  // constant after construction
};

struct BackendOptions {
    std::filesystem::path data;
    std::size_t cache_mebibytes = 64;
    /// See StoreOptions::environment.
    store::FileEnvironment* files = nullptr;
    /// Secret of the first admin token; empty: create one and write it to <data>/admin-token.
    std::string admin_token;
    std::string admin_token_from = {};  ///< source of the secret, for the log
    LogKeyOptions log_key = {};
    std::filesystem::path attestation_key = {};  ///< a file; empty: <data>/attestation-key
    WitnessOptions witnesses = {};
    sequencer::SequencerEnvironment environment;
};

enum class BackendPhase : std::uint8_t {
    starting,
    rebuilding,
    sealing,  ///< events are added to the Merkle tree
    serving,
    recovering,      ///< a write failed; reads work, and the sequencer retries
    directory_lost,  ///< the data directory was replaced; reads work, the sequencer retries
    clock_in_doubt,  ///< reads work, writes are refused
    unreadable,      ///< reads of some rows failed recently; other requests are answered
    stopped,
    broken
};
std::string_view phase_name(BackendPhase phase);

struct BackendStatus {
    BackendPhase phase = BackendPhase::starting;
    Position done = 0;  ///< events, during rebuilding or sealing
    Position to_do = 0;
    std::string detail = {};  ///< more for the operator; may be empty
};

class Backend {
  public:
    /// Opens the store. Throws StoreRefused or StorageError. `log` must outlive the backend.
    Backend(BackendOptions options, const Log& log);
    /// Calls stop().
    ~Backend();
    Backend(const Backend&) = delete;
    Backend& operator=(const Backend&) = delete;

    /// Starts the thread that prepares the engine. If that fails, the thread writes the reason to
    /// the log and calls `give_up` once.
    void start(std::function<void()> give_up);
    /// Finishes queued commands and closes the directory. Call it after the last request has ended.
    void stop();

    /// Null until the engine is ready, then valid until stop(). Thread-safe.
    Engine* engine() const { return serving_.load(std::memory_order_acquire); }
    BackendStatus status() const;
    ReadErrors& read_errors() { return read_errors_; }
    /// The key that signs attestations; constant after construction.
    const tlog::AttestationKey& attestation_key() const { return attestation_key_; }
    /// Null without an engine; valid as long as the engine.
    const Witnesses* witnesses() const { return engine() == nullptr ? nullptr : witnesses_.get(); }

  private:
    void run();
    void read_files_ahead();
    void rebuild_if_needed(store::Store& store);
    std::unique_ptr<Engine> make_engine();
    void ensure_admin(Engine& engine);
    // Records the progress. Throws Stopped during a stop.
    void advance(Position done, Position total);

    BackendOptions options_;  // constant after construction
    const Log& log_;
    std::unique_ptr<store::Store> opened_;  // set by the constructor, then owned by the thread
    events::LogKey log_key_;
    const tlog::AttestationKey attestation_key_;
    std::unique_ptr<Engine> engine_;        // created by the thread, destroyed by stop()
    std::unique_ptr<Witnesses> witnesses_;  // created by the thread, destroyed by stop()
    std::function<void()> give_up_;
    std::atomic<Engine*> serving_ = nullptr;
    std::atomic<BackendPhase> phase_ = BackendPhase::starting;
    std::atomic<Position> done_ = 0;
    std::atomic<Position> to_do_ = 0;
    std::atomic<bool> stopping_ = false;
    std::thread thread_;
    ReadErrors read_errors_;
};

}  // namespace threatatlas::ops
