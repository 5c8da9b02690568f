#pragma once

/// @file
/// Products whose threats are given, as the verdict on policies sees them on any day.

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "projections/verdict.hpp"

namespace threatatlas::projections::testing {

/// A product that does not change while time passes.
struct StillProduct {
    std::vector<RatedThreat> threats;  ///< ascending by id
    base::Day registered{};
    std::optional<base::Day> reviewed = {};

    /// The posture on a day, counted from the threats. Acceptances that end on the same day have
    /// one id, the number of the day.
    PostureAt posture_on(base::Day day) const {
        PostureAt posture;
        std::map<base::Day, AcceptedCounts> accepted;
        for (const RatedThreat& threat : threats) {
            posture.total_threats += 1;
            posture.mitigated_threats += threat.mitigated ? 1 : 0;
            count(posture, threat);
            if (threat.accepted_until) {
                posture.had_acceptances = true;
                count(accepted[*threat.accepted_until], threat);
            }
        }
        for (const auto& [last_day, counts] : accepted) {
            if (last_day >= day) {
                AcceptedDay& one = posture.acceptances.add(last_day);
                one.approved = 1;
                one.counts = counts;
                posture.acceptances.add_in_force(one, id_of(last_day));
                posture.accepted += counts;
            }
        }
        return posture;
    }

    PolicyFacts facts_on(base::Day day, std::vector<AppliedPolicy> policies) const {
        PolicyFacts facts{.policies = std::move(policies),
                          .today = day,
                          .last_review = reviewed.value_or(registered),
                          .was_reviewed = reviewed.has_value(),
                          .threats = threats};
        for (RatedThreat& threat : *facts.threats) {
            if (threat.accepted_until && *threat.accepted_until < day) {
                threat.accepted_until.reset();
            }
        }
        return facts;
    }

    Verdict verdict_on(base::Day day, const std::vector<AppliedPolicy>& policies,
                       const Thresholds& thresholds = {}) const {
        return judge(posture_on(day), thresholds, facts_on(day, policies));
    }

    static AcceptanceId id_of(base::Day last_day) {
        return static_cast<AcceptanceId>(last_day.time_since_epoch().count());
    }

  private:
    static void count(ThreatCounts& counts, const RatedThreat& threat) {
        if (!threat.severity) {
            counts.unscored += 1;
            return;
        }
        counts.by_severity[index_of(*threat.severity)] += 1;
        if (!threat.mitigated && !threat.covered) {
            counts.unmitigated[index_of(*threat.severity)] += 1;
        }
    }
};

inline AppliedPolicy applied(events::Policy policy, std::string name = "web",
                             std::uint64_t version = 1) {
    policy.texts.set(events::PolicyField::title, "T");
    return {std::move(name), version, false, std::make_shared<const events::Policy>(policy)};
}

/// A policy with one rule.
inline AppliedPolicy with_rule(const events::PolicyRule& rule) {
    events::Policy policy;
    policy.rules = {rule};
    return applied(std::move(policy));
}

}  // namespace threatatlas::projections::testing
