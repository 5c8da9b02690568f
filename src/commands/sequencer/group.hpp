#pragma once

// The commands that share one synced write.

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <vector>

#include "commands/sequencer/sequencer.hpp"
#include "events/limits.hpp"
#include "events/log_sealer.hpp"
#include "events/store/group_changes.hpp"

namespace threatatlas {

struct PendingCommand {
    Command command;
    std::function<void(Outcome)> done;
    // False: nobody waits for the outcome any more, and a command that was not begun is not begun.
    // Empty: somebody does.
    std::function<bool()> is_awaited = {};
};

// Where a group ends, and the next one begins.
struct Frontier {
    Position next_position = 1;
    Instant last_time{};  // of its newest event, or until when questions were answered for good
};

/// What a group writes: the lines that it appends to the log, and the rows that it changes.
struct GroupChanges {
    explicit GroupChanges(const Store& store) : projections(store) {}

    bool empty() const { return log.empty() && projections.rows.empty(); }
    /// Keeps the memory for another group.
    void clear() {
        log.begin_after(0);
        projections.rows.clear();
    }

    LogAppend log;
    ProjectionChanges projections;
};

struct Group {
    explicit Group(const Store& store) : changes(store) {}

    static constexpr std::size_t long_group_items = 1'000;
    static constexpr std::size_t long_group_rows = 8'000;

    bool has_room_for(const Command& command) const {
        return pending.empty() || (!is_full && pending.size() < limits::group_commands_max &&
                                   items + command.items.size() <= limits::group_events_max);
    }

    // Whether it takes so long that answers to others had better not wait for it.
    bool is_long() const { return items >= long_group_items || rows >= long_group_rows; }

    // The commands that are not decided, which the group lets go.
    std::vector<PendingCommand> take_undecided() {
        const auto first = pending.begin() + static_cast<std::ptrdiff_t>(outcomes.size());
        std::vector<PendingCommand> undecided(std::make_move_iterator(first),
                                              std::make_move_iterator(pending.end()));
        pending.erase(first, pending.end());
        return undecided;
    }

    // What was accepted is not after all.
    void refuse_accepted(const Refusal& refusal) {
        std::replace_if(
            outcomes.begin(), outcomes.end(),
            [](const Outcome& outcome) { return std::holds_alternative<Accepted>(outcome); },
            Outcome(refusal));
    }

    // Each caller hears of it, once.
    void answer() {
        for (std::size_t i = 0; i < pending.size(); ++i) {
            pending[i].done(std::move(outcomes[i]));
        }
    }

    std::vector<PendingCommand> pending;
    std::vector<Outcome> outcomes;  // of those that are decided, in their order
    std::size_t items = 0;
    std::size_t rows = 0;  // that those decided may touch
    bool is_full = false;  // the next command is for another group
    GroupChanges changes;
    std::vector<Digest> leaves;               // of its lines, in the log's Merkle tree
    std::shared_ptr<const SealedLog> sealed;  // with it; null where the log is not signed
    std::map<TokenId, Token> tokens;          // that it changed
    Frontier frontier;
};

}  // namespace threatatlas
