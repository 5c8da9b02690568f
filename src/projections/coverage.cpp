#include "projections/coverage.hpp"

#include <algorithm>

#include "events/keys.hpp"
#include "projections/rows.hpp"

namespace threatatlas {

std::vector<MitigationId> candidates_for(ProductId product, ThreatId id, const Threat& threat,
                                         const ScanCoverage& scan) {
    std::vector<MitigationId> found;
    const auto note = [&found](std::string_view key) {
        found.push_back(read_be64(key.substr(key.size() - be64_bytes)));
    };
    scan(link_prefix(product, id), note);
    if (const auto element = element_of(threat)) {
        scan(seat_prefix(product, *element), note);
    }
    std::sort(found.begin(), found.end());
    return found;
}

std::vector<std::string> coverage_keys(ProductId product, MitigationId id,
                                       const CoverageScope& scope) {
    std::vector<std::string> keys;
    for (const ThreatId threat_id : scope.threat_ids) {
        keys.push_back(link_prefix(product, threat_id) + be64_key(id));
    }
    if (const auto name = element_of(scope)) {
        keys.push_back(seat_prefix(product, *name) + be64_key(id));
    }
    return keys;
}

}  // namespace threatatlas
