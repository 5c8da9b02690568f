#pragma once

/// @file
/// Checks one rule of a policy. For the verdict; pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "projections/policy_facts.hpp"
#include "projections/posture.hpp"

namespace threatatlas::projections {

/// Checks the rules of one policy.
class RuleCheck {
  public:
    /// All arguments must outlive this object. `honours`: accepted risks are left out of counts.
    /// `baseline`: rules about threats count only those that did not break them then, and the ratio
    /// is only broken if it was higher then; null for none. With one, PolicyFacts::threats must be
    /// known.
    RuleCheck(const PostureAt& posture, const PolicyFacts& facts, const events::Policy& policy,
              bool honours, const Baseline* baseline)
        : posture_(posture),
          facts_(facts),
          policy_(policy),
          honours_(honours),
          baseline_(baseline) {}

    /// What a rule counts today.
    struct Count {
        std::uint64_t actual = 0;     ///< for max_open_days the age of the oldest threat
        std::uint64_t accepted = 0;   ///< left out because they are accepted
        std::uint64_t broken_by = 0;  ///< threats that break it, for rules about threats
    };
    Count count(const events::PolicyRule& rule) const;
    bool passes(const events::PolicyRule& rule, const Count& count) const;

    /// True if the threat is one of those that a rule about threats counts today, and not one that
    /// it counted at the baseline. False for other rules.
    bool breaks(const events::PolicyRule& rule, const RatedThreat& threat) const;
    /// True if there is a baseline, and a rule about threats counted this threat then.
    bool broke_at_baseline(const events::PolicyRule& rule, ThreatId id) const;
    /// The first that break it, ascending. Needs PolicyFacts::threats.
    std::vector<ThreatId> breaking(const events::PolicyRule& rule, std::size_t most) const;

    // Both without regard to the baseline.

    /// True if a rule that counts is broken on a day on which `accepted` are the accepted risks
    /// that are left, and nothing else has changed. False for rules about days.
    bool counts_break(const events::PolicyRule& rule, const AcceptedCounts& accepted) const;
    /// The first day on which a rule about days is broken if nothing changes; nullopt for others,
    /// and if there is none.
    std::optional<base::Day> first_broken_day(const events::PolicyRule& rule) const;

    /// Why it is broken, as a sentence without full stop.
    std::string sentence(const events::PolicyRule& rule, const Count& count) const;

  private:
    Count count_of(const events::PolicyRule& rule, const AcceptedCounts& accepted) const;
    Count count_threats(const events::PolicyRule& rule) const;
    bool breaks_on(const events::PolicyRule& rule, const RatedThreat& threat, base::Day day) const;
    bool is_accepted(const RatedThreat& threat, base::Day day) const;
    base::Day open_since(const RatedThreat& threat) const;

    const PostureAt& posture_;
    const PolicyFacts& facts_;
    const events::Policy& policy_;
    const bool honours_;
    const Baseline* const baseline_;
};

/// A threshold about threats as the rule that counts the same ones.
struct ThresholdRule {
    std::string_view threshold;  ///< its name; a string constant
    events::PolicyRule rule;
    bool honours = true;  ///< it leaves accepted risks out
};
/// Those of fail_on_critical, fail_on_unmitigated_high and fail_on_unscored. Null for others.
const ThresholdRule* rule_of_threshold(std::string_view threshold);
/// Checks the rule of a threshold; the arguments are those of RuleCheck.
RuleCheck check_of_threshold(const ThresholdRule& threshold, const PostureAt& posture,
                             const PolicyFacts& facts, bool honours);

/// True if broken rules of this kind have threats that break them, which can be listed.
bool is_about_threats(events::RuleKind kind);

// Shared with the sentences of thresholds.

/// mitigated / total >= ratio, exactly.
bool reaches_ratio(const Posture& posture, events::Ratio ratio);
/// The same or, if there is a baseline, the ratio is not lower than it was then.
bool reaches_ratio(const Posture& posture, events::Ratio ratio, const Baseline* baseline);
/// "Mitigation ratio 1/4 (25%) is below required threshold 70%"
std::string ratio_sentence(const Posture& posture, events::Ratio ratio, const Baseline* baseline);
/// What is added to a sentence about the threats that a rule counts: " (new since …)"; nothing
/// without a baseline.
std::string since_baseline(const Baseline* baseline);
/// The shortest decimal that converts back to the same double, for clients that compute with it.
std::string exact_ratio(const Posture& posture);
/// mitigated / total in units of 1 / `scale`, truncated; `scale` if there are no threats.
std::uint64_t mitigated_in(const Posture& posture, std::uint64_t scale);

}  // namespace threatatlas::projections
