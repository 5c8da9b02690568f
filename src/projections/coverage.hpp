#pragma once

// The coverage table: which active mitigations name a threat or sit on its element.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "projections/model.hpp"

namespace threatatlas {

// The active mitigations that cover a threat: how many there are, and the lowest of their ids,
// ascending, as many as an answer lists.
struct CoveringIds {
    std::vector<MitigationId> lowest;
    std::uint64_t count = 0;

    std::uint64_t unlisted() const { return count - lowest.size(); }
};

// Calls `visit` with each key of the coverage table that begins with a prefix, in order, until it
// says false.
using ScanCoverage = std::function<void(std::string_view prefix,
                                        const std::function<bool(std::string_view key)>& visit)>;

// The lowest ids, ascending, of those that the table has under a prefix, where there are `count`:
// no more than an answer lists. Nothing is looked at where there are none.
std::vector<MitigationId> lowest_ids(std::string_view prefix, std::uint64_t count,
                                     const ScanCoverage& scan);

// Puts together those that name a threat and those that sit on its element. No mitigation does
// both.
CoveringIds covering(std::vector<MitigationId> links, std::uint64_t link_count,
                     const std::vector<MitigationId>& seats, std::uint64_t seat_count);

// The keys that a mitigation has in the table: none unless it is active. Their rows are empty. In
// no order.
std::vector<std::string> coverage_keys(ProductId product, MitigationId id,
                                       const Mitigation& mitigation);

}  // namespace threatatlas
