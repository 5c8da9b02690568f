#pragma once

/// @file
/// What the verdict on policies needs besides a posture.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "events/policy.hpp"
#include "projections/model.hpp"

namespace threatatlas::projections {

/// A counted threat as rules see it.
struct RatedThreat {
    ThreatId id = 0;
    std::optional<events::Severity> severity;
    bool mitigated = false;  ///< by its status
    bool covered = false;    ///< by an active mitigation
    base::Day identified{};
    std::optional<base::Day> accepted_until;  ///< the last day; may be over
};

/// The product at an earlier moment: what was wrong then does not count.
struct Baseline {
    base::Instant instant{};      ///< that moment
    Position position = 0;        ///< of the product's newest event then; 0: not registered yet
    base::Instant recorded_at{};  ///< time of that event
    Posture posture = {};
    /// As PolicyFacts::threats, with the acceptances of that moment.
    std::vector<RatedThreat> threats = {};
};

/// A policy that a verdict applies.
struct AppliedPolicy {
    std::string name;
    std::uint64_t version = 0;
    bool enforced = false;
    std::shared_ptr<const events::Policy> definition;  ///< not null
    std::optional<base::Instant> since = {};        ///< the moment of its baseline, if it has one
    std::shared_ptr<const Baseline> baseline = {};  ///< null: it has none, or it is not read
};

struct PolicyFacts {
    std::vector<AppliedPolicy> policies;
    base::Day today{};          ///< the day of the moment that is judged
    base::Day last_review{};    ///< the day of the last review, or that of the registration
    bool was_reviewed = false;  ///< `last_review` is the day of a review
    /// The threats that is_counted(), ascending by id; nullopt: not read.
    std::optional<std::vector<RatedThreat>> threats = {};
    std::optional<base::Instant> since = {};  ///< the moment of the baseline of the thresholds
    std::shared_ptr<const Baseline> baseline = {};  ///< null: they have none, or it is not read

    /// True if the verdict cannot be found without `threats`, and without the baselines if there
    /// are some.
    bool need_threats() const;
};

/// A threat of the product as rules see it, with the last day on which its risk is accepted. It
/// must be counted.
RatedThreat rated(ThreatId id, const Threat& threat, bool covered,
                  std::optional<base::Day> accepted_until);

}  // namespace threatatlas::projections
