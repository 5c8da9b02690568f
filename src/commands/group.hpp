#pragma once

// The commands that share one synced write.

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include <rocksdb/write_batch.h>

#include "commands/sequencer.hpp"
#include "events/limits.hpp"
#include "events/log_sealer.hpp"

namespace threatatlas {

struct PendingCommand {
    Command command;
    std::function<void(Outcome)> done;
};

// Where a group ends, and the next one begins.
struct Frontier {
    Position next_position = 1;
    Instant last_time{};  // of its newest event, or until when questions were answered for good
};

struct Group {
    static constexpr std::size_t long_group_items = 1'000;

    bool has_room_for(const Command& command) const {
        return pending.empty() || (pending.size() < limits::group_commands_max &&
                                   items + command.items.size() <= limits::group_events_max);
    }

    // Whether it takes so long that answers to others had better not wait for it.
    bool is_long() const { return items >= long_group_items; }

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
    rocksdb::WriteBatch batch;
    std::vector<Digest> leaves;               // of its lines, in the log's Merkle tree
    std::shared_ptr<const SealedLog> sealed;  // with it; null where the log is not signed
    std::map<TokenId, Token> tokens;          // that it changed
    Frontier frontier;
};

}  // namespace threatatlas
