#pragma once

// Whether the wall clock can be believed. Times of events only rise. One event recorded by a clock
// that says 2099 would push all later ones there; and after a clock has stepped back, all events
// would be recorded a microsecond apart until it has caught up with the log. It is better to record
// nothing for a while than to record times that are wrong.
//
// The time that passed is the machine's uptime, which nobody can set. The guard knows by how much
// steps have moved the clock away from it, over all of them and over restarts: small steps add up.
// What they add up to is forgiven slowly (clock_forgiven_ppm), for clocks that are kept right by
// small steps.
//
// The clock is in doubt
//   - if steps have moved it ahead or back by more than clock_step_max; until it is back within
//   that
//     limit. Less than that is followed;
//   - if it is behind the newest time of the log by more than that limit; until it has caught up;
//   - at a start after the machine was restarted, if it is behind the highest time that was
//   believed
//     before, or if it is still as wrong as it was. Nobody knows how much time passed, only that it
//     was not less than none: a clock that had stepped ahead is in doubt until it says less than it
//     did then, and one that had stepped back until it says what it should have said then. A
//     restart of the program alone changes nothing: the uptime goes on.
//
// A clock that is believed may still go back by a little. What has ended by then has ended for
// good: latest() never goes back.

#include <atomic>
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "base/instant.hpp"

namespace threatatlas::sequencer {

// The wall clock in UTC, and how long the machine has been up, its sleep counted.
struct ClockReading {
    base::Instant wall{};
    std::chrono::microseconds uptime{0};
};

// A step as it was last seen, kept in <data>/clock-doubt over a restart.
struct ClockStep {
    base::Instant
        expected{};        // what the clock should have said, or the least that it should have said
    base::Instant seen{};  // what it said
    std::chrono::microseconds uptime{0};  // at that moment
    // Names the start of the machine since which `uptime` counts. Empty: not known, or the time
    // that should have been seen is not known exactly.
    std::string boot = {};

    bool is_ahead() const { return seen > expected; }

    bool operator==(const ClockStep&) const = default;
};

// A clock that was believed, kept in <data>/clock-seen.
struct ClockSeen {
    base::Instant wall{};                 // what it said
    base::Instant highest{};              // the highest time that was believed until then
    std::chrono::microseconds moved{0};   // how far steps had moved it, less what was forgiven
    std::chrono::microseconds uptime{0};  // at that moment
    std::string boot = {};                // see ClockStep

    bool operator==(const ClockSeen&) const = default;
};

class ClockGuard {
  public:
    // `last`: the newest time that the log holds, or that was answered for. `step`: what the run
    // before left in doubt. `boot`: names the machine's current start; empty: not known. `seen`:
    // the clock as it was last believed.
    ClockGuard(ClockReading now, base::Instant last, const std::optional<ClockStep>& step,
               std::string boot = {}, const std::optional<ClockSeen>& seen = std::nullopt);

    // The methods below may be called from any thread.

    // Looks at the clock: what it says or, if it stepped, what it should say.
    base::Instant believed(ClockReading now);
    // The same, but never earlier than at any time before.
    base::Instant latest(ClockReading now);

    // Why nothing may be recorded, as a sentence for the operator; nothing if the clock is
    // believed. `log_end`: the newest time of the log by now.
    std::optional<std::string> doubt(ClockReading now, base::Instant log_end = {});

    // The step that doubt() is about, if it is about one.
    std::optional<ClockStep> step(ClockReading now);

    // The clock as it is believed, to be kept, and forgives what has become old. Nothing if it is
    // not believed. From one thread.
    std::optional<ClockSeen> seen(ClockReading now);

  private:
    bool is_right(ClockReading now);
    void forgive(ClockReading now);

    // All offsets are wall clock less uptime, in microseconds.

    const base::Instant last_;
    const std::string boot_;
    const std::optional<ClockSeen> seen_;  // of another start of the machine
    // The offset of a clock that had stepped ahead before the machine was restarted, and may still
    // be there; else the largest number.
    const std::int64_t suspect_offset_;
    const bool is_bound_by_log_;        // rather than by what was seen of the clock
    std::atomic<std::int64_t> offset_;  // as it was last believed
    // Nothing was believed yet: offset_ is only the least that it can be.
    std::atomic<bool> offset_is_bound_;
    std::atomic<std::int64_t> anchor_;  // as it would be without the steps that are not forgiven
    std::chrono::microseconds forgiven_at_;  // uptime
    std::atomic<std::int64_t> highest_;      // believed before a step back; in microseconds
};

// The file that keeps a step. A file that cannot be read counts as none.
std::optional<ClockStep> load_clock_step(const std::filesystem::path& data);
// Writes the file, or removes it if there is no step. Throws StorageError, and the file is as it
// was then.
void save_clock_step(const std::filesystem::path& data, const std::optional<ClockStep>& step);

// The same for the clock as it was last believed.
std::optional<ClockSeen> load_clock_seen(const std::filesystem::path& data);
void save_clock_seen(const std::filesystem::path& data, const std::optional<ClockSeen>& seen);

}  // namespace threatatlas::sequencer
