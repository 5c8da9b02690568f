#pragma once

// The clock as the sequencer reads it: guarded, its doubts told to the operator, and what is known
// about it kept over a restart, after which nothing else would show a step.

#include <atomic>
#include <filesystem>
#include <optional>
#include <string>

#include "commands/sequencer/clock_guard.hpp"
#include "commands/sequencer/environment.hpp"

namespace threatatlas {

class ClockWatch {
  public:
    // The environment is the caller's and outlives the watch. `last`: the newest time that the log
    // holds, or that was answered for.
    ClockWatch(const SequencerEnvironment& environment, std::filesystem::path data, Instant last);

    // The three below from any thread.

    // The wall clock or, if it is not believed, what it should say.
    Instant now() const;
    // The same, but never earlier than at any time before: what expires is judged by it.
    Instant latest() const;
    // Why nothing may be recorded; nothing if the clock is believed. `log_end`: the newest time of
    // the log.
    std::optional<std::string> doubt(Instant log_end) const;

    // Tells and keeps what has changed since the last call. `is_last`: there will be no other.
    // From one thread. Throws StorageError if it cannot be kept.
    void look(Instant log_end, bool is_last);

  private:
    // Whether the files should say something else.
    bool is_news(const std::optional<ClockStep>& step) const;
    bool is_news(const ClockSeen& seen) const;
    void keep_seen(bool is_last);
    ClockReading reading() const { return {environment_.clock(), environment_.uptime()}; }

    const SequencerEnvironment& environment_;
    const std::filesystem::path data_;
    mutable std::optional<ClockGuard> guard_;  // none: the clock is believed whatever it says
    bool is_told_ = false;
    std::optional<ClockStep> kept_;       // what the file says
    std::optional<ClockSeen> kept_seen_;  // likewise
    // The log may lie ahead of the clock, until the clock has caught up.
    mutable std::atomic<bool> accepts_log_ahead_;
    mutable std::atomic<std::int64_t> highest_{0};  // in microseconds; without a guard
};

}  // namespace threatatlas
