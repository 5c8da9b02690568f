#pragma once

/// @file
/// The thread that orders all writes. It decides the waiting commands one after the other and
/// submits them in groups to a second thread, which writes each group as one synced batch and only
/// then answers. Meanwhile the next group is decided on top of the one in flight; if that one
/// fails, the next is given up.
///
/// Invariants
///   S1  Positions are 1..N without gaps; times rise strictly from transaction to transaction, and
///       are later than every instant for which await_final() has returned true.
///   S2  A caller is told "accepted" only after its events are durable.
///   S3  A refused command leaves no trace.
///   S4  After a failed write nothing more is accepted: its outcome is unknown until the store has
///       been opened again and the end of the log read, which is tried every second.

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/histogram.hpp"
#include "commands/command.hpp"
#include "commands/outcome.hpp"
#include "commands/sequencer/environment.hpp"
#include "events/event_log.hpp"
#include "events/log_sealer.hpp"
#include "projections/access.hpp"

namespace threatatlas::sequencer {

class Sequencer {
  public:
    /// Store, access and sealer are the caller's and outlive the sequencer. The sealer has caught
    /// up with the log, and only the sequencer uses it from then on; if it is null, the log is not
    /// signed. Reads the end of the log and starts the threads. Throws StoreRefused if the log has
    /// become shorter than it was known to be.
    Sequencer(store::Store& store, projections::Access& access, SequencerEnvironment environment,
              events::LogSealer* sealer = nullptr);
    /// Carries out the waiting commands, then stops.
    ~Sequencer();
    Sequencer(const Sequencer&) = delete;
    Sequencer& operator=(const Sequencer&) = delete;

    // The methods below may be called from any thread.

    /// `done` is called exactly once: at once with a refusal if the command is not queued, else
    /// later on a thread of the sequencer, which it must not block. A command that has not been
    /// decided when `is_awaited`, which may be empty, returns false is refused.
    void submit(commands::Command command, std::function<void(commands::Outcome)> done,
                std::function<bool()> is_awaited = {});
    /// Waits for the outcome. Throws the refusal.
    commands::Accepted execute(commands::Command command);

    /// The wall clock if it is believed, or the last recorded time if that is later. Never goes
    /// back: what has expired stays expired.
    base::Instant now() const;

    /// Makes answers about `as_of`, which is not after now(), final: no later event gets a time at
    /// or before it. Does not block. Returns false if a group in flight may still record such an
    /// event: ask again after when_final() has called. Throws Refusal (storage_failing) if it
    /// cannot be known.
    bool await_final(base::Instant as_of);
    /// After await_final() has returned false: calls `then` once, when those groups have ended, on
    /// a thread of the sequencer, which it must not block; at once if they have ended already.
    /// Returns a number for forget().
    std::uint64_t when_final(base::Instant as_of, std::function<void()> then);
    /// Drops the call that when_final() returned this number for, if it has not been made.
    void forget(std::uint64_t waiter);

    /// The newest durable event.
    events::LogEnd end() const;
    /// The newest durable checkpoint; null if the log is not signed.
    std::shared_ptr<const events::SealedLog> sealed() const;
    /// Waits until the log is longer than `after`, the time is up, or the sequencer stops. Returns
    /// whether it is longer.
    bool wait_beyond(Position after, std::chrono::milliseconds timeout);

    bool is_failing() const;
    /// Why, for the operator, if the data directory is no longer the one that was opened. Nothing
    /// is recorded until it is again.
    std::optional<std::string> directory_fault() const;
    /// Why the clock is not believed, for the operator; nullopt if it is. Meanwhile only
    /// revocations of tokens are accepted. They are recorded at the time that the clock should
    /// show, or just after the end of the log if that is later.
    std::optional<std::string> clock_doubt() const;

    /// Refuses further commands and carries out the waiting ones. Ends calls of wait_beyond().
    void stop_accepting();

    static constexpr std::array<std::uint64_t, 7> group_size_bounds{1, 4, 16, 64, 256, 512, 1'024};
    static constexpr std::array<std::uint64_t, 11> sync_bounds_micros{
        100, 250, 500, 1'000, 2'500, 5'000, 10'000, 25'000, 100'000, 500'000, 1'000'000};

    /// Totals since the data was opened.
    struct Counts {
        std::uint64_t commands_waiting = 0;  ///< now
        std::uint64_t commands_accepted = 0;
        std::uint64_t commands_refused = 0;
        std::uint64_t commands_over_share = 0;  ///< of those: too many of one token were waiting
        std::uint64_t faults = 0;               ///< errors of the storage
        std::uint64_t events = 0;
        base::Histogram<group_size_bounds> group_sizes;   ///< commands of each group
        base::Histogram<sync_bounds_micros> sync_micros;  ///< of each synced write
    };
    Counts counts() const;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace threatatlas::sequencer
