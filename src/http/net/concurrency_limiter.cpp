#include "http/net/concurrency_limiter.hpp"

namespace threatatlas::net {

void ConcurrencyLimiter::Place::take() {
    if (taken_) {
        return;
    }
    std::unique_lock lock(places_.mutex_);
    places_.freed_.wait(lock, [this] { return places_.free_ > 0; });
    --places_.free_;
    taken_ = true;
}

void ConcurrencyLimiter::Place::begin() {
    paused_ = taken_;
    give_back();
}

void ConcurrencyLimiter::Place::end() {
    if (!paused_) {
        return;
    }
    paused_ = false;
    const std::lock_guard lock(places_.mutex_);
    if (places_.free_ > 0) {
        --places_.free_;
        taken_ = true;
    }
}

void ConcurrencyLimiter::Place::give_back() {
    if (!taken_) {
        return;
    }
    taken_ = false;
    {
        const std::lock_guard lock(places_.mutex_);
        ++places_.free_;
    }
    places_.freed_.notify_one();
}

}  // namespace threatatlas::net
