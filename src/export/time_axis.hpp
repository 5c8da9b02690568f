#pragma once

#include <string>
#include <vector>

#include "base/instant.hpp"

namespace threatatlas {

struct TimeTick {
    Instant at{};
    std::string label;
};

// At most twelve round points in time from `begin` to `end`: hours, days, months or years in UTC,
// whichever divide the range best.
std::vector<TimeTick> time_ticks(Instant begin, Instant end);

}  // namespace threatatlas
