#pragma once

/// @file
/// Policies: what "good enough to ship" means, as named rules that a security team defines once for
/// many products. A closed list of kinds of rules instead of an expression language, so that each
/// verdict can be explained and forecast.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "events/ratio.hpp"
#include "events/texts.hpp"
#include "events/vocabulary.hpp"

namespace threatatlas::events {

using PolicyTexts = Texts<PolicyField, policy_field_count>;

/// One rule. Its meaning by kind, where "of a severity" stands for that severity and those above:
///
/// | kind                  | broken if                                                           |
/// |-----------------------|---------------------------------------------------------------------|
/// | max_threats           | more than `limit` threats of a severity                             |
/// | max_unmitigated       | more than `limit` of them are neither mitigated nor covered         |
/// | min_mitigation_ratio  | mitigated / total is less than `ratio`                              |
/// | max_unscored          | more than `limit` threats have no severity                          |
/// | min_threats           | there are fewer than `limit` threats                                |
/// | max_open_days         | a threat of a severity is open, neither mitigated nor covered, for  |
/// |                       | more than `limit` days                                              |
/// | max_accepted          | more than `limit` threats are accepted risks                        |
/// | max_days_since_review | the last review is more than `limit` days ago                       |
struct PolicyRule {
    RuleKind kind = RuleKind::max_threats;
    std::optional<Severity> severity = {};  ///< only if has_severity(kind)
    std::uint64_t limit = 0;                ///< 0 for min_mitigation_ratio
    Ratio ratio = {};                       ///< only for min_mitigation_ratio
    RuleMode mode = RuleMode::fail;

    bool operator==(const PolicyRule&) const = default;
};

/// The definition of a policy.
struct Policy {
    PolicyTexts texts;  ///< with a title
    std::vector<PolicyRule> rules;
    bool honours_acceptances = true;  ///< false: accepted risks count like others
    /// Acceptances of products that have the policy last at most this many days; nullopt: as long
    /// as others.
    std::optional<std::uint64_t> acceptance_days_max = {};
    /// Before this day, in UTC, broken rules only warn, and max_open_days counts from this day at
    /// the earliest. nullopt: always in effect.
    std::optional<base::Day> effective_from = {};
    /// Rules about threats count only those that broke them not yet at the end of this day, in UTC,
    /// and the ratio may be as low as it was then. nullopt: everything counts.
    std::optional<base::Day> baseline = {};

    bool operator==(const Policy&) const = default;
};

/// True for the kinds that are about threats of a severity or above.
bool has_severity(RuleKind kind);
/// True if the verdict on the kind depends on the age of each threat.
bool depends_on_age(RuleKind kind);
/// True if any rule does.
bool depends_on_age(const Policy& policy);

/// Returns why a text is not a name for a policy, for a message that begins with the name of the
/// field; nullopt if it is one: 1 to 64 lower-case letters, digits and hyphens, beginning and
/// ending with a letter or digit, and not "none".
std::optional<std::string> fault_of_policy_name(std::string_view name);

/// Returns why a definition is not valid, as a sentence; nullopt if it is valid. Besides ranges it
/// refuses rules that contradict each other: the same rule twice, a warning that cannot come before
/// its failure, and counts that no product can have together.
std::optional<std::string> fault_of_policy(const Policy& policy);

/// Returns why a policy cannot be defined on a day because of its baseline, as a sentence; nullopt
/// if it can. Not part of fault_of_policy(), which knows no day.
std::optional<std::string> fault_of_baseline(const Policy& policy, base::Day today);

}  // namespace threatatlas::events
