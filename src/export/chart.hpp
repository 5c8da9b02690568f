#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "base/instant.hpp"
#include "events/vocabulary.hpp"

namespace threatatlas {

struct ChartPoint {
    Instant at{};
    std::array<std::uint64_t, severity_count + 1> threats{};  // by severity, then unscored
    std::uint64_t mitigated = 0;                              // of the total: the ratio
    std::uint64_t total = 0;
};

struct ChartWords {
    std::string_view heading;
    std::string_view description;  // for those who do not see it
};

// Where the picture stands: in a file of its own, or in a page that has chart_style in its style.
enum class ChartPlace { file, page };

// The rules that a page with charts needs; without `<`, `>` and `&`.
std::string_view chart_style();

// A picture of threats over time as SVG 1.1 in UTF-8: by severity as stacked steps, the mitigation
// ratio as a line over them. Needs nothing but itself, runs no script, and can be read on a light
// and on a dark ground. There is one point at least; the last one holds until `end`.
std::string threats_chart(const ChartWords& words, std::span<const ChartPoint> points, Instant end,
                          ChartPlace place);

}  // namespace threatatlas
