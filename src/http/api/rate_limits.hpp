#pragma once

// How many requests a token may send in a second (--rate-limit).

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <unordered_map>

#include "base/fair_queue.hpp"

namespace threatatlas::api {

// A token bucket for each bearer, which holds what a second brings: so much may come at once. For
// any thread.
class RateLimits {
  public:
    using Time = std::chrono::steady_clock::time_point;

    // 0: there is no limit.
    explicit RateLimits(std::size_t per_second);

    bool is_on() const { return interval_.count() > 0; }
    std::size_t per_second() const { return per_second_; }

    // Counts a request, unless there have been too many: then how long to wait for the next one.
    std::chrono::nanoseconds take(base::ShareOwner bearer, Time now);

    // Refused since the start.
    std::uint64_t refused() const;

  private:
    const std::size_t per_second_;
    const std::chrono::nanoseconds interval_;

    mutable std::mutex mutex_;
    // Guarded by mutex_.
    std::unordered_map<base::ShareOwner, Time> full_at_;  // when each bucket is full again
    std::uint64_t refused_ = 0;
};

}  // namespace threatatlas::api
