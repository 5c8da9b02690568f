#pragma once

// Commands that wait to be decided: so many, and of so many bytes. Tokens take turns, in which each
// gets as many items decided as the others; the commands of one token stay in their order.

#include <utility>
#include <vector>

#include "base/fair_queue.hpp"
#include "commands/sequencer/group.hpp"
#include "events/limits.hpp"

namespace threatatlas {

// The caller keeps threads apart.
class CommandQueue {
  public:
    bool empty() const { return waiting_.empty(); }
    std::size_t size() const { return waiting_.size(); }

    QueueRoom room_for(const Command& command) const {
        return waiting_.room_for(command.token_id, command.body_bytes);
    }
    void push(PendingCommand pending) {
        const ShareOwner owner = pending.command.token_id;
        const std::size_t items = pending.command.items.size();
        const std::size_t bytes = pending.command.body_bytes;
        waiting_.push(owner, std::move(pending), items, bytes);
    }

    // Whether there is a command, and the group takes it.
    bool suits(const Group& group) const {
        return !waiting_.empty() && group.has_room_for(waiting_.front().command);
    }
    // Moves commands to the group, as many as it takes. Whether there were any.
    bool fill(Group& group) {
        const std::size_t before = group.pending.size();
        while (suits(group)) {
            PendingCommand next = waiting_.pop();
            group.items += next.command.items.size();
            group.pending.push_back(std::move(next));
        }
        return group.pending.size() > before;
    }

    std::vector<PendingCommand> take_all() { return waiting_.take_all(); }

  private:
    FairQueue<PendingCommand> waiting_{
        {.count_max = limits::queue_commands_max, .bytes_max = limits::queue_bytes_max}};
};

}  // namespace threatatlas
