#pragma once

// The clock as the sequencer reads it: guarded, its doubts told to the operator, and a step ahead
// kept over a restart, where nothing else would show it.

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

    // The wall clock, or what it should say where it is not believed.
    Instant now() const;
    // Why nothing may be recorded; nothing where the clock is believed.
    std::optional<std::string> doubt() const;

    // Tells and keeps what has changed since the last call. From one thread. Throws StorageError
    // where it cannot be kept.
    void look();

  private:
    ClockReading reading() const { return {environment_.clock(), environment_.uptime()}; }

    const SequencerEnvironment& environment_;
    const std::filesystem::path data_;
    mutable std::optional<ClockGuard> guard_;  // none: the clock is believed whatever it says
    bool is_told_ = false;
    bool is_kept_ = false;
};

}  // namespace threatatlas
