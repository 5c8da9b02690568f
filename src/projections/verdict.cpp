#include "projections/verdict.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/compile.h>
#include <fmt/format.h>

#include "projections/rule_check.hpp"

namespace threatatlas::projections {
namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// The verdict of the thresholds alone, with `accepted` instead of the posture's own accepted
// counts.
bool passes(const Posture& posture, const AcceptedCounts& accepted, const Thresholds& thresholds) {
    constexpr auto critical = events::Severity::critical;
    return (!thresholds.fail_on_critical || posture.of(critical) == accepted.of(critical)) &&
           (!thresholds.fail_on_unmitigated_high ||
            posture.unmitigated_high() == accepted.unmitigated_high()) &&
           (!thresholds.min_mitigation_ratio ||
            reaches_ratio(posture, *thresholds.min_mitigation_ratio)) &&
           (!thresholds.fail_on_unscored || posture.unscored == 0) &&
           (!thresholds.min_threats || posture.total_threats >= *thresholds.min_threats);
}

AcceptedCounts without(const AcceptedCounts& all, const AcceptedCounts& part) {
    AcceptedCounts rest = all;
    for (std::size_t i = 0; i < events::severity_count; ++i) {
        rest.by_severity[i] -= part.by_severity[i];
        rest.unmitigated[i] -= part.unmitigated[i];
    }
    rest.unscored -= part.unscored;
    return rest;
}

// The rule fails the verdict on a day, and does not only warn.
bool fails_on_day(const events::Policy& policy, const events::PolicyRule& rule, base::Day day) {
    return rule.mode == events::RuleMode::fail &&
           (!policy.effective_from || *policy.effective_from <= day);
}

class Judge {
  public:
    Judge(const PostureAt& posture, const Thresholds& thresholds, const PolicyFacts& facts)
        : posture_(posture), facts_(facts) {
        verdict_.thresholds = thresholds;
        verdict_.thresholds.ignores_acceptances =
            thresholds.ignores_acceptances ||
            std::any_of(facts.policies.begin(), facts.policies.end(),
                        [](const AppliedPolicy& policy) {
                            return !policy.definition->honours_acceptances;
                        });
        if (!verdict_.thresholds.ignores_acceptances) {
            accepted_ = posture.accepted;
        }
        verdict_.baseline = facts.baseline;
        for (const AppliedPolicy& policy : facts.policies) {
            if (!verdict_.baseline) {
                verdict_.baseline = policy.baseline;
            }
        }
    }

    Verdict judge() {
        check_thresholds();
        for (const AppliedPolicy& policy : facts_.policies) {
            check(policy);
        }
        if (posture_.had_acceptances) {
            verdict_.acceptances = effect();
        }
        if (verdict_.baseline) {
            return std::move(verdict_);
        }
        if (verdict_.pass && !facts_.policies.empty()) {
            forecast_policies();
        } else if (verdict_.pass && !verdict_.thresholds.ignores_acceptances) {
            forecast_ends();
        }
        return std::move(verdict_);
    }

  private:
    bool honours() const { return !verdict_.thresholds.ignores_acceptances; }

    template <class Sentence>
    void add(Condition condition, const Sentence& sentence) {
        if (!condition.pass && only_warns(condition)) {
            verdict_.warnings.push_back(sentence());
        } else if (!condition.pass) {
            verdict_.pass = false;
            verdict_.failures.push_back(sentence());
        }
        verdict_.conditions.push_back(std::move(condition));
    }

    // Adds a condition on a count that must be zero.
    void none_of(std::string_view rule, std::uint64_t all, std::uint64_t accepted,
                 std::string_view sentence) {
        if (facts_.baseline) {
            none_new_of(*rule_of_threshold(rule), sentence);
            return;
        }
        const std::uint64_t count = all - accepted;
        add({rule, "0", fmt::to_string(count), count == 0, accepted},
            [&] { return fmt::format(FMT_COMPILE("{} {}"), count, sentence); });
    }

