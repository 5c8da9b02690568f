#pragma once

/// @file
/// Threats and mitigations as responses show them, with values derived from other objects.

#include <cstdint>
#include <vector>

#include "projections/model.hpp"

namespace threatatlas::query {

struct ThreatView {
    ThreatId id = 0;
    projections::Threat threat;
    /// Ids of active mitigations that cover the threat, ascending: all of them, or the lowest ones,
    /// as many as a response lists (limits::covered_by_ids_max).
    std::vector<MitigationId> covered_by;
    std::uint64_t covered_by_unlisted = 0;  ///< number of further ones
    /// Approved acceptances that apply to the threat as it is, ascending. Some may have ended
    /// since, as that changes nothing recorded.
    std::vector<AcceptanceId> acceptance_ids = {};

    bool covered() const { return !covered_by.empty(); }
};
struct MitigationView {
    MitigationId id = 0;
    projections::Mitigation mitigation;
};

}  // namespace threatatlas::query
