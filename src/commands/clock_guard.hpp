#pragma once

// Whether the wall clock can be believed. Times of events only rise, so one event recorded by a
// clock that stands in the year 2099 would push all later ones there: it is better to record
// nothing for a while than to record that.
//
// The clock is in doubt
//   - when it moved ahead of the time that passed since the start (which no one can set) by more
//     than clock_step_max; until it is back there;
//   - when the newest time of the log lies more than that ahead of it at the start; until it has
//     caught up;
//   - at a start after the first of these, as long as it is not before where it had stepped to.
// Steps back are harmless: the next time recorded is the last one and a microsecond.

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "events/instant.hpp"

namespace threatatlas {

// The wall clock in UTC, and how long the machine has been up, its sleep counted.
struct ClockReading {
    Instant wall{};
    std::chrono::microseconds uptime{0};
};

// A step ahead as it was seen, kept in <data>/clock-doubt over a restart.
struct ClockStep {
    Instant expected{};  // what the clock should have said
    Instant seen{};      // what it said

    bool operator==(const ClockStep&) const = default;
};

class ClockGuard {
  public:
    // `last`: the newest time that the log holds, or that was answered for. `step`: what the run
    // before left in doubt.
    ClockGuard(ClockReading now, Instant last, const std::optional<ClockStep>& step);

    // The methods below may be called from any thread.

    // Looks at the clock: what it says, or, where it stepped ahead, what it should say.
    Instant believed(ClockReading now);

    // Why nothing may be recorded, as a sentence for the operator; nothing where the clock is
    // believed.
    std::optional<std::string> doubt(ClockReading now);

    // The step that doubt() is about, if it is about one.
    std::optional<ClockStep> step(ClockReading now);

  private:
    const Instant last_;
    std::atomic<bool> log_is_ahead_;
    // Wall clock less uptime, in microseconds: the most that was ever believed.
    std::atomic<std::int64_t> offset_;
};

// The file that keeps a step. A file that cannot be read counts as none.
std::optional<ClockStep> load_clock_step(const std::filesystem::path& data);
// Writes the file, or removes it where there is no step. Throws StorageError.
void save_clock_step(const std::filesystem::path& data, const std::optional<ClockStep>& step);

}  // namespace threatatlas
