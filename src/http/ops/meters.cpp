#include "http/ops/meters.hpp"

#include <algorithm>

namespace threatatlas::ops {

void RouteMeter::count(int status, std::chrono::microseconds took) {
    const auto found = std::find(statuses.begin(), statuses.end() - 1, status);
    answers_[static_cast<std::size_t>(found - statuses.begin())].fetch_add(
        1, std::memory_order_relaxed);
    latencies_.add(static_cast<std::uint64_t>(std::max<std::int64_t>(took.count(), 0)));
}

}  // namespace threatatlas::ops
