#include "commands/sequencer/group_decider.hpp"

#include <algorithm>
#include <utility>

#include "commands/decide.hpp"

namespace threatatlas::sequencer {
namespace {

/// Short commands within this time of each other count as a sequence, even if each of them has to
/// wait for some long ones.
constexpr std::chrono::milliseconds short_commands_pause{250};

}  // namespace

GroupDecider::GroupDecider(store::Store& store, const SequencerEnvironment& environment,
                           const ClockWatch& clock, bool collects_leaves,
                           std::function<void(const std::exception&)> report)
    : environment_(environment),
      clock_(clock),
      collects_leaves_(collects_leaves),
      report_(std::move(report)),
      overlay_(store),
      first_answers_(store) {}

void GroupDecider::reset_to(const events::LogEnd& end) {
    overlay_.clear();
    first_answers_.clear();
    follow_ = {end.position + 1, end.time};
}

void GroupDecider::advance_past(base::Instant time) {
    follow_.last_time = std::max(follow_.last_time, time);
}

void GroupDecider::begin(Group& group) const {
    group.changes.log.begin_after(follow_.next_position - 1);
}

bool GroupDecider::decide_next(PendingCommand& pending, Group& group) {
    const auto started = environment_.steady_now();
    std::optional<commands::CommandCost> cost;
    run(has_low_priority(pending), [&] { cost = estimate(pending.command); });
    pending.rows = cost ? cost->rows : 0;
    const bool joins = group.can_add(pending);
    if (joins) {
        std::optional<commands::Outcome> outcome;
        const bool low_priority = has_low_priority(pending);
        run(low_priority, [&] { outcome = outcome_of(pending, cost, group); });
        group.has_low_priority |= low_priority;
        if (!pending.is_long()) {
            short_command_at_ = started;
        }
        group.add(std::move(pending), *std::move(outcome));
    }
    group.decided_for += environment_.steady_now() - started;
    return joins;
}

bool GroupDecider::has_low_priority(const PendingCommand& pending) const {
    return pending.is_long() &&
           (!short_command_at_ ||
            environment_.steady_now() - *short_command_at_ >= short_commands_pause);
}

void GroupDecider::run(bool low_priority, const std::function<void()>& work) {
    low_priority ? low_priority_thread_.run(work) : work();
}

/// Returns nullopt if a row cannot be read; deciding the command will report that error.
std::optional<commands::CommandCost> GroupDecider::estimate(const commands::Command& command) {
    try {
        return commands::cost_of(overlay_, command);
    } catch (const store::StorageError&) {
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

void GroupDecider::submit() {
    overlay_.submit();
    first_answers_.submit();
}

void GroupDecider::commit() {
    overlay_.commit();
    first_answers_.commit();
}

commands::Outcome GroupDecider::outcome_of(PendingCommand& pending,
                                           const std::optional<commands::CommandCost>& cost,
                                           Group& group) {
    if (pending.is_awaited && !pending.is_awaited()) {
        return commands::Refusal(commands::RefusalKind::busy,
                                 "The client has disconnected: nothing was recorded.");
    }
    try {
        return accept(pending.command, cost, group);
    } catch (const commands::Refusal& refusal) {
        overlay_.drop_transaction();
        return refusal;
    } catch (const std::exception& error) {
        overlay_.drop_transaction();
        report_(error);
        if (environment_.note_read_error &&
            dynamic_cast<const store::ReadError*>(&error) != nullptr) {
            environment_.note_read_error();
        }
        return commands::nothing_recorded();
    }
}

/// Throws Refusal, or another exception if the command could not be decided.
commands::Accepted GroupDecider::accept(commands::Command& command,
                                        const std::optional<commands::CommandCost>& cost,
                                        Group& group) {
    const base::Instant time =
        std::max(clock_.now(), follow_.last_time + std::chrono::microseconds{1});
    const base::Instant now = std::max(clock_.latest(), time);
    if (auto repeated = first_answers_.find(command, now)) {
        return *std::move(repeated);
    }
    const commands::TransactionContext context{follow_.next_position, time, environment_.random,
                                               now, cost};
    commands::Decision decision =
        commands::decide(overlay_, command, context, std::move(line_memory_));
    for (const std::string_view line : decision.lines) {
        group.changes.log.add_line(line);
        ++follow_.next_position;
        if (collects_leaves_) {
            group.leaves.push_back(tlog::leaf_digest(line));
        }
    }
    if (!decision.lines.empty()) {
        follow_.last_time = time;
    }
    line_memory_ = std::move(decision.lines);
    overlay_.keep_transaction();
    if (!command.idempotency_key.empty()) {
        first_answers_.add(command, decision.accepted, now);
        group.keyed.push_back({group.outcomes.size(),
                               idempotency_row_key(command.token_id, command.idempotency_key),
                               command.request_digest, now});
    }
    return std::move(decision.accepted);
}

}  // namespace threatatlas::sequencer
