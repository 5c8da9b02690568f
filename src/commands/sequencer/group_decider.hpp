#pragma once

/// @file
/// Decides the commands of a group.

#include <chrono>
#include <functional>
#include <optional>

#include "base/lines.hpp"
#include "base/low_priority_thread.hpp"
#include "commands/command_cost.hpp"
#include "commands/sequencer/clock_watch.hpp"
#include "commands/sequencer/environment.hpp"
#include "commands/sequencer/group.hpp"
#include "commands/sequencer/idempotency.hpp"
#include "projections/overlay.hpp"

namespace threatatlas::sequencer {

/// Decides commands one after the other. Each one sees the effects of earlier commands of its
/// group, of the in-flight group, and of the store. For use by one thread. Ensures S1 and S3 of
/// sequencer.hpp.
class GroupDecider {
  public:
    /// `store`, `environment` and `clock` must outlive the decider. If `collects_leaves`, groups
    /// contain the Merkle leaves of their lines, for signing. `report` is called with each error.
    GroupDecider(store::Store& store, const SequencerEnvironment& environment,
                 const ClockWatch& clock, bool collects_leaves,
                 std::function<void(const std::exception&)> report);

    /// Continues after `end`, the end of the log in the store. Discards everything that was decided
    /// and not written.
    void reset_to(const events::LogEnd& end);
    /// Prepares an empty group whose lines follow those decided so far.
    void begin(Group& group) const;
    /// Events decided after this call are later than `time`.
    void advance_past(base::Instant time);

    /// Decides the command and adds it to the group, with its outcome. Returns false and leaves the
    /// command unchanged if it cannot join the group, because it touches too many rows. A long
    /// command is decided on a low-priority thread while the caller waits, and its group is written
    /// with low priority too; but not while short commands keep arriving, as they would have to
    /// wait for that thread.
    bool decide_next(PendingCommand& pending, Group& group);

    /// Completes the group except for its rows.
    void complete(Group& group) const;
    /// Adds the rows that the group changed to its batch. Reports an error and returns false if
    /// they do not fit.
    bool add_rows(Group& group) const;

    /// Call when the group is put in flight; the next group is decided on top of it. The previous
    /// in-flight group must have been committed.
    void submit();
    /// Call when the in-flight group is in the store.
    void commit();

  private:
    bool has_low_priority(const PendingCommand& pending) const;
    void run(bool low_priority, const std::function<void()>& work);
    std::optional<commands::CommandCost> estimate(const commands::Command& command);
    commands::Outcome outcome_of(PendingCommand& pending,
                                 const std::optional<commands::CommandCost>& cost, Group& group);
    commands::Accepted accept(commands::Command& command,
                              const std::optional<commands::CommandCost>& cost, Group& group);

    const SequencerEnvironment& environment_;
    const ClockWatch& clock_;
    const bool collects_leaves_;
    const std::function<void(const std::exception&)> report_;
    projections::Overlay overlay_;
    FirstAnswers first_answers_;
    Frontier follow_;          ///< the end of the last decided command
    base::Lines line_memory_;  ///< reused for the lines of the next transaction
    std::optional<std::chrono::steady_clock::time_point> short_command_at_;
    base::LowPriorityThread low_priority_thread_;
};

}  // namespace threatatlas::sequencer
