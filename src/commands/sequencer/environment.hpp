#pragma once

/// @file
/// The dependencies of the sequencer on its environment.

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "base/instant.hpp"
#include "base/uuid.hpp"

namespace threatatlas::sequencer {

/// Functions may be called from several threads at once. Those marked "may be empty" are optional.
struct SequencerEnvironment {
    std::function<base::Instant()> clock;  ///< the wall clock, UTC
    base::RandomSource random;
    /// Called with each internal error, for the operator's log; may be empty.
    std::function<void(std::string_view)> report_fault = {};
    /// The time since the machine was started, including suspend. If empty, the clock is always
    /// trusted (clock_guard.hpp).
    std::function<std::chrono::microseconds()> uptime = {};
    /// Identifies the start of the machine from which uptime() counts; empty if not known.
    std::string boot = {};
    /// Trust the clock as it is at the start, even if the log is ahead of it.
    bool accepts_clock = false;
    /// Called when the clock is no longer trusted; may be empty.
    std::function<void(std::string_view)> report_clock = {};
    /// Called when a part, "storage" or "clock", works again; may be empty.
    std::function<void(std::string_view part, std::string_view detail)> report_recovery = {};
    /// Called by the sequencer's thread between groups, and every second if there are no writes,
    /// to notice changes without a request. Must be cheap; may be empty.
    std::function<void()> look_around = {};
    /// Called in addition to report_fault if a command could not be decided because a row could not
    /// be read; may be empty.
    std::function<void()> note_read_error = {};
    /// The clock that measures how long a group takes to decide (limits::group_decide_max). If
    /// empty, std::chrono::steady_clock.
    std::function<std::chrono::steady_clock::time_point()> steady_clock = {};

    std::chrono::steady_clock::time_point steady_now() const {
        return steady_clock ? steady_clock() : std::chrono::steady_clock::now();
    }
};

}  // namespace threatatlas::sequencer
