#pragma once

// The clock as the sequencer reads it: guarded, its doubts told to the operator, and a step kept
// over a restart, after which nothing else would show it.

#include <filesystem>
#include <optional>
#include <string>

#include "commands/clock_guard.hpp"
#include "commands/sequencer.hpp"

namespace threatatlas {

class ClockWatch {
  public:
    // The environment is the caller's and outlives the watch. `last`: the newest time that the log
    // holds, or that was answered for.
    ClockWatch(const SequencerEnvironment& environment, std::filesystem::path data, Instant last);

    // The two below from any thread.

    // The wall clock or, if it is not believed, what it should say.
    Instant now() const;
    // Why nothing may be recorded; nothing where the clock is believed.
    std::optional<std::string> doubt() const;

    // Tells and keeps what has changed since the last call. From one thread. Throws StorageError if
    // it cannot be kept.
    void look();

  private:
    // Whether the file should say something else.
    bool is_news(const std::optional<ClockStep>& step) const;
    ClockReading reading() const { return {environment_.clock(), environment_.uptime()}; }

    const SequencerEnvironment& environment_;
    const std::filesystem::path data_;
    mutable std::optional<ClockGuard> guard_;  // none: the clock is believed whatever it says
    bool is_told_ = false;
    std::optional<ClockStep> kept_;  // what the file says
};

}  // namespace threatatlas
