#pragma once

// Commands that wait to be decided, in the order they came: so many, and of so many bytes.

#include <deque>
#include <utility>

#include "commands/group.hpp"
#include "events/limits.hpp"

namespace threatatlas {

// The caller keeps threads apart.
class CommandQueue {
  public:
    bool empty() const { return waiting_.empty(); }
    std::size_t size() const { return waiting_.size(); }

    bool has_room_for(const Command& command) const {
        return waiting_.size() < limits::queue_commands_max &&
               bytes_ + command.body_bytes <= limits::queue_bytes_max;
    }
    void push(PendingCommand pending) {
        bytes_ += pending.command.body_bytes;
        waiting_.push_back(std::move(pending));
    }

    // Whether there is a command, and the group takes it.
    bool suits(const Group& group) const {
        return !waiting_.empty() && group.has_room_for(waiting_.front().command);
    }
    // Moves commands to the group, as many as it takes. Whether there were any.
    bool fill(Group& group) {
        const std::size_t before = group.pending.size();
        while (suits(group)) {
            PendingCommand& next = waiting_.front();
            bytes_ -= next.command.body_bytes;
            group.items += next.command.items.size();
            group.pending.push_back(std::move(next));
            waiting_.pop_front();
        }
        return group.pending.size() > before;
    }

    std::deque<PendingCommand> take_all() {
        bytes_ = 0;
        return std::exchange(waiting_, {});
    }

  private:
    std::deque<PendingCommand> waiting_;
    std::size_t bytes_ = 0;
};

}  // namespace threatatlas
