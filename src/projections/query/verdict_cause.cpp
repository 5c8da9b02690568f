#include "projections/query/verdict_cause.hpp"

#include <algorithm>
#include <utility>

#include "events/event_log.hpp"
#include "events/store/errors.hpp"

namespace threatatlas::query {
namespace {

events::Event require_event(const store::ReadView& view, Position position) {
    auto event = events::event_at(view, position);
    if (!event) {
        throw store::ReadError("the event of a change is missing");
    }
    return *std::move(event);
}

// The first position that was recorded at `instant` or later, which must exist. Times never fall
// from one position to the next.
Position first_position_at(const store::ReadView& view, base::Instant instant) {
    Position first = 1;
    Position last = store::last_position(view);
    while (first < last) {
        const Position middle = first + (last - first) / 2;
        if (require_event(view, middle).time < instant) {
            first = middle + 1;
        } else {
            last = middle;
        }
    }
    return first;
}

void set_version(VerdictCause& cause, const VerdictAt& after) {
    for (const projections::AppliedPolicy& policy : after.product.applied.policies) {
        if (policy.name == cause.policy) {
            cause.policy_version = policy.version;
        }
    }
}

void add_transaction(VerdictCause& cause, const store::ReadView& view, const HistoryStep& step,
                     const VerdictAt& after) {
    const Position first = step.row.first_position;
    cause.event_count = step.row.last_position - first + 1;
    for (Position position = first;
         position <= step.row.last_position && cause.events.size() < cause_events_max; ++position) {
        cause.events.push_back(require_event(view, position));
    }
    // An assignment is a transaction of its own.
    if (const auto* assigned = std::get_if<events::PolicyAssigned>(&cause.events.front().data)) {
        cause.kind = CauseKind::policy;
        cause.policy = assigned->policy;
        set_version(cause, after);
    }
}

void add_policy(VerdictCause& cause, const store::ReadView& view, base::Instant instant,
                const VerdictAt& after) {
    cause.kind = CauseKind::policy;
    cause.events.push_back(require_event(view, first_position_at(view, instant)));
    cause.event_count = 1;
    cause.policy = events::defined_policy_of(cause.events.front());
    set_version(cause, after);
}

void add_day(VerdictCause& cause, base::Instant instant, const Stretch& stretch,
             const VerdictAt& after) {
    cause.kind = CauseKind::day;
    const base::Day day = base::day_of(instant);
    for (const projections::AcceptedDay& accepted : stretch.step.row.accepted) {
        if (accepted.last_day + std::chrono::days{1} == day) {
            const auto ids = stretch.step.row.accepted.in_force(accepted);
            cause.ended.assign(ids.begin(), ids.end());
        }
    }
    for (const projections::AppliedPolicy& policy : after.product.applied.policies) {
        if (policy.definition->effective_from == day) {
            cause.in_effect.push_back(policy.name);
        }
    }
}

std::vector<std::string> failing_conditions(const projections::Verdict& verdict) {
    std::vector<std::string> names;
    for (const projections::Condition& condition : verdict.conditions) {
        if (!condition.pass && !projections::only_warns(condition)) {
            names.push_back(projections::name_of(condition));
        }
    }
    return names;
}

}  // namespace

VerdictCause cause_of(const store::ReadView& view, const Stretch& stretch, base::Instant instant,
                      const std::optional<VerdictAt>& before, const VerdictAt& after) {
    VerdictCause cause;
    if (instant == stretch.step.time) {
        add_transaction(cause, view, stretch.step, after);
    } else if (instant == stretch.begin) {
        add_policy(cause, view, instant, after);
    } else {
        add_day(cause, instant, stretch, after);
    }
    if (before) {
        cause.conditions = failing_conditions(after.verdict.pass ? before->verdict : after.verdict);
    }
    return cause;
}

}  // namespace threatatlas::query
