#pragma once

// Reading the coverage table: which mitigations name a threat or sit on its element.

#include <functional>
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

}  // namespace threatatlas
