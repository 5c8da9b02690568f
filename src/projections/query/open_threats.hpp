#pragma once

// Open threats of a product by severity. No row keeps their number: they are counted one by one.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "events/store/read_view.hpp"
#include "projections/model.hpp"

namespace threatatlas {

// Identified or in progress: what nobody has mitigated, accepted or ruled out (docs/REPORTS.md).
bool is_open(const Threat& threat);

// How many of them there are.
struct OpenThreats {
    std::array<std::uint64_t, severity_count> by_severity{};  // indexed by Severity
    std::uint64_t unscored = 0;

    bool operator==(const OpenThreats&) const = default;
};

// Costs a look at every threat that the product ever had. Takes them off `rows_left`; nothing where
// there are more.
std::optional<OpenThreats> count_open_threats(const ReadView& view, ProductId product,
                                              std::size_t& rows_left);

}  // namespace threatatlas
