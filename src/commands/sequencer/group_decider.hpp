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

/// Decides commands one after the other, each on top of those before it: those of its own group, of
/// the group in flight, and of the store. For use by one thread. Keeps S1 and S3 of sequencer.hpp.
class GroupDecider {
  public:
    /// Store, environment and clock are the caller's and outlive the decider. `collects_leaves`:
    /// groups carry the leaves of their lines, to be signed. `report` is told about each error.
    GroupDecider(store::Store& store, const SequencerEnvironment& environment,
                 const ClockWatch& clock, bool collects_leaves,
                 std::function<void(const std::exception&)> report);

    /// The next group begins after `end`, the end of the log in the store. Forgets what was decided
    /// and not written.
    void reset_to(const events::LogEnd& end);
    /// Prepares an empty group: its lines follow those decided so far.
    void begin(Group& group) const;
    /// Events that are decided from now on are later than `time`.
    void advance_past(base::Instant time);

    /// Decides the command and adds it to the group, with its outcome. Returns false, and leaves
    /// the command as it is, if it turns out that it cannot join the group: it touches too many
    /// rows. A long command is decided by a thread of low priority, which the caller waits for, and
    /// its group is written likewise; but not while there are short commands, which would wait for
    /// that thread as well.
    bool decide_next(PendingCommand& pending, Group& group);

    /// Ends the group: fills in everything except its rows.
    void complete(Group& group) const;
    /// Adds the rows that the group changed to its batch. Returns whether they fitted; if not, that
    /// was reported.
    bool add_rows(Group& group) const;

    /// The group is in flight, and the next one is decided on top of it. The one before has been
    /// committed.
    void submit();
    /// The group in flight is in the store.
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
    Frontier follow_;          ///< where the last decided command ends
    base::Lines line_memory_;  ///< reused for the lines of the next transaction
    std::optional<std::chrono::steady_clock::time_point> short_command_at_;  ///< the last one
    base::LowPriorityThread low_priority_thread_;
};

}  // namespace threatatlas::sequencer
