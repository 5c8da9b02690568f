#pragma once

/// @file
/// Threats and mitigations as answers show them: with what follows from other objects.

#include <cstdint>
#include <vector>

#include "projections/model.hpp"

namespace threatatlas::query {

struct ThreatView {
    ThreatId id = 0;
    projections::Threat threat;
    /// Active mitigations that cover it, ascending: all of them, or the lowest ids, as many as an
    /// answer lists (limits::covered_by_ids_max).
    std::vector<MitigationId> covered_by;
    std::uint64_t covered_by_unlisted = 0;  ///< how many more there are

    bool covered() const { return !covered_by.empty(); }
};
struct MitigationView {
    MitigationId id = 0;
    projections::Mitigation mitigation;
};

}  // namespace threatatlas::query
