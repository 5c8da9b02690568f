#pragma once

// Whether the wall clock can be believed. Times of events only rise. One event recorded by a clock
// that says 2099 would push all later ones there; and after a clock has stepped back, all events
// would be recorded a microsecond apart until it has caught up with the log. It is better to record
// nothing for a while than to record times that are wrong.
//
// The clock is in doubt
//   - if it moved ahead of the time that passed, or fell behind it, by more than clock_step_max;
//     until it is back within that limit. The time that passed is the machine's uptime, which
//     nobody can set. Smaller steps are followed;
//   - if the newest time of the log lies more than that limit ahead of it at the start; until it
//   has
//     caught up;
//   - at a start after the first of these, if it is still wrong. As long as the machine was not
//     restarted the uptime tells that exactly. Otherwise nobody knows how much time passed, only
//     that it was not less than none: a clock that had stepped ahead is in doubt until it says less
//     than it did then, and one that had stepped back until it says what it should have said then.

#include <atomic>
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "events/instant.hpp"

namespace threatatlas {

// The wall clock in UTC, and how long the machine has been up, its sleep counted.
struct ClockReading {
    Instant wall{};
    std::chrono::microseconds uptime{0};
};

// A step as it was last seen, kept in <data>/clock-doubt over a restart.
struct ClockStep {
    Instant expected{};  // what the clock should have said, or the least that it should have said
    Instant seen{};      // what it said
    std::chrono::microseconds uptime{0};  // at that moment
    // Names the start of the machine since which `uptime` counts. Empty: not known, or the time
    // that should have been seen is not known exactly.
    std::string boot = {};

    bool is_ahead() const { return seen > expected; }

    bool operator==(const ClockStep&) const = default;
};

class ClockGuard {
  public:
    // `last`: the newest time that the log holds, or that was answered for. `step`: what the run
    // before left in doubt. `boot`: names the machine's current start; empty: not known.
    ClockGuard(ClockReading now, Instant last, const std::optional<ClockStep>& step,
               std::string boot = {});

    // The methods below may be called from any thread.

    // Looks at the clock: what it says or, if it stepped, what it should say.
    Instant believed(ClockReading now);

    // Why nothing may be recorded, as a sentence for the operator; nothing if the clock is
    // believed.
    std::optional<std::string> doubt(ClockReading now);

    // The step that doubt() is about, if it is about one.
    std::optional<ClockStep> step(ClockReading now);

  private:
    bool is_right(ClockReading now);

    const Instant last_;
    const std::string boot_;
    // The offset of a clock that had stepped ahead before the machine was restarted, and may still
    // be there; else the largest number.
    const std::int64_t suspect_offset_;
    std::atomic<bool> log_is_ahead_;
    // Wall clock less uptime in microseconds, as it was last believed.
    std::atomic<std::int64_t> offset_;
    // offset_ is only the least that it can be: the machine was restarted after a step.
    std::atomic<bool> offset_is_bound_;
};

// The file that keeps a step. A file that cannot be read counts as none.
std::optional<ClockStep> load_clock_step(const std::filesystem::path& data);
// Writes the file, or removes it if there is no step. Throws StorageError, and the file is as it
// was then.
void save_clock_step(const std::filesystem::path& data, const std::optional<ClockStep>& step);

}  // namespace threatatlas
