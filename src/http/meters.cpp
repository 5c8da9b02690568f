#include "http/meters.hpp"

#include <algorithm>

namespace threatatlas {

void Latencies::add(std::chrono::microseconds took) {
    const auto micros = static_cast<std::uint64_t>(std::max<std::int64_t>(took.count(), 0));
    const auto bound = std::lower_bound(bounds_micros.begin(), bounds_micros.end(), micros);
    buckets_[static_cast<std::size_t>(bound - bounds_micros.begin())].fetch_add(
        1, std::memory_order_relaxed);
    sum_micros_.fetch_add(micros, std::memory_order_relaxed);
}

void RouteMeter::count(int status, std::chrono::microseconds took) {
    const auto found = std::find(statuses.begin(), statuses.end() - 1, status);
    answers_[static_cast<std::size_t>(found - statuses.begin())].fetch_add(
        1, std::memory_order_relaxed);
    latencies_.add(took);
}

}  // namespace threatatlas
