#pragma once

/// @file
/// Decides whether the wall clock can be trusted. The times of events never decrease, so one event
/// recorded with the year 2099 would force that time on all later ones. After the clock was stepped
/// back, all events would be recorded a microsecond apart until the clock has caught up with the
/// log. Recording nothing for a while is better than recording wrong times.
///
/// The reference for elapsed time is the machine's uptime, which nobody can set. The guard adds up
/// by how much steps have moved the clock relative to the uptime, also across restarts, so that
/// many small steps are noticed too. The sum decays slowly (clock_forgiven_ppm), to allow for
/// clocks that are synchronized by small steps.
///
/// The clock is in doubt in these cases:
/// - Steps have moved it ahead or back by more than clock_step_max, until it is within that limit
///   again. A smaller deviation is followed.
/// - It is more than that limit earlier than the newest time of the log, until it has caught up.
/// - After a restart of the machine, it is more than that limit earlier than the highest time
///   trusted before the restart, or it still deviates as it did then. How much time passed during
///   the restart is not known, only that it was not negative. A clock that had stepped ahead is
///   therefore in doubt until it shows less than it did then, and a clock that had stepped back
///   until it shows what it should have shown then. A restart of the program alone changes nothing,
///   as the uptime continues.
///
/// A trusted clock may still go back by a little. latest() never does, so an expired token stays
/// expired.

#include <atomic>
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "base/instant.hpp"

namespace threatatlas::sequencer {

/// One reading of both clocks: the wall clock in UTC, and the time since the machine was started,
/// including the time it was suspended.
struct ClockReading {
    base::Instant wall{};
    std::chrono::microseconds uptime{0};
};

/// A step of the clock as it was last observed. Stored in <data>/clock-doubt, to survive a restart.
struct ClockStep {
    base::Instant expected{};  // what the clock should have shown, or a lower bound of it
    base::Instant seen{};      // what the clock showed
    std::chrono::microseconds uptime{0};  // at the time of `seen`
    /// Identifies the start of the machine from which `uptime` counts. Empty if it is not known, or
    /// if `expected` is only a lower bound.
    std::string boot = {};

    bool is_ahead() const { return seen > expected; }

    bool operator==(const ClockStep&) const = default;
};

/// A trusted state of the clock. Stored in <data>/clock-seen, to survive a restart.
struct ClockSeen {
    base::Instant wall{};                 // what the clock showed
    base::Instant highest{};              // the highest time trusted up to then
    std::chrono::microseconds moved{0};   // sum of all steps that are not forgiven yet
    std::chrono::microseconds uptime{0};  // at the time of `wall`
    std::string boot = {};                // as in ClockStep

    bool operator==(const ClockSeen&) const = default;
};

/// Compares readings of the clock with the uptime and with the log. Does not read clocks or files
/// itself. Thread-safe, except for seen().
class ClockGuard {
  public:
    /// `now` is the current reading. `last` is the newest time in the log or, if later, the latest
    /// instant that an answer was given about. `step` is the step that was in doubt at the end of
    /// the previous run. `boot` identifies the current start of the machine; empty if it is not
    /// known. `seen` is the clock as it was last trusted.
    ClockGuard(ClockReading now, base::Instant last, const std::optional<ClockStep>& step,
               std::string boot = {}, const std::optional<ClockSeen>& seen = std::nullopt);

    // The methods below are thread-safe, except seen().

    /// The time shown by the clock or, if the clock has stepped, the time that it should show.
    base::Instant believed(ClockReading now);
    /// Like believed(), but never earlier than an earlier result.
    base::Instant latest(ClockReading now);

    /// Why nothing may be recorded, as a sentence for the operator; nullopt if the clock is
    /// trusted. `log_end` is the newest time in the log.
    std::optional<std::string> doubt(ClockReading now, base::Instant log_end = {});

    /// The step that doubt() reports; nullopt if the clock is trusted or only the log is ahead of
    /// it.
    std::optional<ClockStep> step(ClockReading now);

    /// The trusted state of the clock, for storing; nullopt if the clock is in doubt. Also forgives
    /// a part of the deviation for the time that has passed. Must be called from one thread only.
    std::optional<ClockSeen> seen(ClockReading now);

  private:
    bool is_right(ClockReading now);
    void forgive(ClockReading now);

    // All offsets are the wall clock minus the uptime, in microseconds.

    const base::Instant last_;
    const std::string boot_;
    const std::optional<ClockSeen> seen_;  // from another start of the machine
    /// The offset of a clock that had stepped ahead before the machine was restarted and may still
    /// be ahead; the largest number if there is none.
    const std::int64_t suspect_offset_;
    const bool is_bound_by_log_;        // the bound comes from the log, not from `seen`
    std::atomic<std::int64_t> offset_;  // as last trusted
    /// True until a reading is trusted: offset_ is then only a lower bound.
    std::atomic<bool> offset_is_bound_;
    std::atomic<std::int64_t> anchor_;       // without the steps that are not forgiven
    std::chrono::microseconds forgiven_at_;  // uptime when forgive() last changed anchor_
    std::atomic<std::int64_t> highest_;      // trusted before a step back, in microseconds
};

/// Reads the stored step. A file that is missing or cannot be parsed counts as no step.
std::optional<ClockStep> load_clock_step(const std::filesystem::path& data);
/// Writes the file, or removes it if `step` is nullopt. Throws StorageError and leaves the previous
/// file in place if that fails.
void save_clock_step(const std::filesystem::path& data, const std::optional<ClockStep>& step);

/// The same for the trusted state of the clock.
std::optional<ClockSeen> load_clock_seen(const std::filesystem::path& data);
void save_clock_seen(const std::filesystem::path& data, const std::optional<ClockSeen>& seen);

}  // namespace threatatlas::sequencer
