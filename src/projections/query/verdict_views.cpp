#include "projections/query/verdict_views.hpp"

#include "events/check_json.hpp"
#include "projections/query/json_members.hpp"
#include "projections/query/views.hpp"

namespace threatatlas::query {
namespace {

void write_effect(base::JsonWriter& json, const projections::Verdict& verdict) {
    const projections::AcceptanceEffect& effect = *verdict.acceptances;
    json.key("acceptances").begin_object();
    json.key("in_force").number(effect.in_force);
    write_day(json, "next_expiry", effect.next_expiry);
    write_day(json, "fails_on", verdict.fails_on);
    json.key("next_change");
    if (verdict.fails_on) {
        json.begin_object();
        write_instant(json, "at", base::Instant{*verdict.fails_on});
        json.key("pass").boolean(!verdict.pass);
        json.key("acceptance_ids").numbers(verdict.ended_by_then);
        json.end_object();
    } else {
        json.null();
    }
    json.key("pass_without_acceptances").boolean(effect.pass_without);
    json.end_object();
}

// The policy that the product has, or the only one that applies, and the other one if there is one.
void write_policies(base::JsonWriter& json, const projections::Verdict& verdict) {
    const auto write = [&](const projections::PolicyName& policy) {
        json.key("name").string(policy.name);
        json.key("version").number(policy.version);
        json.key("enforced").boolean(policy.enforced);
    };
    json.key("policy").begin_object();
    write(verdict.policies.front());
    write_day(json, "fails_on", verdict.fails_on);
    json.end_object();
    if (verdict.policies.size() > 1) {
        json.key("also_applied").begin_object();
        write(verdict.policies.back());
        json.end_object();
    }
}

// What tells the rule from others of its kind.
void write_rule_identity(base::JsonWriter& json, const projections::RuleCondition& rule) {
    json.key("policy").string(rule.policy);
    if (rule.severity) {
        json.key("severity").string(events::name_of(*rule.severity));
    }
    json.key("mode").string(events::name_of(rule.mode));
}

// The state of the product at a baseline.
void write_baseline_state(base::JsonWriter& json, const projections::Baseline& baseline) {
    json.key("position").number(baseline.position);
    write_instant(json, "recorded_at",
                  baseline.position == 0 ? std::nullopt : std::optional(baseline.recorded_at));
}

void write_baseline(base::JsonWriter& json, const projections::Verdict& verdict) {
    json.key("baseline").begin_object();
    write_baseline_state(json, *verdict.baseline);
    json.key("new").begin_array();
    for (const projections::Condition& condition : verdict.conditions) {
        if (condition.new_threats.empty()) {
            continue;
        }
        json.begin_object();
        json.key("rule").string(condition.rule);
        if (condition.of_policy) {
            write_rule_identity(json, *condition.of_policy);
        }
        if (condition.baseline->instant != verdict.baseline->instant) {
            write_baseline_state(json, *condition.baseline);
        }
        json.key("threat_ids").numbers(condition.new_threats);
        json.end_object();
    }
    json.end_array().end_object();
}

void write_rule_condition(base::JsonWriter& json, const projections::RuleCondition& rule) {
    write_rule_identity(json, rule);
    if (rule.fails_from) {
        write_day(json, "fails_from", rule.fails_from);
    }
    if (!rule.threat_ids.empty()) {
        json.key("threat_ids").numbers(rule.threat_ids);
    }
}

void write_sentences(base::JsonWriter& json, std::string_view key,
                     const std::vector<std::string>& sentences) {
    json.key(key).begin_array();
    for (const auto& sentence : sentences) {
        json.string(sentence);
    }
    json.end_array();
}

}  // namespace

void write_verdict_members(base::JsonWriter& json, const projections::Verdict& verdict) {
    json.key("pass").boolean(verdict.pass);
    write_sentences(json, "failures", verdict.failures);
    if (!verdict.policies.empty()) {
        write_sentences(json, "warnings", verdict.warnings);
    }
    json.key("conditions").begin_array();
    for (const auto& condition : verdict.conditions) {
        json.begin_object();
        json.key("rule").string(condition.rule);
        json.key("limit").raw(condition.limit);
        json.key("actual").raw(condition.actual);
        json.key("pass").boolean(condition.pass);
        if (condition.accepted > 0) {
            json.key("accepted").number(condition.accepted);
        }
        if (condition.of_policy) {
            write_rule_condition(json, *condition.of_policy);
        }
        json.end_object();
    }
    json.end_array();
    if (verdict.baseline) {
        write_baseline(json, verdict);
    }
    if (!verdict.policies.empty()) {
        write_policies(json, verdict);
    }
    if (verdict.acceptances) {
        write_effect(json, verdict);
    }
}

namespace {

// The thresholds that the web application of the same name has, too; its pipelines read them.
void write_thresholds(base::JsonWriter& json, const projections::Thresholds& thresholds) {
    json.begin_object();
    json.key("fail_on_critical").boolean(thresholds.fail_on_critical);
    json.key("fail_on_unmitigated_high").boolean(thresholds.fail_on_unmitigated_high);
    json.key("min_mitigation_ratio");
    if (thresholds.min_mitigation_ratio) {
        json.raw(projections::json_of(*thresholds.min_mitigation_ratio));
    } else {
        json.null();
    }
    json.end_object();
}

}  // namespace

void write_security_status(base::JsonWriter& json, const ProductAt& product,
                           const projections::Verdict& verdict, base::Instant generated_at) {
    json.begin_object();
    write_identity(json, product);
    write_verdict_members(json, verdict);
    json.key("thresholds");
    write_thresholds(json, verdict.thresholds);
    write_recorded(json, product);
    write_instant(json, "generated_at", generated_at);
    json.end_object();
}

void write_check_answer(base::JsonWriter& json, CheckId id, const JudgedCheck& judged,
                        base::Instant recorded_at) {
    json.begin_object();
    json.key("check_id").number(id);
    write_identity(json, judged.product);
    write_verdict_members(json, judged.verdict);
    json.key("thresholds");
    write_thresholds(json, judged.verdict.thresholds);
    write_recorded(json, judged.product);
    write_instant(json, "generated_at", recorded_at);
    json.end_object();
}

void write_check(base::JsonWriter& json, const CheckView& check) {
    json.begin_object();
    write_check_members(json, check);
    json.end_object();
}

void write_check_members(base::JsonWriter& json, const CheckView& check) {
    const events::GateChecked& data = check.data();
    json.key("check_id").number(check.id);
    json.key("product_id").number(check.event.product_id);
    json.key("pass").boolean(data.pass);
    json.key("question");
    events::write_question(json, data.question);
    json.key("conditions");
    events::write_conditions(json, data.conditions);
    json.key("policies");
    events::write_policies(json, data.policies);
    json.key("product_version").number(data.product_version);
    json.key("product_position").number(data.product_position);
    json.key("subject");
    events::write_subject(json, data.subject);
    json.key("ref").string_or_null(data.ref);
    json.key("pipeline_url").string_or_null(data.pipeline_url);
    json.key("position").number(check.event.position);
    write_instant(json, "recorded_at", check.event.time);
    json.key("actor").string(check.event.actor);
    json.key("on_behalf_of").string_or_null(check.event.on_behalf_of);
    json.key("reason").string_or_null(check.event.reason);
}

}  // namespace threatatlas::query
