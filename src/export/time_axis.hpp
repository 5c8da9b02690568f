#pragma once

#include <string>
#include <vector>

#include "base/instant.hpp"

namespace threatatlas::exports {

/// A labelled point of a time axis.
struct TimeTick {
    base::Instant at{};
    std::string label;
};

/// Returns at most twelve ticks from `begin` to `end` at full hours, days, months or years in UTC,
/// whichever unit fits the range best.
std::vector<TimeTick> time_ticks(base::Instant begin, base::Instant end);

}  // namespace threatatlas::exports
