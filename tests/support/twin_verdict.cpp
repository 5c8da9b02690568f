#include "support/twin_verdict.hpp"

#include <algorithm>

namespace threatatlas::testing {
namespace {

using events::RuleKind;

__extension__ using Wide = unsigned __int128;

// "Of a severity" stands for that severity and those above; unscored threats have none.
bool is_of(std::optional<events::Severity> severity, std::optional<events::Severity> least) {
    // The words are listed from critical to low.
    return severity.has_value() && static_cast<int>(*severity) <= static_cast<int>(least.value());
}

std::uint64_t days_from(base::Day from, base::Day to) {
    return from < to ? static_cast<std::uint64_t>((to - from).count()) : 0;
}

}  // namespace

std::string TwinChoice::query() const {
    std::string query;
    if (!policy.empty()) {
        query += "&policy=";
        query += policy;
    }
    query += of_now ? "&policy_at=now" : "";
    return query;
}

std::vector<std::string> TwinChoice::options() const {
    return policy.empty() ? std::vector<std::string>()
                          : std::vector<std::string>{"--policy", policy};
}

// "An enforced one always (policy=none is refused, another policy=NAME comes on top), one that is
// not enforced unless policy=none or another policy=NAME is asked. As of a date: the assignment and
// version of then."
std::optional<std::vector<TwinPolicy>> twin_policies(const Twin& twin, ProductId id,
                                                     const TwinProduct& product,
                                                     const TwinChoice& choice,
                                                     base::Instant instant) {
    const TwinProduct& assigned = choice.of_now ? twin.product(id) : product;
    const auto version_of = [&](const std::string& name) -> const TwinPolicyVersion* {
        if (!choice.of_now) {
            return twin.policy_at(name, instant);
        }
        const auto versions = twin.policies().find(name);
        return versions == twin.policies().end() ? nullptr : &versions->second.back();
    };
    const bool asks_none = choice.policy == "none";
    const bool asks_another =
        !choice.policy.empty() && !asks_none && choice.policy != assigned.policy;
    std::vector<TwinPolicy> applied;
    if (!assigned.policy.empty()) {
        if (assigned.policy_is_enforced && asks_none) {
            return std::nullopt;
        }
        if (assigned.policy_is_enforced || (!asks_none && !asks_another)) {
            const TwinPolicyVersion& version = *version_of(assigned.policy);
            applied.push_back({assigned.policy, version.version, assigned.policy_is_enforced,
                               version.definition});
        }
    }
    if (asks_another) {
        const TwinPolicyVersion* const version = version_of(choice.policy);
        if (version == nullptr || version->removed) {
            return std::nullopt;
        }
        applied.push_back({choice.policy, version->version, false, version->definition});
    }
    return applied;
}

std::vector<std::string> policy_names(const Twin& twin) {
    std::vector<std::string> names;
    for (const auto& entry : twin.policies()) {
        names.push_back(entry.first);
    }
    return names;
}

TwinJudge::TwinJudge(const TwinProduct& product, std::vector<TwinPolicy> policies)
    : policies_(std::move(policies)),
      last_review_(base::day_of(product.reviewed_at.value_or(product.created_at))) {
    for (const auto& [id, threat] : product.threats) {
        if (threat.status == events::ThreatStatus::not_applicable) {
            continue;
        }
        const bool is_mitigated = threat.status == events::ThreatStatus::mitigated;
        threats_.push_back({.id = id,
                            .severity = threat.scoring.severity,
                            .is_mitigated = is_mitigated,
                            .is_open = !is_mitigated && product.covered_by(id).empty(),
                            .identified = base::day_of(threat.created_at),
                            .accepted_until = product.accepted_until(id)});
    }
}

bool TwinJudge::ignores_acceptances() const {
    return std::any_of(policies_.begin(), policies_.end(), [](const TwinPolicy& policy) {
        return !policy.definition.honours_acceptances;
    });
}

std::vector<TwinCondition> TwinJudge::conditions(base::Day day, bool ignores_acceptances) const {
    std::vector<TwinCondition> all;
    for (const TwinPolicy& policy : policies_) {
        for (const events::PolicyRule& rule : policy.definition.rules) {
            all.push_back(condition(policy, rule, day, ignores_acceptances));
        }
    }
    return all;
}

bool TwinJudge::passes(base::Day day, bool ignores_acceptances) const {
    const auto all = conditions(day, ignores_acceptances);
    return std::none_of(all.begin(), all.end(),
                        [](const TwinCondition& condition) { return condition.fails(); });
}

bool TwinJudge::passes_without_acceptances(base::Day day) const {
    TwinJudge judge = *this;
    for (CountedThreat& threat : judge.threats_) {
        threat.accepted_until.reset();
    }
    return judge.passes(day, true);
}

std::uint64_t TwinJudge::mitigated_threats() const {
    return static_cast<std::uint64_t>(
        std::count_if(threats_.begin(), threats_.end(),
                      [](const CountedThreat& threat) { return threat.is_mitigated; }));
}

TwinCondition TwinJudge::condition(const TwinPolicy& policy, const events::PolicyRule& rule,
                                   base::Day day, bool ignores_acceptances) const {
    const std::optional<base::Day> effective_from = policy.definition.effective_from;
    TwinCondition condition{.policy = policy.name,
                            .rule = rule,
                            .actual = 0,
                            .accepted = 0,
                            .pass = true,
                            .only_warns = rule.mode == events::RuleMode::warn,
                            .fails_from = {},
                            .broken_by = {}};
    if (!condition.only_warns && effective_from.has_value() && day < *effective_from) {
        condition.only_warns = true;
        condition.fails_from = effective_from;
    }
    // Counts the threats that `is_meant`, apart from those that are left out.
    const auto count = [&](const auto& is_meant) {
        for (const CountedThreat& threat : threats_) {
            if (!is_meant(threat)) {
                continue;
            }
            if (!ignores_acceptances && threat.accepted_until.has_value() &&
                day <= *threat.accepted_until) {
                condition.accepted += 1;
            } else {
                condition.broken_by.push_back(threat.id);
            }
        }
        condition.actual = condition.broken_by.size();
    };
    const auto age_of = [&](const CountedThreat& threat) {
        return days_from(std::max(threat.identified, effective_from.value_or(threat.identified)),
                         day);
    };
    switch (rule.kind) {
        case RuleKind::max_threats:
            count([&](const auto& threat) { return is_of(threat.severity, rule.severity); });
            break;
        case RuleKind::max_unmitigated:
            count([&](const auto& threat) {
                return is_of(threat.severity, rule.severity) && threat.is_open;
            });
            break;
        case RuleKind::max_unscored:
            count([&](const auto& threat) { return !threat.severity.has_value(); });
            break;
        case RuleKind::max_accepted:
            for (const CountedThreat& threat : threats_) {
                if (threat.accepted_until.has_value() && day <= *threat.accepted_until) {
                    condition.broken_by.push_back(threat.id);
                }
            }
            condition.actual = condition.broken_by.size();
            break;
        case RuleKind::max_open_days:
            // Left out are those that would break the rule. `actual` is the age of the oldest one
            // that is not accepted, even if that is within the limit.
            count([&](const auto& threat) {
                return is_of(threat.severity, rule.severity) && threat.is_open &&
                       age_of(threat) > rule.limit;
            });
            condition.actual = 0;
            for (const CountedThreat& threat : threats_) {
                const bool is_left_out = !ignores_acceptances &&
                                         threat.accepted_until.has_value() &&
                                         day <= *threat.accepted_until;
                if (is_of(threat.severity, rule.severity) && threat.is_open && !is_left_out) {
                    condition.actual = std::max(condition.actual, age_of(threat));
                }
            }
            break;
        case RuleKind::min_threats:
            condition.actual = total_threats();
            condition.pass = condition.actual >= rule.limit;
            return condition;
        case RuleKind::min_mitigation_ratio:
            condition.pass =
                reaches_twin_ratio(mitigated_threats(), total_threats(), rule.ratio.units);
            return condition;
        case RuleKind::max_days_since_review:
            condition.actual = days_from(last_review_, day);
            break;
    }
    condition.pass = condition.actual <= rule.limit;
    if (condition.pass) {
        condition.broken_by.clear();
    }
    return condition;
}

double twin_ratio(std::uint64_t mitigated, std::uint64_t total) {
    return total == 0 ? 1.0 : static_cast<double>(mitigated) / static_cast<double>(total);
}

bool reaches_twin_ratio(std::uint64_t mitigated, std::uint64_t total, std::uint64_t units) {
    constexpr std::uint64_t one = 100'000'000'000'000'000;
    return Wide{mitigated} * one >= Wide{units} * total;
}

std::string written_decimal(std::uint64_t digits, std::size_t decimals) {
    std::string text = std::to_string(digits);
    text.insert(0, text.size() <= decimals ? decimals + 1 - text.size() : 0, '0');
    text.insert(text.size() - decimals, 1, '.');
    text.erase(text.find_last_not_of('0') + 1);
    return text.ends_with('.') ? text.substr(0, text.size() - 1) : text;
}

}  // namespace threatatlas::testing
