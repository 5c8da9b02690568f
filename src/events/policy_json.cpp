#include "events/policy_json.hpp"

namespace threatatlas::events {

void write_policy_members(base::JsonWriter& json, const Policy& policy) {
    json.key("rules").begin_array();
    for (const PolicyRule& rule : policy.rules) {
        json.begin_object();
        json.member("rule", name_of(rule.kind));
        if (rule.severity) {
            json.member("severity", name_of(*rule.severity));
        }
        json.key("limit");
        if (rule.kind == RuleKind::min_mitigation_ratio) {
            json.raw(json_of(rule.ratio));
        } else {
            json.number(rule.limit);
        }
        json.member("mode", name_of(rule.mode));
        json.end_object();
    }
    json.end_array();
    json.key("acceptances").begin_object();
    json.key("honoured").boolean(policy.honours_acceptances);
    if (policy.acceptance_days_max) {
        json.key("max_days").number(*policy.acceptance_days_max);
    }
    json.end_object();
    if (policy.effective_from) {
        json.member("effective_from", base::format_day(*policy.effective_from));
    }
    if (policy.baseline) {
        json.member("baseline", base::format_day(*policy.baseline));
    }
}

}  // namespace threatatlas::events
