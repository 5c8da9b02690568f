#pragma once

/// @file
/// Counters of the sequencer.

#include <chrono>
#include <mutex>
#include <variant>

#include "commands/sequencer/group.hpp"
#include "commands/sequencer/sequencer.hpp"

namespace threatatlas::sequencer {

/// All of Sequencer::Counts except `commands_waiting` and `faults`. Thread-safe.
class SequencerMetrics {
  public:
    /// Counts a command that was refused before it joined a group.
    void add_refusal(commands::RefusalKind kind) {
        const std::lock_guard lock(mutex_);
        ++counts_.commands_refused;
        counts_.commands_over_share += kind == commands::RefusalKind::over_share ? 1 : 0;
    }
    /// Counts the outcomes of a group that has ended.
    void add_group(const Group& group) {
        const std::lock_guard lock(mutex_);
        counts_.group_sizes.add(group.outcomes.size());
        for (const commands::Outcome& outcome : group.outcomes) {
            const bool accepted = std::holds_alternative<commands::Accepted>(outcome);
            ++(accepted ? counts_.commands_accepted : counts_.commands_refused);
        }
    }
    void add_sync(std::chrono::microseconds took) {
        const std::lock_guard lock(mutex_);
        counts_.sync_micros.add(static_cast<std::uint64_t>(took.count()));
    }
    void add_events(std::uint64_t count) {
        const std::lock_guard lock(mutex_);
        counts_.events += count;
    }
    Sequencer::Counts counts() const {
        const std::lock_guard lock(mutex_);
        return counts_;
    }

  private:
    mutable std::mutex mutex_;
    Sequencer::Counts counts_;  ///< guarded by mutex_
};

}  // namespace threatatlas::sequencer
