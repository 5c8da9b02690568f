#pragma once

/// @file
/// The clock as the sequencer reads it.

#include <atomic>
#include <filesystem>
#include <optional>
#include <string>

#include "commands/sequencer/clock_guard.hpp"
#include "commands/sequencer/environment.hpp"

namespace threatatlas::sequencer {

/// Guards the clock, reports doubts to the operator, and stores what is known about the clock, as
/// nothing else would show a step of it after a restart.
class ClockWatch {
  public:
    /// The environment is the caller's and outlives the watch. `last` is the newest time of the log
    /// or, if that is later, the latest instant that an answer was given about.
    ClockWatch(const SequencerEnvironment& environment, std::filesystem::path data,
               base::Instant last);

    // The next three from any thread.

    /// The wall clock or, if it is not believed, what it should show.
    base::Instant now() const;
    /// The same, but never earlier than an earlier result. Whether something has expired is decided
    /// by it.
    base::Instant latest() const;
    /// Why nothing may be recorded; nullopt if the clock is believed. `log_end` is the newest time
    /// of the log.
    std::optional<std::string> doubt(base::Instant log_end) const;

    /// Reports and stores what has changed since the last call. `is_last`: no call will follow.
    /// From one thread. Throws StorageError if it cannot be stored.
    void look(base::Instant log_end, bool is_last);

  private:
    /// Whether the file is out of date.
    bool is_news(const std::optional<ClockStep>& step) const;
    bool is_news(const ClockSeen& seen) const;
    void keep_seen(bool is_last);
    ClockReading reading() const { return {environment_.clock(), environment_.uptime()}; }

    const SequencerEnvironment& environment_;
    const std::filesystem::path data_;
    mutable std::optional<ClockGuard> guard_;  ///< nullopt: the clock is always believed
    bool is_told_ = false;
    std::optional<ClockStep> kept_;       ///< the contents of the file
    std::optional<ClockSeen> kept_seen_;  ///< likewise
    /// The log may be ahead of the clock until the clock has caught up.
    mutable std::atomic<bool> accepts_log_ahead_;
    mutable std::atomic<std::int64_t> highest_{0};  ///< in microseconds; used without a guard
};

}  // namespace threatatlas::sequencer
