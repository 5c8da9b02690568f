#pragma once

/// @file
/// What the sequencer takes from its surroundings.

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "base/instant.hpp"
#include "base/uuid.hpp"

namespace threatatlas::sequencer {

/// Functions may be called from several threads at once. Those that "may be empty" are optional.
struct SequencerEnvironment {
    std::function<base::Instant()> clock;  ///< the wall clock, UTC
    base::RandomSource random;
    /// Told about each internal error, for the operator's log; may be empty.
    std::function<void(std::string_view)> report_fault = {};
    /// How long the machine has been up, its sleep included. If empty, the clock is believed
    /// whatever it says (clock_guard.hpp).
    std::function<std::chrono::microseconds()> uptime = {};
    /// Identifies the start of the machine from which uptime() counts; empty if not known.
    std::string boot = {};
    /// Believe the clock as it is at the start, and continue a log that is ahead of it.
    bool accepts_clock = false;
    /// Told when the clock becomes doubtful; may be empty.
    std::function<void(std::string_view)> report_clock = {};
    /// Told when a part, "storage" or "clock", works again; may be empty.
    std::function<void(std::string_view part, std::string_view detail)> report_recovery = {};
    /// Called by the sequencer's thread between groups, and every second if there are no writes,
    /// to notice changes without a request. Must be cheap; may be empty.
    std::function<void()> look_around = {};
    /// Told, besides report_fault, that a command could not be decided because a row could not be
    /// read; may be empty.
    std::function<void()> note_read_error = {};
    /// Measures how long a group takes to decide (limits::group_decide_max). If empty,
    /// std::chrono::steady_clock.
    std::function<std::chrono::steady_clock::time_point()> steady_clock = {};

    std::chrono::steady_clock::time_point steady_now() const {
        return steady_clock ? steady_clock() : std::chrono::steady_clock::now();
    }
};

}  // namespace threatatlas::sequencer
