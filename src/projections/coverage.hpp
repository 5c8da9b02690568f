#pragma once

// The coverage table: which mitigations name a threat or sit on its element.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "projections/model.hpp"

namespace threatatlas {

// Calls `visit` with each key of the coverage table that begins with a prefix.
using ScanCoverage = std::function<void(std::string_view prefix,
                                        const std::function<void(std::string_view key)>& visit)>;

// The mitigations, active or not, that cover the threat by name or by element, ascending.
std::vector<MitigationId> candidates_for(ProductId product, ThreatId id, const Threat& threat,
                                         const ScanCoverage& scan);

// The keys that a mitigation which was not removed, active or not, has in the table; their rows are
// empty. In no order.
std::vector<std::string> coverage_keys(ProductId product, MitigationId id,
                                       const CoverageScope& scope);

}  // namespace threatatlas
