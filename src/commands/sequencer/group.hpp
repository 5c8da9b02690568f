#pragma once

/// @file
/// The commands that share one synced write.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "commands/command.hpp"
#include "commands/outcome.hpp"
#include "events/limits.hpp"
#include "events/log_sealer.hpp"
#include "events/store/group_changes.hpp"

namespace threatatlas::sequencer {

/// A command that takes so long that answers to other requests must not wait for its thread.
inline constexpr std::size_t long_command_items = 1'000;
inline constexpr std::size_t long_command_rows = 8'000;

struct PendingCommand {
    bool is_long() const {
        return command.items.size() >= long_command_items || rows.value_or(0) >= long_command_rows;
    }

    commands::Command command;
    std::function<void(commands::Outcome)> done;
    /// False: nobody waits for the outcome any more, and the command is not decided. Empty: true.
    std::function<bool()> is_awaited = {};
    /// Rows that it may touch, as last estimated; nullopt if that has not been done.
    std::optional<std::size_t> rows = std::nullopt;
};

/// Where a group ends and the next one begins.
struct Frontier {
    Position next_position = 1;
    base::Instant last_time{};  ///< of its newest event, or a later instant that was answered for
};

/// An accepted command whose answer has to be stored under its Idempotency-Key.
struct KeyedCommand {
    std::size_t index = 0;  ///< in Group::outcomes
    std::string row_key;
    std::string request_digest;
    base::Instant recorded_at{};
};

/// What a group writes: the lines that it appends to the log, and the rows that it changes.
struct GroupChanges {
    explicit GroupChanges(const store::Store& store) : projections(store) {}

    bool empty() const { return log.empty() && projections.rows.empty(); }
    /// Keeps the memory for another group.
    void clear() {
        log.begin_after(0);
        projections.rows.clear();
    }

    store::LogAppend log;
    store::ProjectionChanges projections;
};

struct Group {
    explicit Group(GroupChanges empty) : changes(std::move(empty)) {}

    /// Whether the command can join the group. A long one is always the first of its group, so that
    /// nobody waits for it who came before it.
    bool can_add(const PendingCommand& next) const {
        return pending.empty() ||
               (!next.is_long() && pending.size() < events::limits::group_commands_max &&
                items + next.command.items.size() <= events::limits::group_events_max &&
                rows + next.rows.value_or(0) <= events::limits::group_rows_max);
    }
    /// Whether more commands can join although nothing delays the write of the group.
    bool has_time_left() const { return decided_for < events::limits::group_decide_max; }
    void add(PendingCommand decided, commands::Outcome outcome) {
        items += decided.command.items.size();
        rows += decided.rows.value_or(0);
        pending.push_back(std::move(decided));
        outcomes.push_back(std::move(outcome));
    }

    /// Replaces the outcome of every accepted command.
    void refuse_accepted(const commands::Refusal& refusal) {
        std::replace_if(
            outcomes.begin(), outcomes.end(),
            [](const commands::Outcome& outcome) {
                return std::holds_alternative<commands::Accepted>(outcome);
            },
            commands::Outcome(refusal));
    }

    /// Tells each caller the outcome. Call once.
    void answer() {
        for (std::size_t i = 0; i < pending.size(); ++i) {
            pending[i].done(std::move(outcomes[i]));
        }
    }

    std::vector<PendingCommand> pending;      ///< decided, in this order
    std::vector<commands::Outcome> outcomes;  ///< of `pending`
    std::vector<KeyedCommand> keyed;
    bool has_low_priority = false;  ///< its first command is long, and no short one waits for it
    std::size_t items = 0;
    std::size_t rows = 0;                                ///< that its commands may touch
    std::chrono::steady_clock::duration decided_for{0};  ///< time spent on deciding it
    GroupChanges changes;
    std::vector<base::Digest> leaves;                 ///< of its lines, in the log's Merkle tree
    std::shared_ptr<const events::SealedLog> sealed;  ///< with it; null if the log is not signed
    std::map<TokenId, projections::Token> tokens;     ///< that it changed
    Frontier frontier;
};

}  // namespace threatatlas::sequencer
