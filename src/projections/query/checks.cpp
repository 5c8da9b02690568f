#include "projections/query/checks.hpp"

#include <utility>

#include <fmt/format.h>

#include "base/work_watch.hpp"
#include "events/event_log.hpp"
#include "events/store/keys.hpp"
#include "projections/query/product_model.hpp"
#include "projections/rows.hpp"

namespace threatatlas::query {
namespace {

CheckView with_event(const store::ReadView& view, CheckId id, const projections::Check& row) {
    auto event = events::event_at(view, row.position);
    if (!event || event->type() != events::EventType::gate_checked) {
        throw store::ReadError("the row of a check names a line that records no check");
    }
    return {id, *std::move(event)};
}

events::CheckedCondition recorded(const projections::Condition& condition) {
    events::CheckedCondition out;
    out.rule = condition.rule;
    out.limit = condition.limit;
    out.actual = condition.actual;
    out.pass = condition.pass;
    out.accepted = condition.accepted;
    if (condition.of_policy) {
        const projections::RuleCondition& rule = *condition.of_policy;
        out.policy = rule.policy;
        out.severity = rule.severity;
        out.mode = rule.mode;
        out.fails_from = rule.fails_from;
        out.threat_ids = rule.threat_ids;
    }
    return out;
}

std::string_view word_for(bool pass) {
    return pass ? "passes" : "fails";
}

}  // namespace

projections::Thresholds thresholds_of(const events::CheckQuestion& question) {
    return {.fail_on_critical = question.fail_on_critical,
            .fail_on_unmitigated_high = question.fail_on_unmitigated_high,
            .min_mitigation_ratio = question.min_mitigation_ratio,
            .fail_on_unscored = question.fail_on_unscored,
            .min_threats = question.min_threats,
            .ignores_acceptances = question.ignores_acceptances};
}

PolicyChoice policies_of(const events::CheckQuestion& question) {
    PolicyChoice choice;
    choice.none = question.policy == "none";
    if (!choice.none && !question.policy.empty()) {
        choice.name = question.policy;
    }
    return choice;
}

JudgedCheck judge_check(ProductAt product, const events::CheckQuestion& question,
                        base::Instant instant, const FindPolicy& find,
                        std::optional<std::vector<projections::RatedThreat>> threats) {
    const projections::PolicyAssignment assigned = product.policy;
    apply_policies(product, assigned, policies_of(question), instant, find);
    for (const projections::AppliedPolicy& policy : product.applied.policies) {
        if (policy.since) {
            throw PolicyRefused("policy",
                                fmt::format("The policy {} has a baseline, which a recorded check "
                                            "cannot be compared with: ask the gate instead.",
                                            policy.name));
        }
    }
    product.applied.threats = std::move(threats);
    JudgedCheck judged{std::move(product), {}, false};
    const projections::PolicyFacts& facts = judged.product.applied;
    judged.needs_threats = !facts.threats && facts.need_threats();
    if (!judged.needs_threats) {
        judged.verdict = projections::judge(judged.product.posture, thresholds_of(question), facts);
        judged.needs_threats = projections::wants_threats(judged.verdict, facts);
    }
    return judged;
}

void record_answer(events::GateChecked& event, const JudgedCheck& judged) {
    event.pass = judged.verdict.pass;
    event.conditions.clear();
    for (const projections::Condition& condition : judged.verdict.conditions) {
        event.conditions.push_back(recorded(condition));
    }
    event.policies.clear();
    for (const projections::PolicyName& policy : judged.verdict.policies) {
        event.policies.push_back({policy.name, policy.version, policy.enforced});
    }
    event.product_version = judged.product.version;
    event.product_position = judged.product.position;
}

std::optional<std::string> fault_of_check(const projections::MemoryTables& tables,
                                          ProductId product, base::Instant instant,
                                          const events::GateChecked& recorded,
                                          const FindPolicy& find) {
    const ProductAt then = product_at(product, tables.find(product)->product, instant);
    JudgedCheck judged;
    try {
        judged = judge_check(then, recorded.question, instant, find, std::nullopt);
        if (judged.needs_threats) {
            judged = judge_check(then, recorded.question, instant, find,
                                 rated_threats(tables, product, then.posture));
        }
    } catch (const PolicyRefused& refused) {
        return fmt::format("the check could not have been answered: {}", refused.what());
    }
    events::GateChecked again = recorded;
    record_answer(again, judged);
    if (again.pass != recorded.pass) {
        return fmt::format("the recorded check {}, and the log gives one that {}",
                           word_for(recorded.pass), word_for(again.pass));
    }
    if (again.conditions != recorded.conditions) {
        return "the recorded conditions are not those that the log gives";
    }
    if (again.policies != recorded.policies) {
        return "the recorded policies are not those that the log gives";
    }
    return std::nullopt;
}

std::optional<CheckView> find_check(const store::ReadView& view, ProductId product, CheckId id) {
    const auto bytes = view.get(store::Table::checks, store::be64_key(product, id));
    return bytes ? std::optional(
                       with_event(view, id, projections::decode<projections::Check>(*bytes)))
                 : std::nullopt;
}

void scan_checks(const store::ReadView& view, ProductId product, CheckId after,
                 const std::function<bool(const projections::Check&)>& wanted,
                 const std::function<bool(const CheckView&)>& visit) {
    view.scan(
        store::Table::checks, store::be64_key(product), store::be64_key(product, after + 1),
        [&](std::string_view key, std::string_view value) {
            base::note_row_of_work();
            const auto row = projections::decode<projections::Check>(value);
            return !wanted(row) ||
                   visit(with_event(view, store::read_be64(key.substr(store::be64_bytes)), row));
        });
}

}  // namespace threatatlas::query
