#pragma once

/// @file
/// Checks a posture against thresholds and policies: pass or fail, with reasons. Pure functions.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/ratio.hpp"
#include "projections/policy_facts.hpp"
#include "projections/posture.hpp"

namespace threatatlas::projections {

using events::json_of;
using events::parse_ratio;
using events::Ratio;

/// Parses true, false, 1, 0, yes, no, on or off in any case. Returns nullopt for anything else.
std::optional<bool> parse_bool(std::string_view text);

/// The thresholds of the gate. One that is absent or false is not checked.
struct Thresholds {
    bool fail_on_critical = false;
    bool fail_on_unmitigated_high = false;
    std::optional<Ratio> min_mitigation_ratio = {};
    bool fail_on_unscored = false;
    std::optional<std::uint64_t> min_threats = {};
    bool ignores_acceptances = false;  ///< counts accepted risks like others
};

/// What the condition of a policy's rule has in addition.
struct RuleCondition {
    std::string policy;
    std::optional<events::Severity> severity;
    events::RuleMode mode = events::RuleMode::fail;  ///< warn as well before the policy's first day
    std::optional<base::Day>
        fails_from;  ///< the policy's first day if the rule only warns until it
    /// The first threats that break a broken rule, ascending, at most condition_threats_max; only
    /// if PolicyFacts::threats are known and the rule is about threats.
    std::vector<ThreatId> threat_ids;
};

/// The result of one threshold or rule.
struct Condition {
    std::string_view rule;  ///< name of the threshold or the kind of rule; a string constant
    std::string limit;      ///< JSON number
    std::string actual;     ///< JSON number
    bool pass = true;
    std::uint64_t accepted = 0;  ///< threats that `actual` leaves out because they are accepted
    std::optional<RuleCondition> of_policy = {};
    /// The baseline since which it counts; null: it counts everything.
    std::shared_ptr<const Baseline> baseline = {};
    /// The first threats that break the rule and did not at the baseline, ascending, at most
    /// new_threats_max; also if the condition passes. Only with a baseline.
    std::vector<ThreatId> new_threats = {};
};

/// A name that no other condition of the verdict has: the rule or, for a policy's rule, such as
/// "web-baseline/max_threats/high" or "web-baseline/min_threats/warn".
std::string name_of(const Condition& condition);

inline constexpr std::size_t condition_threats_max = 20;
inline constexpr std::size_t new_threats_max = 100;

/// What acceptances do to a verdict.
struct AcceptanceEffect {
    std::uint64_t in_force = 0;
    std::optional<base::Day> next_expiry;  ///< the earliest last day of those in force
    /// The verdict if nothing were accepted, nor had been at a baseline.
    bool pass_without = true;
};

/// True if the condition does not fail the verdict when it is broken.
bool only_warns(const Condition& condition);

/// The kind of a policy's rule, which the condition must be of.
events::RuleKind rule_kind(const Condition& condition);

/// The name and version of a policy that a verdict applies.
struct PolicyName {
    std::string name;
    std::uint64_t version = 0;
    bool enforced = false;
};

/// The result of all thresholds and policies.
struct Verdict {
    bool pass = true;
    std::vector<std::string> failures;  ///< readable sentences, in the order of the conditions
    std::vector<std::string> warnings;  ///< the same, of rules that only warn
    /// One for each threshold checked, then one for each rule of each policy.
    std::vector<Condition> conditions;
    Thresholds thresholds;  ///< as they were understood
    std::vector<PolicyName> policies;
    /// That of the thresholds or, if they have none, of the first policy that has one; null: none.
    std::shared_ptr<const Baseline> baseline;
    /// nullopt if the product never had an acceptance.
    std::optional<AcceptanceEffect> acceptances;
    /// The first day on which the verdict fails if nothing more is recorded; nullopt if there is
    /// none, if it fails already, or if there is a baseline: that day is then not computed.
    std::optional<base::Day> fails_on;
    std::vector<AcceptanceId> ended_by_then;  ///< those that end with the day before `fails_on`
};

/// Checks a posture. Accepted risks do not count for fail_on_critical and fail_on_unmitigated_high,
/// nor for rules about threats, unless the thresholds or a policy ignore them.
/// Ratios are compared as exact integers: pass if and only if mitigated >=
/// threshold x total. If facts.need_threats(), `facts.threats` and the baselines must be known.
///
/// With a baseline, a rule or threshold about threats counts those that break it now and did not
/// then: by their ids, so that one that is solved does not make up for a new one. Acceptances and
/// ages are those of each moment. min_mitigation_ratio is only broken if the ratio was higher then.
/// min_threats and max_days_since_review have no baseline.
Verdict judge(const PostureAt& posture, const Thresholds& thresholds,
              const PolicyFacts& facts = {});

/// True if the verdict has a broken condition whose threats are wanted and not known yet: judge
/// again with PolicyFacts::threats.
bool wants_threats(const Verdict& verdict, const PolicyFacts& facts);

/// The broken rules of policies that a counted threat breaks, as ascending indexes in
/// Verdict::conditions. `verdict` is the one that judge() returned for this posture and these
/// facts, whose threats need not be known.
std::vector<std::size_t> broken_by(const RatedThreat& threat, const PostureAt& posture,
                                   const PolicyFacts& facts, const Verdict& verdict);

/// mitigated / total with two decimals, truncated, not rounded; "1.00" if there are no threats.
std::string shown_ratio(const Posture& posture);

}  // namespace threatatlas::projections
