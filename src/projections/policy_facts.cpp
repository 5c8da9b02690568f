#include "projections/policy_facts.hpp"

#include <algorithm>

namespace threatatlas::projections {

bool PolicyFacts::need_threats() const {
    return since || std::any_of(policies.begin(), policies.end(), [](const AppliedPolicy& policy) {
               return policy.since || events::depends_on_age(*policy.definition);
           });
}

RatedThreat rated(ThreatId id, const Threat& threat, bool covered,
                  std::optional<base::Day> accepted_until) {
    return {.id = id,
            .severity = threat.scoring.severity,
            .mitigated = threat.status == events::ThreatStatus::mitigated,
            .covered = covered,
            .identified = base::day_of(threat.created_at),
            .accepted_until = accepted_until};
}

}  // namespace threatatlas::projections
