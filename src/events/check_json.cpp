#include "events/check_json.hpp"

namespace threatatlas::events {

void write_question(base::JsonWriter& json, const CheckQuestion& question) {
    json.begin_object();
    const auto flag = [&](std::string_view name, bool value) {
        if (value) {
            json.key(name).boolean(true);
        }
    };
    flag("fail_on_critical", question.fail_on_critical);
    flag("fail_on_unmitigated_high", question.fail_on_unmitigated_high);
    if (question.min_mitigation_ratio) {
        json.key("min_mitigation_ratio").raw(json_of(*question.min_mitigation_ratio));
    }
    flag("fail_on_unscored", question.fail_on_unscored);
    if (question.min_threats) {
        json.key("min_threats").number(*question.min_threats);
    }
    if (question.ignores_acceptances) {
        json.member("acceptances", "ignore");
    }
    if (!question.policy.empty()) {
        json.member("policy", question.policy);
    }
    json.end_object();
}

void write_conditions(base::JsonWriter& json, const std::vector<CheckedCondition>& conditions) {
    json.begin_array();
    for (const CheckedCondition& condition : conditions) {
        json.begin_object();
        json.member("rule", condition.rule);
        json.key("limit").raw(condition.limit);
        json.key("actual").raw(condition.actual);
        json.key("pass").boolean(condition.pass);
        if (condition.accepted > 0) {
            json.key("accepted").number(condition.accepted);
        }
        if (!condition.policy.empty()) {
            json.member("policy", condition.policy);
            if (condition.severity) {
                json.member("severity", name_of(*condition.severity));
            }
            json.member("mode", name_of(condition.mode));
            if (condition.fails_from) {
                json.member("fails_from", base::format_day(*condition.fails_from));
            }
        }
        if (!condition.threat_ids.empty()) {
            json.key("threat_ids").numbers(condition.threat_ids);
        }
        json.end_object();
    }
    json.end_array();
}

void write_policies(base::JsonWriter& json, const std::vector<CheckedPolicy>& policies) {
    json.begin_array();
    for (const CheckedPolicy& policy : policies) {
        json.begin_object();
        json.member("name", policy.name);
        json.key("version").number(policy.version);
        json.key("enforced").boolean(policy.enforced);
        json.end_object();
    }
    json.end_array();
}

void write_subject(base::JsonWriter& json, const CheckSubject& subject) {
    json.begin_object();
    json.member("name", subject.name);
    json.key("digest").begin_object();
    for (const auto& [algorithm, value] : subject.digests) {
        json.member(algorithm, value);
    }
    json.end_object();
    json.end_object();
}

}  // namespace threatatlas::events
