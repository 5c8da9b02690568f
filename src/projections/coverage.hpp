#pragma once

/// @file
/// The coverage table: which active mitigations name a threat or are placed on its element.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "projections/model.hpp"

namespace threatatlas::projections {

/// The active mitigations that cover a threat: their number and their lowest ids in ascending
/// order, at most limits::covered_by_ids_max.
struct CoveringIds {
    std::vector<MitigationId> lowest;
    std::uint64_t count = 0;

    std::uint64_t unlisted() const { return count - lowest.size(); }
};

/// Calls `visit` with each key of the coverage table that begins with `prefix`, in order, until it
/// returns false.
using ScanCoverage = std::function<void(std::string_view prefix,
                                        const std::function<bool(std::string_view key)>& visit)>;

/// Returns the lowest ids under `prefix` in ascending order, at most as many as a response lists.
/// `count` is the number of ids under the prefix; if it is 0, the table is not read.
std::vector<MitigationId> lowest_ids(std::string_view prefix, std::uint64_t count,
                                     const ScanCoverage& scan);

/// Combines the mitigations that name a threat with those on its element. The two sets are
/// disjoint.
CoveringIds covering(std::vector<MitigationId> links, std::uint64_t link_count,
                     const std::vector<MitigationId>& seats, std::uint64_t seat_count);

/// The keys of a mitigation in the table, unordered; none unless the mitigation is active. The rows
/// are empty.
std::vector<std::string> coverage_keys(ProductId product, MitigationId id,
                                       const Mitigation& mitigation);

}  // namespace threatatlas::projections
