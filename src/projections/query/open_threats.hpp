#pragma once

/// @file
/// Counts of a product's open threats by severity. No stored row has them, so the threats are
/// counted one by one.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "events/store/read_view.hpp"
#include "projections/model.hpp"

namespace threatatlas::query {

/// True if the status is identified or in progress: the threat is not mitigated, accepted or ruled
/// out (docs/REPORTS.md).
bool is_open(const projections::Threat& threat);

/// The number of open threats.
struct OpenThreats {
    std::array<std::uint64_t, events::severity_count> by_severity{};  ///< indexed by Severity
    std::uint64_t unscored = 0;

    bool operator==(const OpenThreats&) const = default;
};

/// Reads every threat the product ever had and subtracts their number from `rows_left`. Returns
/// nullopt if there are more than `rows_left`.
std::optional<OpenThreats> count_open_threats(const store::ReadView& view, ProductId product,
                                              std::size_t& rows_left);

}  // namespace threatatlas::query
