#include "export/policy_text.hpp"

#include <fmt/format.h>

namespace threatatlas::exports {

std::vector<std::string> sentences_about_policies(const projections::Verdict& verdict) {
    std::vector<std::string> sentences;
    for (const projections::PolicyName& policy : verdict.policies) {
        sentences.push_back(fmt::format("Policy {}, version {}, applies and is {}.", policy.name,
                                        policy.version,
                                        policy.enforced ? "enforced" : "not enforced"));
    }
    return sentences;
}

std::string label_of(const projections::Condition& condition) {
    if (!condition.of_policy) {
        return std::string(condition.rule);
    }
    const projections::RuleCondition& rule = *condition.of_policy;
    std::string label = fmt::format("{}: {}", rule.policy, condition.rule);
    if (rule.severity) {
        label += fmt::format(" of {}", events::name_of(*rule.severity));
    }
    if (rule.mode == events::RuleMode::warn && !rule.fails_from) {
        label += " (warning)";
    }
    return label;
}

}  // namespace threatatlas::exports
