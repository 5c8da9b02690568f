#pragma once

/// @file
/// The thread that orders all writes. It decides the waiting commands one after the other and
/// submits them in groups to a second thread, which writes each group as one synced batch and only
/// then answers. Meanwhile the next group is decided on top of the in-flight one; if the in-flight
/// group fails, the next one is abandoned.
///
/// Invariants:
/// - S1: Positions are 1..N without gaps. Times strictly increase from transaction to transaction,
///   and are later than every instant for which await_final() has returned true.
/// - S2: A command is reported as accepted only after its events are durable.
/// - S3: A refused command has no effect.
/// - S4: After a failed write nothing more is accepted. The outcome of that write is unknown until
///   the store has been reopened and the end of the log has been read, which is tried every second.

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
    /// `store`, `access` and `sealer` must outlive the sequencer. The sealer must have caught up
    /// with the log, and is used only by the sequencer from then on; if it is null, the log is not
    /// signed. Reads the end of the log and starts the threads. Throws StoreRefused if the log is
    /// shorter than the high-water mark says.
    Sequencer(store::Store& store, projections::Access& access, SequencerEnvironment environment,
              events::LogSealer* sealer = nullptr);
    /// Executes the waiting commands, then stops.
    ~Sequencer();
    Sequencer(const Sequencer&) = delete;
    Sequencer& operator=(const Sequencer&) = delete;

    // The methods below are thread-safe.

    /// `done` is called exactly once: immediately with a refusal if the command is not queued,
    /// otherwise later on a thread of the sequencer, which it must not block. `is_awaited` may be
    /// empty; if it returns false before the command is decided, the command is refused.
    void submit(commands::Command command, std::function<void(commands::Outcome)> done,
                std::function<bool()> is_awaited = {});
    /// Waits for the outcome. Throws Refusal if the command was refused.
    commands::Accepted execute(commands::Command command);

    /// The time of a trusted clock, or the time of the newest event if that is later. Never goes
    /// back, so an expired token stays expired.
    base::Instant now() const;

    /// Makes answers about `as_of`, which must not be after now(), final: no later event gets a
    /// time at or before it. Does not block. Returns false if an in-flight group may still record
    /// such an event; call again after when_final() has called back. Throws Refusal
    /// (storage_failing) if the outcome of a write is unknown.
    bool await_final(base::Instant as_of);
    /// Call after await_final() has returned false. Calls `then` once when those groups have ended,
    /// on a thread of the sequencer, which it must not block; or immediately if they have ended
    /// already. Returns a number for forget().
    std::uint64_t when_final(base::Instant as_of, std::function<void()> then);
    /// Cancels the callback with this number if it has not been called yet.
    void forget(std::uint64_t waiter);

    /// The newest durable event.
    events::LogEnd end() const;
    /// The newest durable checkpoint; null if the log is not signed.
    std::shared_ptr<const events::SealedLog> sealed() const;
    /// Waits until the log is longer than `after`, the timeout has passed, or the sequencer stops.
    /// Returns true if the log is longer.
    bool wait_beyond(Position after, std::chrono::milliseconds timeout);

    bool is_failing() const;
    /// The reason, for the operator, if the data directory is no longer the one that was opened.
    /// Nothing is recorded in that state.
    std::optional<std::string> directory_fault() const;
    /// The reason, for the operator, if the clock is not trusted; otherwise nullopt. In that state
    /// only revocations of tokens are accepted. They are recorded at the time that the clock should
    /// show, or just after the end of the log if that is later.
    std::optional<std::string> clock_doubt() const;

    /// Refuses further commands and executes the waiting ones. Ends calls of wait_beyond().
    void stop_accepting();

    static constexpr std::array<std::uint64_t, 7> group_size_bounds{1, 4, 16, 64, 256, 512, 1'024};
    static constexpr std::array<std::uint64_t, 11> sync_bounds_micros{
        100, 250, 500, 1'000, 2'500, 5'000, 10'000, 25'000, 100'000, 500'000, 1'000'000};

    /// Totals since the data was opened, except where noted.
    struct Counts {
        std::uint64_t commands_waiting = 0;  ///< current number
        std::uint64_t commands_accepted = 0;
        std::uint64_t commands_refused = 0;
        std::uint64_t commands_over_share = 0;  ///< of those: the token's share was used up
        std::uint64_t faults = 0;               ///< storage errors
        std::uint64_t events = 0;
        base::Histogram<group_size_bounds> group_sizes;   ///< commands per group
        base::Histogram<sync_bounds_micros> sync_micros;  ///< duration of each synced write
    };
    Counts counts() const;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace threatatlas::sequencer
