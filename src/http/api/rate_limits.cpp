#include "http/api/rate_limits.hpp"

#include <algorithm>

namespace threatatlas::api {
namespace {

constexpr std::chrono::nanoseconds bucket{std::chrono::seconds{1}};
// With this many buckets, those that are full again are removed: they equal new ones.
constexpr std::size_t remembered_max = 10'000;

}  // namespace

RateLimits::RateLimits(std::size_t per_second)
    : per_second_(per_second),
      interval_(per_second == 0 ? std::chrono::nanoseconds{0}
                                : bucket / static_cast<std::int64_t>(per_second)) {}

std::chrono::nanoseconds RateLimits::take(base::ShareOwner bearer, Time now) {
    if (!is_on()) {
        return {};
    }
    const std::lock_guard lock(mutex_);
    if (full_at_.size() >= remembered_max && !full_at_.contains(bearer)) {
        std::erase_if(full_at_, [now](const auto& entry) { return entry.second <= now; });
    }
    Time& full_at = full_at_[bearer];
    const Time then = std::max(full_at, now) + interval_;
    if (then - now > bucket) {
        ++refused_;
        return then - now - bucket;
    }
    full_at = then;
    return {};
}

std::uint64_t RateLimits::refused() const {
    const std::lock_guard lock(mutex_);
    return refused_;
}

}  // namespace threatatlas::api
