#pragma once

#include <span>
#include <string>
#include <string_view>

#include "projections/timeline.hpp"

namespace threatatlas {

// A picture of a timeline as SVG 1.1 in UTF-8: the threats by severity as stacked steps, the
// mitigation ratio as a line over them. Needs nothing but itself, runs no script, and can be read
// on a light and on a dark ground. There is one point at least; the last one holds until `end`.
std::string timeline_chart(std::string_view product_name, std::span<const TimelinePoint> points,
                           Instant end);

}  // namespace threatatlas
