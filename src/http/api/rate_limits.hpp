#pragma once

/// The limit of requests per second and token (--rate-limit).

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <unordered_map>

#include "base/fair_queue.hpp"

namespace threatatlas::api {

/// A token bucket per API token, with a capacity of one second's requests. Thread-safe.
class RateLimits {
  public:
    using Time = std::chrono::steady_clock::time_point;

    /// 0: unlimited.
    explicit RateLimits(std::size_t per_second);

    bool is_on() const { return interval_.count() > 0; }
    std::size_t per_second() const { return per_second_; }

    /// Counts a request and returns 0 or, if the limit is exceeded, does not count it and returns
    /// how long to wait.
    std::chrono::nanoseconds take(base::ShareOwner bearer, Time now);

    /// Requests rejected since the start.
    std::uint64_t refused() const;

  private:
    const std::size_t per_second_;
    const std::chrono::nanoseconds interval_;

    mutable std::mutex mutex_;
    // Guarded by mutex_.
    std::unordered_map<base::ShareOwner, Time> full_at_;  // time at which each bucket is full again
    std::uint64_t refused_ = 0;
};

}  // namespace threatatlas::api