    void none_new_of(const ThresholdRule& threshold, std::string_view sentence) {
        const RuleCheck check = check_of_threshold(threshold, posture_, facts_, honours());
        const RuleCheck::Count count = check.count(threshold.rule);
        add({.rule = threshold.threshold,
             .limit = "0",
             .actual = fmt::to_string(count.actual),
             .pass = count.actual == 0,
             .accepted = count.accepted,
             .baseline = facts_.baseline,
             .new_threats = check.breaking(threshold.rule, new_threats_max)},
            [&] {
                return fmt::format("{} {}{}", count.actual, sentence,
                                   since_baseline(facts_.baseline.get()));
            });
    }

    void check_thresholds() {
        const Thresholds& thresholds = verdict_.thresholds;
        if (thresholds.fail_on_critical) {
            none_of("fail_on_critical", posture_.of(events::Severity::critical),
                    accepted_.of(events::Severity::critical),
                    "critical threat(s) require immediate attention");
        }
        if (thresholds.fail_on_unmitigated_high) {
            none_of("fail_on_unmitigated_high", posture_.unmitigated_high(),
                    accepted_.unmitigated_high(),
                    "high/critical threat(s) have no active mitigation");
        }
        if (const auto ratio = thresholds.min_mitigation_ratio) {
            const Baseline* const baseline = facts_.baseline.get();
            add({"min_mitigation_ratio", json_of(*ratio), exact_ratio(posture_),
                 reaches_ratio(posture_, *ratio, baseline)},
                [&] { return ratio_sentence(posture_, *ratio, baseline); });
        }
        if (thresholds.fail_on_unscored) {
            none_of("fail_on_unscored", posture_.unscored, 0, "threat(s) have no severity yet");
        }
        if (const auto least = thresholds.min_threats) {
            add({"min_threats", fmt::to_string(*least), fmt::to_string(posture_.total_threats),
                 posture_.total_threats >= *least},
                [&] {
                    return fmt::format("{} threat(s) on record, at least {} expected",
                                       posture_.total_threats, *least);
                });
        }
    }

    void check(const AppliedPolicy& policy) {
        verdict_.policies.push_back({policy.name, policy.version, policy.enforced});
        const RuleCheck check(posture_, facts_, *policy.definition, honours(),
                              policy.baseline.get());
        for (const events::PolicyRule& rule : policy.definition->rules) {
            const RuleCheck::Count count = check.count(rule);
            const bool is_ratio = rule.kind == events::RuleKind::min_mitigation_ratio;
            Condition condition{events::name_of(rule.kind),
                                is_ratio ? json_of(rule.ratio) : fmt::to_string(rule.limit),
                                is_ratio ? exact_ratio(posture_) : fmt::to_string(count.actual),
                                check.passes(rule, count), count.accepted};
            RuleCondition& of_policy = condition.of_policy.emplace(
                RuleCondition{policy.name, rule.severity, rule.mode, {}, {}});
            if (rule.mode == events::RuleMode::fail &&
                !fails_on_day(*policy.definition, rule, facts_.today)) {
                of_policy.mode = events::RuleMode::warn;
                of_policy.fails_from = policy.definition->effective_from;
            }
            if (!condition.pass && facts_.threats && is_about_threats(rule.kind)) {
                of_policy.threat_ids = check.breaking(rule, condition_threats_max);
            }
            if (policy.baseline && is_about_threats(rule.kind)) {
                condition.baseline = policy.baseline;
                condition.new_threats = check.breaking(rule, new_threats_max);
            }
            add(std::move(condition), [&] {
                return fmt::format("Policy {}: {}", policy.name, check.sentence(rule, count));
            });
        }
    }

    AcceptanceEffect effect() {
        AcceptanceEffect effect;
        for (const AcceptedDay& day : posture_.acceptances) {
            effect.in_force += posture_.acceptances.in_force(day).size();
            if (!effect.next_expiry && !posture_.acceptances.in_force(day).empty()) {
                effect.next_expiry = day.last_day;
            }
        }
        effect.pass_without = thresholds_pass_without() && policies_pass_without();
        return effect;
    }

