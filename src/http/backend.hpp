#pragma once

// The data directory while the server runs: projections of another version are made anew first, and
// there is an admin token to begin with.

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "commands/sequencer.hpp"
#include "events/store.hpp"
#include "http/event_watch.hpp"
#include "http/log.hpp"
#include "projections/access.hpp"

namespace threatatlas {

// An open data directory and everything that answers from it or writes to it. Whoever holds one may
// use it; the directory is closed when the last one lets go.
class Engine {
  public:
    // Needs projections that are current.
    Engine(std::unique_ptr<Store> store, const SequencerEnvironment& environment);
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    const Store& store() const { return *store_; }
    Access& access() { return access_; }
    Sequencer& sequencer() { return *sequencer_; }
    EventWatch& watch() { return *watch_; }

  private:
    std::unique_ptr<Store> store_;
    Access access_;
    std::unique_ptr<Sequencer> sequencer_;
    std::unique_ptr<EventWatch> watch_;
};

struct BackendOptions {
    std::filesystem::path data;
    std::size_t cache_mebibytes = 64;
    // The secret of the first admin token; empty = make one and leave it in <data>/admin-token.
    std::string admin_token;
    SequencerEnvironment environment;
};

enum class BackendPhase : std::uint8_t {
    starting,
    rebuilding,
    serving,
    recovering,  // a write failed; reads go on, and the sequencer tries to go on too
    stopped,
    broken
};
std::string_view phase_name(BackendPhase phase);

struct BackendStatus {
    BackendPhase phase = BackendPhase::starting;
    Position rebuilt = 0;  // events done, while rebuilding
    Position to_rebuild = 0;
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

    // Starts the thread that gets the engine ready. `give_up` is called
    // there, at most once, when that turns out to be impossible; why is in the log.
    void start(std::function<void()> give_up);
    // Writes everything down and closes the directory; waits for whoever still holds the engine.
    void stop();

    // Null while there is nothing to answer from. From any thread.
    std::shared_ptr<Engine> engine() const { return engine_.load(); }
    BackendStatus status() const;

  private:
    void run();
    void prepare(std::unique_ptr<Store> store);
    // Takes the engine away from new requests and waits until the last one is done with it.
    void retire_engine();

    BackendOptions options_;  // constant after construction
    const Log& log_;
    std::unique_ptr<Store> opened_;  // by the constructor, for the thread
    std::function<void()> give_up_;
    std::atomic<std::shared_ptr<Engine>> engine_;
    std::atomic<BackendPhase> phase_ = BackendPhase::starting;
    std::atomic<Position> rebuilt_ = 0;
    std::atomic<Position> to_rebuild_ = 0;
    std::atomic<bool> stopping_ = false;
    std::thread thread_;
};

}  // namespace threatatlas
