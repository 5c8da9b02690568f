#pragma once

/// @file
/// A group: the commands that share one synced write.

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

/// From these sizes on, a command is long: other requests must not wait for the thread that decides
/// it.
inline constexpr std::size_t long_command_items = 1'000;
inline constexpr std::size_t long_command_rows = 8'000;

struct PendingCommand {
    bool is_long() const {
        return command.items.size() >= long_command_items || rows.value_or(0) >= long_command_rows;
    }

    commands::Command command;
    std::function<void(commands::Outcome)> done;
    /// Returns false if the outcome is no longer needed; the command is then not decided. Empty:
    /// always true.
    std::function<bool()> is_awaited = {};
    /// The last estimate of the rows that it may touch; nullopt if there is none.
    std::optional<std::size_t> rows = std::nullopt;
};

/// The point at which a group ends and the next one begins.
struct Frontier {
    Position next_position = 1;
    base::Instant last_time{};  ///< time of its newest event, or a later instant about which an
                                ///< answer was given
};

/// An accepted command whose response must be stored under its Idempotency-Key.
struct KeyedCommand {
    std::size_t index = 0;  ///< in Group::outcomes
    std::string row_key;
    std::string request_digest;
    base::Instant recorded_at{};
};

/// The changes of a group: the lines that it appends to the log, and the rows that it changes.
struct GroupChanges {
    explicit GroupChanges(const store::Store& store) : projections(store) {}

    bool empty() const { return log.empty() && projections.rows.empty(); }
    /// Removes the changes and keeps the memory for another group.
    void clear() {
        log.begin_after(0);
        projections.rows.clear();
    }

    store::LogAppend log;
    store::ProjectionChanges projections;
};

struct Group {
    explicit Group(GroupChanges empty) : changes(std::move(empty)) {}

    /// Returns true if the command can join the group. A long command is always the first of its
    /// group, so that no earlier command has to wait for it.
    bool can_add(const PendingCommand& next) const {
        return pending.empty() ||
               (!next.is_long() && pending.size() < events::limits::group_commands_max &&
                items + next.command.items.size() <= events::limits::group_events_max &&
                rows + next.rows.value_or(0) <= events::limits::group_rows_max);
    }
    /// Returns true if there is time to add commands although the group could be written now.
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

    /// Passes each outcome to its caller. Call once.
    void answer() {
        for (std::size_t i = 0; i < pending.size(); ++i) {
            pending[i].done(std::move(outcomes[i]));
        }
    }

    std::vector<PendingCommand> pending;      ///< in the order in which they were decided
    std::vector<commands::Outcome> outcomes;  ///< one for each element of `pending`
    std::vector<KeyedCommand> keyed;
    bool has_low_priority = false;  ///< its first command is long, and no short one waits for it
    std::size_t items = 0;
    std::size_t rows = 0;                                ///< estimated rows touched
    std::chrono::steady_clock::duration decided_for{0};  ///< time spent on deciding it
    GroupChanges changes;
    std::vector<base::Digest> leaves;  ///< leaves of its lines in the log's Merkle tree
    std::shared_ptr<const events::SealedLog> sealed;  ///< null if the log is not signed
    std::map<TokenId, projections::Token> tokens;     ///< tokens that it changed
    Frontier frontier;
};

}  // namespace threatatlas::sequencer