    bool thresholds_pass_without() const {
        if (!facts_.baseline) {
            return passes(posture_, {}, verdict_.thresholds);
        }
        const Thresholds& asked = verdict_.thresholds;
        const auto has_none_new = [this](std::string_view threshold) {
            const ThresholdRule& rule = *rule_of_threshold(threshold);
            return check_of_threshold(rule, posture_, facts_, false).count(rule.rule).actual == 0;
        };
        return (!asked.fail_on_critical || has_none_new("fail_on_critical")) &&
               (!asked.fail_on_unmitigated_high || has_none_new("fail_on_unmitigated_high")) &&
               (!asked.min_mitigation_ratio ||
                reaches_ratio(posture_, *asked.min_mitigation_ratio, facts_.baseline.get())) &&
               (!asked.fail_on_unscored || has_none_new("fail_on_unscored")) &&
               passes(posture_, {}, {.min_threats = asked.min_threats});
    }

    bool policies_pass_without() const {
        return std::none_of(
            facts_.policies.begin(), facts_.policies.end(), [this](const AppliedPolicy& policy) {
                PostureAt nothing_accepted(static_cast<const Posture&>(posture_));
                const RuleCheck check(nothing_accepted, facts_, *policy.definition, false,
                                      policy.baseline.get());
                return std::any_of(policy.definition->rules.begin(), policy.definition->rules.end(),
                                   [&](const events::PolicyRule& rule) {
                                       return rule.kind != events::RuleKind::max_accepted &&
                                              fails_on_day(*policy.definition, rule,
                                                           facts_.today) &&
                                              !check.passes(rule, check.count(rule));
                                   });
            });
    }

    // With every end of an acceptance the verdict of thresholds can only get worse.
    void forecast_ends() {
        if (!verdict_.acceptances || verdict_.acceptances->pass_without) {
            return;
        }
        AcceptedCounts left = accepted_;
        for (const AcceptedDay& day : posture_.acceptances) {
            left = without(left, day.counts);
            if (!passes(posture_, left, verdict_.thresholds)) {
                verdict_.fails_on = day.last_day + std::chrono::days{1};
                verdict_.ended_by_then = ids_of(day);
                break;
            }
        }
    }

    std::vector<AcceptanceId> ids_of(const AcceptedDay& day) const {
        const auto ids = posture_.acceptances.in_force(day);
        return {ids.begin(), ids.end()};
    }

    // Counts change when acceptances end, and count when a policy comes into effect; rules about
    // days have a day of their own.
    void forecast_policies() {
        std::vector<base::Day> days;
        for (const AcceptedDay& day : posture_.acceptances) {
            days.push_back(day.last_day + std::chrono::days{1});
        }
        for (const AppliedPolicy& policy : facts_.policies) {
            if (const auto first = policy.definition->effective_from;
                first && *first > facts_.today) {
                days.push_back(*first);
            }
        }
        std::sort(days.begin(), days.end());
        std::optional<base::Day> fails_on = first_due_day();
        for (const base::Day day : days) {
            if (fails_on && *fails_on <= day) {
                break;
            }
            if (counts_fail_on(day)) {
                fails_on = day;
            }
        }
        verdict_.fails_on = fails_on;
        for (const AcceptedDay& day : posture_.acceptances) {
            if (fails_on && day.last_day + std::chrono::days{1} == *fails_on) {
                verdict_.ended_by_then = ids_of(day);
            }
        }
    }

    bool counts_fail_on(base::Day day) const {
        AcceptedCounts in_force;
        for (const AcceptedDay& accepted : posture_.acceptances) {
            if (accepted.last_day >= day) {
                in_force += accepted.counts;
            }
        }
        if (!passes(posture_, honours() ? in_force : AcceptedCounts{}, verdict_.thresholds)) {
            return true;
        }
        return std::any_of(
            facts_.policies.begin(), facts_.policies.end(), [&](const AppliedPolicy& policy) {
                const RuleCheck check(posture_, facts_, *policy.definition, honours(), nullptr);
                return std::any_of(policy.definition->rules.begin(), policy.definition->rules.end(),
                                   [&](const events::PolicyRule& rule) {
                                       return fails_on_day(*policy.definition, rule, day) &&
                                              check.counts_break(rule, in_force);
                                   });
            });
    }

