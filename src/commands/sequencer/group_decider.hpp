#pragma once

// Decides the commands of a group, one after the other, each upon those before it: of its own
// group, of the one on its way to the disk, and of the store.

#include <functional>
#include <optional>

#include "commands/sequencer/clock_watch.hpp"
#include "commands/sequencer/group.hpp"
#include "commands/sequencer/sequencer.hpp"
#include "projections/overlay.hpp"

namespace threatatlas {

// For use by one thread. Keeps what sequencer.hpp calls S1 and S3.
class GroupDecider {
  public:
    // Store, environment and clock are the caller's and outlive the decider. `collects_leaves`:
    // groups carry the leaves of their lines, to be signed. `report` is told what went wrong.
    GroupDecider(Store& store, const SequencerEnvironment& environment, const ClockWatch& clock,
                 bool collects_leaves, std::function<void(const std::exception&)> report);

    // The next group begins behind the end of the log as the store has it; what was decided and
    // not written is forgotten.
    void reset_to(const LogEnd& end);
    // What is decided from now on is later than this.
    void advance_past(Instant time);

    // Decides those of the group's commands that have no outcome yet, until the group is full: the
    // first command always, others as long as they touch few enough rows together.
    void decide_rest(Group& group);
    // The rows that the group's first command may touch; 0 if that cannot be told.
    std::size_t weigh_first(const Group& group);
    // The group is complete but for its rows: where it ends, and the tokens it changed.
    void complete(Group& group) const;
    // Adds the rows that the group changed to its batch. Whether they fitted; where not, it was
    // reported.
    bool add_rows(Group& group) const;

    // The group goes on its way to the disk, and the next one is decided upon it. The one before
    // has landed.
    void depart() { overlay_.depart(); }
    // The group on its way is in the store.
    void land() { overlay_.land(); }

  private:
    Outcome decide_one(PendingCommand& pending, const std::optional<CommandCost>& cost,
                       Group& group);
    std::optional<CommandCost> weigh(const Command& command);

    Store& store_;
    const SequencerEnvironment& environment_;
    const ClockWatch& clock_;
    const bool collects_leaves_;
    const std::function<void(const std::exception&)> report_;
    Overlay overlay_;
    Frontier follow_;  // where the last decided command ends
    Lines line_room_;  // memory for the lines of the next transaction
};

}  // namespace threatatlas
