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

/// Guards the clock, reports doubts to the operator, and stores the state of the clock, without
/// which a step during a restart would not be noticed.
class ClockWatch {
  public:
    /// `environment` is owned by the caller and must outlive the watch. `data` is the directory of
    /// the stored state. `last` is the newest time in the log or, if later, the latest instant that
    /// an answer was given about.
    ClockWatch(const SequencerEnvironment& environment, std::filesystem::path data,
               base::Instant last);

    // The next three may be called from any thread.

    /// The wall clock or, if it is in doubt, the time that it should show.
    base::Instant now() const;
    /// Like now(), but never earlier than an earlier result. Used to decide whether something has
    /// expired.
    base::Instant latest() const;
    /// Why nothing may be recorded, as a sentence for the operator; nullopt if the clock is
    /// trusted. `log_end` is the newest time in the log.
    std::optional<std::string> doubt(base::Instant log_end) const;

    /// Reports and stores changes since the last call. `is_last` means that no further
    /// call follows. Must be called from one thread only. Throws StorageError if the state cannot
    /// be stored.
    void look(base::Instant log_end, bool is_last);

  private:
    /// True if the stored file is out of date.
    bool is_news(const std::optional<ClockStep>& step) const;
    bool is_news(const ClockSeen& seen) const;
    void keep_seen(bool is_last);
    ClockReading reading() const { return {environment_.clock(), environment_.uptime()}; }

    const SequencerEnvironment& environment_;
    const std::filesystem::path data_;
    mutable std::optional<ClockGuard> guard_;  ///< nullopt: the clock is always trusted
    bool is_told_ = false;
    std::optional<ClockStep> kept_;       ///< as stored in clock-doubt
    std::optional<ClockSeen> kept_seen_;  ///< as stored in clock-seen
    /// While true, the log may be ahead of the clock. Reset as soon as the clock has caught up.
    mutable std::atomic<bool> accepts_log_ahead_;
    mutable std::atomic<std::int64_t> highest_{0};  ///< in microseconds; used without a guard
};

}  // namespace threatatlas::sequencer
