#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "base/instant.hpp"
#include "events/vocabulary.hpp"

namespace threatatlas::exports {

/// The numbers of threats from a moment until the next point.
struct ChartPoint {
    base::Instant at{};
    std::array<std::uint64_t, events::severity_count + 1>
        threats{};                ///< by severity, then unscored
    std::uint64_t mitigated = 0;  ///< part of `total`; their quotient is the ratio
    std::uint64_t total = 0;
};

/// The texts of a chart.
struct ChartWords {
    std::string_view heading;
    std::string_view description;  ///< alternative text
};

/// Where the picture is used: as a file of its own, or inside a page that includes chart_style().
enum class ChartPlace { file, page };

/// CSS rules for charts in a page; contains no `<`, `>` or `&`.
std::string_view chart_style();

/// Draws threats over time as SVG 1.1 in UTF-8: stacked steps by severity, with the mitigation
/// ratio as a line. The picture is self-contained, runs no script and is readable on light and dark
/// backgrounds. `points` is not empty; the last point extends to `end`.
std::string threats_chart(const ChartWords& words, std::span<const ChartPoint> points,
                          base::Instant end, ChartPlace place);

}  // namespace threatatlas::exports
