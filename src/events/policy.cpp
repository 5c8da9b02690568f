#include "events/policy.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "events/limits.hpp"

namespace threatatlas::events {
namespace {

bool is_slug_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

bool counts_days(RuleKind kind) {
    return kind == RuleKind::max_open_days || kind == RuleKind::max_days_since_review;
}

bool is_minimum(RuleKind kind) {
    return kind == RuleKind::min_threats || kind == RuleKind::min_mitigation_ratio;
}

// "max_threats of high" or "min_threats".
std::string words_for(const PolicyRule& rule) {
    return rule.severity ? fmt::format("{} of {}", name_of(rule.kind), name_of(*rule.severity))
                         : std::string(name_of(rule.kind));
}

std::optional<std::string> fault_of_rule(const PolicyRule& rule) {
    if (has_severity(rule.kind) != rule.severity.has_value()) {
        return fmt::format("{} {} a severity", name_of(rule.kind),
                           rule.severity ? "does not have" : "needs");
    }
    if (rule.kind == RuleKind::min_mitigation_ratio ? rule.limit != 0 : rule.ratio != Ratio{}) {
        return fmt::format("{} has the limit of another kind of rule", name_of(rule.kind));
    }
    const std::uint64_t most =
        counts_days(rule.kind) ? limits::policy_days_max : limits::policy_count_max;
    if (rule.limit > most) {
        return fmt::format("the limit of {} is from 0 to {}", words_for(rule), most);
    }
    return std::nullopt;
}

bool is_same_measure(const PolicyRule& one, const PolicyRule& other) {
    return one.kind == other.kind && one.severity == other.severity;
}

// True if `one` is broken by every product that breaks `other`, and by more.
bool is_stricter(const PolicyRule& one, const PolicyRule& other) {
    const std::uint64_t limit = one.limit + one.ratio.units;
    const std::uint64_t other_limit = other.limit + other.ratio.units;
    return is_minimum(one.kind) ? limit > other_limit : limit < other_limit;
}

bool is_in_range(base::Day day) {
    return day >= base::Day{} && day < std::chrono::floor<std::chrono::days>(limits::time_max);
}

std::optional<std::string> contradiction(const PolicyRule& one, const PolicyRule& other) {
    if (!is_same_measure(one, other)) {
        return std::nullopt;
    }
    if (one.mode == other.mode) {
        return fmt::format("{} is there twice with the mode {}", words_for(one), name_of(one.mode));
    }
    const PolicyRule& warning = one.mode == RuleMode::warn ? one : other;
    const PolicyRule& failure = one.mode == RuleMode::warn ? other : one;
    if (!is_stricter(warning, failure)) {
        return fmt::format("{} never warns before it fails: give the warning a stricter limit",
                           words_for(one));
    }
    return std::nullopt;
}

const PolicyRule* failing_rule(const Policy& policy, RuleKind kind,
                               std::optional<Severity> severity = {}) {
    const auto found =
        std::find_if(policy.rules.begin(), policy.rules.end(), [&](const PolicyRule& rule) {
            return rule.kind == kind && rule.severity == severity && rule.mode == RuleMode::fail;
        });
    return found == policy.rules.end() ? nullptr : &*found;
}

// The most threats that a product may have: those of any severity, unscored and accepted ones.
std::optional<std::string> fault_of_totals(const Policy& policy) {
    const PolicyRule* const least = failing_rule(policy, RuleKind::min_threats);
    const PolicyRule* const scored = failing_rule(policy, RuleKind::max_threats, Severity::low);
    const PolicyRule* const unscored = failing_rule(policy, RuleKind::max_unscored);
    const PolicyRule* const accepted = failing_rule(policy, RuleKind::max_accepted);
    if (least == nullptr || scored == nullptr || unscored == nullptr ||
        (policy.honours_acceptances && accepted == nullptr)) {
        return std::nullopt;
    }
    const std::uint64_t most =
        scored->limit + unscored->limit + (policy.honours_acceptances ? accepted->limit : 0);
    if (least->limit <= most) {
        return std::nullopt;
    }
    return fmt::format("min_threats wants {} threats, and the other rules allow no more than {}",
                       least->limit, most);
}

}  // namespace

bool has_severity(RuleKind kind) {
    return kind == RuleKind::max_threats || kind == RuleKind::max_unmitigated ||
           kind == RuleKind::max_open_days;
}

bool depends_on_age(RuleKind kind) {
    return kind == RuleKind::max_open_days;
}

bool depends_on_age(const Policy& policy) {
    return std::any_of(policy.rules.begin(), policy.rules.end(),
                       [](const PolicyRule& rule) { return depends_on_age(rule.kind); });
}

std::optional<std::string> fault_of_policy_name(std::string_view name) {
    if (name.empty() || name.size() > limits::policy_name_chars_max ||
        !std::all_of(name.begin(), name.end(), is_slug_character) || name.front() == '-' ||
        name.back() == '-') {
        return fmt::format(
            "is 1 to {} lower-case letters, digits and hyphens, and begins and ends with a letter "
            "or digit",
            limits::policy_name_chars_max);
    }
    if (name == "none") {
        return "is not \"none\", which stands for no policy";
    }
    return std::nullopt;
}

std::optional<std::string> fault_of_policy(const Policy& policy) {
    if (policy.texts[PolicyField::title].empty()) {
        return "title is missing";
    }
    if (policy.rules.empty() || policy.rules.size() > limits::policy_rules_max) {
        return fmt::format("a policy has 1 to {} rules", limits::policy_rules_max);
    }
    for (std::size_t i = 0; i < policy.rules.size(); ++i) {
        if (auto fault = fault_of_rule(policy.rules[i])) {
            return fault;
        }
        for (std::size_t j = 0; j < i; ++j) {
            if (auto fault = contradiction(policy.rules[j], policy.rules[i])) {
                return fault;
            }
        }
    }
    const auto days_max = static_cast<std::uint64_t>(limits::acceptance_days_max.count());
    if (policy.acceptance_days_max &&
        (*policy.acceptance_days_max == 0 || *policy.acceptance_days_max > days_max)) {
        return fmt::format("acceptances last 1 to {} days", days_max);
    }
    if (policy.acceptance_days_max && !policy.honours_acceptances) {
        return "acceptances that are not honoured have no longest time";
    }
    if (policy.effective_from && !is_in_range(*policy.effective_from)) {
        return "effective_from is out of range";
    }
    if (policy.baseline && !is_in_range(*policy.baseline)) {
        return "baseline is out of range";
    }
    return fault_of_totals(policy);
}

std::optional<std::string> fault_of_baseline(const Policy& policy, base::Day today) {
    if (!policy.baseline || *policy.baseline <= today) {
        return std::nullopt;
    }
    return fmt::format(
        "Give a day up to today, {}: what gets worse after a day in the future "
        "cannot be known.",
        base::format_day(today));
}

}  // namespace threatatlas::events
