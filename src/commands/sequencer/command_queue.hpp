#pragma once

/// @file
/// The queue of commands that wait to be decided.

#include <utility>
#include <vector>

#include "base/fair_queue.hpp"
#include "commands/sequencer/group.hpp"
#include "events/limits.hpp"

namespace threatatlas::sequencer {

/// Limits the number of waiting commands and the bytes of their requests. Tokens take turns, so
/// that the same number of items is decided for each. The commands of one token keep their order.
/// Not thread-safe; the caller synchronizes.
class CommandQueue {
  public:
    bool empty() const { return waiting_.empty(); }
    std::size_t size() const { return waiting_.size(); }

    base::QueueRoom room_for(const commands::Command& command) const {
        return waiting_.room_for(command.token_id, command.body_bytes);
    }
    void push(PendingCommand pending) {
        const base::ShareOwner owner = pending.command.token_id;
        const std::size_t items = pending.command.items.size();
        const std::size_t bytes = pending.command.body_bytes;
        waiting_.push(owner, std::move(pending), items, bytes);
    }

    /// True if there is a command and the next one can join the group.
    bool suits(const Group& group) const {
        return !waiting_.empty() && group.can_add(waiting_.front());
    }

    using Taken = base::FairQueue<PendingCommand>::Taken;
    /// Removes the next command. Call only if suits() is true.
    Taken take() { return waiting_.take_next(); }
    /// Undoes the last take(): the command gets back its turn and its place among its token's
    /// commands.
    void put_back(Taken taken) { waiting_.put_back(std::move(taken)); }

    std::vector<PendingCommand> take_all() { return waiting_.take_all(); }

  private:
    base::FairQueue<PendingCommand> waiting_{{.count_max = events::limits::queue_commands_max,
                                              .bytes_max = events::limits::queue_bytes_max}};
};

}  // namespace threatatlas::sequencer
