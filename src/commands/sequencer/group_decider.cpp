#include "commands/sequencer/group_decider.hpp"

#include <algorithm>

#include "commands/decide.hpp"
#include "commands/sequencer/idempotency.hpp"

namespace threatatlas {

GroupDecider::GroupDecider(Store& store, const SequencerEnvironment& environment,
                           const ClockWatch& clock, bool collects_leaves,
                           std::function<void(const std::exception&)> report)
    : store_(store),
      environment_(environment),
      clock_(clock),
      collects_leaves_(collects_leaves),
      report_(std::move(report)),
      overlay_(store) {}

void GroupDecider::reset_to(const LogEnd& end) {
    overlay_.clear();
    follow_ = {end.position + 1, end.time};
}

void GroupDecider::advance_past(Instant time) {
    follow_.last_time = std::max(follow_.last_time, time);
}

void GroupDecider::decide_rest(Group& group) {
    if (group.outcomes.empty()) {
        group.changes.log.begin_after(follow_.next_position - 1);
    }
    while (!group.is_full && group.outcomes.size() < group.pending.size()) {
        PendingCommand& next = group.pending[group.outcomes.size()];
        const auto cost = weigh(next.command);
        const std::size_t rows = cost ? cost->rows : 0;
        if (group.rows > 0 && group.rows + rows > limits::group_rows_max) {
            group.is_full = true;
            return;
        }
        group.outcomes.push_back(decide_one(next, cost, group));
        group.rows += rows;
        group.is_full = group.rows >= limits::group_rows_max;
    }
}

std::size_t GroupDecider::weigh_first(const Group& group) {
    const auto cost = weigh(group.pending.front().command);
    return cost ? cost->rows : 0;
}

// Nothing where the rows that it takes cannot be read: deciding it will say so.
std::optional<CommandCost> GroupDecider::weigh(const Command& command) {
    try {
        return cost_of(overlay_, command);
    } catch (const StorageError&) {
        return std::nullopt;
    }
}

void GroupDecider::complete(Group& group) const {
    group.frontier = follow_;
    group.changes.projections.applied = follow_.next_position - 1;
    group.tokens = overlay_.changed_tokens();
}

bool GroupDecider::add_rows(Group& group) const {
    try {
        overlay_.write_to(group.changes.projections.rows);
        return true;
    } catch (const std::exception& error) {
        report_(error);
        return false;
    }
}

Outcome GroupDecider::decide_one(PendingCommand& pending, const std::optional<CommandCost>& cost,
                                 Group& group) {
    if (pending.is_awaited && !pending.is_awaited()) {
        return Refusal(RefusalKind::busy, "Nobody waits for the answer: nothing was recorded.");
    }
    Command& command = pending.command;
    const Instant time = std::max(clock_.now(), follow_.last_time + std::chrono::microseconds{1});
    const Instant now = std::max(clock_.latest(), time);
    try {
        if (auto repeated = repeated_answer(overlay_, command, now)) {
            return std::move(*repeated);
        }
        const TransactionContext context{follow_.next_position, time, environment_.random, now,
                                         cost};
        Decision decision = decide(overlay_, command, context, std::move(line_room_));
        keep_answer(overlay_, command, decision.accepted, now);
        for (const std::string_view line : decision.lines) {
            group.changes.log.add_line(line);
            ++follow_.next_position;
            if (collects_leaves_) {
                group.leaves.push_back(leaf_digest(line));
            }
        }
        if (!decision.lines.empty()) {
            follow_.last_time = time;
        }
        line_room_ = std::move(decision.lines);
        overlay_.keep_transaction();
        return std::move(decision.accepted);
    } catch (const Refusal& refusal) {
        overlay_.drop_transaction();
        return refusal;
    } catch (const std::exception& error) {
        overlay_.drop_transaction();
        report_(error);
        if (environment_.note_read_error && dynamic_cast<const ReadError*>(&error) != nullptr) {
            environment_.note_read_error();
        }
        return nothing_recorded();
    }
}

}  // namespace threatatlas
