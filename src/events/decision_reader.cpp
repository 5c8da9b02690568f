#include "events/decision_reader.hpp"

#include <charconv>

#include "events/line_values.hpp"

namespace threatatlas::events {
namespace {

namespace ondemand = simdjson::ondemand;

// Calls take(key, value) for each member of an object. It returns false for an unknown one.
template <class Take>
void read_members(ondemand::object members, Take take) {
    for (ondemand::field field : members) {
        const std::string_view key = field.unescaped_key();
        ondemand::value value = field.value();
        if (!take(key, value)) {
            refuse_member(key);
        }
    }
}

PolicyRule read_rule(ondemand::object members) {
    PolicyRule rule;
    std::string_view limit;
    read_members(members, [&](std::string_view key, ondemand::value& value) {
        if (key == "rule") {
            rule.kind = read_name<RuleKind>(value, "rule");
        } else if (key == "severity") {
            rule.severity = read_name<Severity>(value, "severity");
        } else if (key == "limit") {
            limit = value.raw_json_token();
        } else if (key == "mode") {
            rule.mode = read_name<RuleMode>(value, "mode");
        } else {
            return false;
        }
        return true;
    });
    if (rule.kind == RuleKind::min_mitigation_ratio) {
        rule.ratio = read_ratio(limit);
        return rule;
    }
    const auto [end, error] =
        std::from_chars(limit.data(), limit.data() + limit.size(), rule.limit);
    if (error != std::errc{} || end != limit.data() + limit.size()) {
        throw BadLine("a limit is not a whole number");
    }
    return rule;
}

void read_treatment(Policy& policy, ondemand::object members) {
    read_members(members, [&](std::string_view key, ondemand::value& value) {
        if (key == "honoured") {
            policy.honours_acceptances = value.get_bool();
        } else if (key == "max_days") {
            policy.acceptance_days_max = value.get_uint64();
        } else {
            return false;
        }
        return true;
    });
}

CheckQuestion read_question(ondemand::object members) {
    CheckQuestion question;
    read_members(members, [&](std::string_view key, ondemand::value& value) {
        if (key == "fail_on_critical") {
            question.fail_on_critical = value.get_bool();
        } else if (key == "fail_on_unmitigated_high") {
            question.fail_on_unmitigated_high = value.get_bool();
        } else if (key == "min_mitigation_ratio") {
            question.min_mitigation_ratio = read_ratio(value.raw_json_token());
        } else if (key == "fail_on_unscored") {
            question.fail_on_unscored = value.get_bool();
        } else if (key == "min_threats") {
            question.min_threats = value.get_uint64();
        } else if (key == "acceptances") {
            question.ignores_acceptances = std::string_view(value.get_string()) == "ignore";
        } else if (key == "policy") {
            question.policy = std::string_view(value.get_string());
        } else {
            return false;
        }
        return true;
    });
    return question;
}

CheckedCondition read_condition(ondemand::object members) {
    CheckedCondition condition;
    read_members(members, [&](std::string_view key, ondemand::value& value) {
        if (key == "rule") {
            condition.rule = std::string_view(value.get_string());
        } else if (key == "limit") {
            condition.limit = number_text(value);
        } else if (key == "actual") {
            condition.actual = number_text(value);
        } else if (key == "pass") {
            condition.pass = value.get_bool();
        } else if (key == "accepted") {
            condition.accepted = value.get_uint64();
        } else if (key == "policy") {
            condition.policy = std::string_view(value.get_string());
        } else if (key == "severity") {
            condition.severity = read_name<Severity>(value, "severity");
        } else if (key == "mode") {
            condition.mode = read_name<RuleMode>(value, "mode");
        } else if (key == "fails_from") {
            condition.fails_from = read_day(value);
        } else if (key == "threat_ids") {
            condition.threat_ids = read_ids(value);
        } else {
            return false;
        }
        return true;
    });
    return condition;
}

CheckedPolicy read_checked_policy(ondemand::object members) {
    CheckedPolicy policy;
    read_members(members, [&](std::string_view key, ondemand::value& value) {
        if (key == "name") {
            policy.name = std::string_view(value.get_string());
        } else if (key == "version") {
            policy.version = value.get_uint64();
        } else if (key == "enforced") {
            policy.enforced = value.get_bool();
        } else {
            return false;
        }
        return true;
    });
    return policy;
}

CheckSubject read_subject(ondemand::object members) {
    CheckSubject subject;
    read_members(members, [&](std::string_view key, ondemand::value& value) {
        if (key == "name") {
            subject.name = std::string_view(value.get_string());
        } else if (key == "digest") {
            for (ondemand::field digest : value.get_object()) {
                const std::string algorithm{std::string_view(digest.unescaped_key())};
                subject.digests.emplace_back(algorithm,
                                             std::string_view(digest.value().get_string()));
            }
        } else {
            return false;
        }
        return true;
    });
    return subject;
}

}  // namespace

bool read_policy(Policy& policy, std::string_view key, ondemand::value& value) {
    if (key == "rules") {
        for (ondemand::object members : value.get_array()) {
            policy.rules.push_back(read_rule(members));
        }
    } else if (key == "acceptances") {
        read_treatment(policy, value.get_object());
    } else if (key == "effective_from") {
        policy.effective_from = read_day(value);
    } else if (key == "baseline") {
        policy.baseline = read_day(value);
    } else {
        return false;
    }
    return true;
}

bool read_check(GateChecked& check, std::string_view key, ondemand::value& value) {
    if (key == "pass") {
        check.pass = value.get_bool();
    } else if (key == "question") {
        check.question = read_question(value.get_object());
    } else if (key == "conditions") {
        for (ondemand::object members : value.get_array()) {
            check.conditions.push_back(read_condition(members));
        }
    } else if (key == "policies") {
        for (ondemand::object members : value.get_array()) {
            check.policies.push_back(read_checked_policy(members));
        }
    } else if (key == "subject") {
        check.subject = read_subject(value.get_object());
    } else {
        return false;
    }
    return true;
}

}  // namespace threatatlas::events
