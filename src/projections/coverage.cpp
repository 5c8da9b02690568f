#include "projections/coverage.hpp"

#include <algorithm>

#include "events/limits.hpp"
#include "events/store/keys.hpp"
#include "projections/rows.hpp"

namespace threatatlas::projections {

std::vector<MitigationId> lowest_ids(std::string_view prefix, std::uint64_t count,
                                     const ScanCoverage& scan) {
    const std::size_t wanted = std::min<std::uint64_t>(count, events::limits::covered_by_ids_max);
    std::vector<MitigationId> found;
    if (wanted == 0) {
        return found;
    }
    found.reserve(wanted);
    scan(prefix, [&](std::string_view key) {
        found.push_back(store::read_be64(key.substr(key.size() - store::be64_bytes)));
        return found.size() < wanted;
    });
    return found;
}

CoveringIds covering(std::vector<MitigationId> links, std::uint64_t link_count,
                     const std::vector<MitigationId>& seats, std::uint64_t seat_count) {
    const auto middle = links.insert(links.end(), seats.begin(), seats.end());
    std::inplace_merge(links.begin(), middle, links.end());
    links.resize(std::min(links.size(), events::limits::covered_by_ids_max));
    return {std::move(links), link_count + seat_count};
}

std::vector<std::string> coverage_keys(ProductId product, MitigationId id,
                                       const Mitigation& mitigation) {
    std::vector<std::string> keys;
    if (!is_active(mitigation)) {
        return keys;
    }
    for (const ThreatId threat_id : mitigation.scope.threat_ids) {
        keys.push_back(link_prefix(product, threat_id) + store::be64_key(id));
    }
    if (const auto element = element_key_of(mitigation.scope)) {
        keys.push_back(seat_prefix(product, *element) + store::be64_key(id));
    }
    return keys;
}

}  // namespace threatatlas::projections