    // The first day on which a rule about days fails.
    std::optional<base::Day> first_due_day() const {
        std::optional<base::Day> first;
        for (const AppliedPolicy& policy : facts_.policies) {
            const RuleCheck check(posture_, facts_, *policy.definition, honours(), nullptr);
            for (const events::PolicyRule& rule : policy.definition->rules) {
                auto day = rule.mode == events::RuleMode::fail ? check.first_broken_day(rule)
                                                               : std::nullopt;
                if (day && policy.definition->effective_from) {
                    day = std::max(*day, *policy.definition->effective_from);
                }
                if (day && (!first || *day < *first)) {
                    first = day;
                }
            }
        }
        return first;
    }

    const PostureAt& posture_;
    const PolicyFacts& facts_;
    AcceptedCounts accepted_;  ///< that the verdict leaves out
    Verdict verdict_;
};

}  // namespace

std::optional<bool> parse_bool(std::string_view text) {
    constexpr std::array<std::pair<std::string_view, bool>, 8> words{{{"true", true},
                                                                      {"false", false},
                                                                      {"1", true},
                                                                      {"0", false},
                                                                      {"yes", true},
                                                                      {"no", false},
                                                                      {"on", true},
                                                                      {"off", false}}};
    for (const auto& [word, value] : words) {
        if (std::equal(word.begin(), word.end(), text.begin(), text.end(),
                       [](char a, char b) { return a == lower(b); })) {
            return value;
        }
    }
    return std::nullopt;
}

std::string name_of(const Condition& condition) {
    if (!condition.of_policy) {
        return std::string(condition.rule);
    }
    const RuleCondition& rule = *condition.of_policy;
    std::string name = fmt::format("{}/{}", rule.policy, condition.rule);
    if (rule.severity) {
        name += fmt::format("/{}", events::name_of(*rule.severity));
    }
    if (rule.mode == events::RuleMode::warn && !rule.fails_from) {
        name += "/warn";
    }
    return name;
}

bool only_warns(const Condition& condition) {
    return condition.of_policy && condition.of_policy->mode == events::RuleMode::warn;
}

events::RuleKind rule_kind(const Condition& condition) {
    return *events::parse_name<events::RuleKind>(condition.rule);
}

Verdict judge(const PostureAt& posture, const Thresholds& thresholds, const PolicyFacts& facts) {
    return Judge(posture, thresholds, facts).judge();
}

bool wants_threats(const Verdict& verdict, const PolicyFacts& facts) {
    return !facts.threats && std::any_of(verdict.conditions.begin(), verdict.conditions.end(),
                                         [](const Condition& condition) {
                                             return !condition.pass && condition.of_policy &&
                                                    is_about_threats(rule_kind(condition));
                                         });
}

std::vector<std::size_t> broken_by(const RatedThreat& threat, const PostureAt& posture,
                                   const PolicyFacts& facts, const Verdict& verdict) {
    std::vector<std::size_t> broken;
    // Those of policies are the last ones, in the order of the policies' rules.
    std::size_t index = verdict.conditions.size();
    for (const AppliedPolicy& policy : facts.policies) {
        index -= policy.definition->rules.size();
    }
    for (const AppliedPolicy& policy : facts.policies) {
        const RuleCheck check(posture, facts, *policy.definition,
                              !verdict.thresholds.ignores_acceptances, policy.baseline.get());
        for (const events::PolicyRule& rule : policy.definition->rules) {
            if (!verdict.conditions[index].pass && check.breaks(rule, threat)) {
                broken.push_back(index);
            }
            ++index;
        }
    }
    return broken;
}

std::string shown_ratio(const Posture& posture) {
    const std::uint64_t hundredths = mitigated_in(posture, 100);
    return fmt::format(FMT_COMPILE("{}.{:02}"), hundredths / 100, hundredths % 100);
}

}  // namespace threatatlas::projections
