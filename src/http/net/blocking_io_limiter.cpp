#include "http/net/blocking_io_limiter.hpp"

#include <array>
#include <cerrno>

#include <poll.h>

namespace threatatlas::net {

bool BlockingIoLimiter::take() {
    auto taken = taken_.load(std::memory_order_relaxed);
    while (taken < places_) {
        if (taken_.compare_exchange_weak(taken, taken + 1, std::memory_order_relaxed)) {
            return true;
        }
    }
    return false;
}

BlockingIoLimiter::Place::~Place() {
    if (taken_) {
        waits_.taken_.fetch_sub(1, std::memory_order_relaxed);
    }
}

BlockingIoLimiter::Result BlockingIoLimiter::Place::wait(const Connection& connection,
                                                         Transfer::Status wanted,
                                                         Clock::time_point deadline) {
    taken_ = taken_ || waits_.take();
    if (!taken_) {
        return Result::no_place;
    }
    waits_.pool_.hand_on();
    work_.begin();
    const Result result = wait_ready(connection, wanted, deadline);
    work_.end();
    return result;
}

BlockingIoLimiter::Result BlockingIoLimiter::Place::wait_ready(const Connection& connection,
                                                               Transfer::Status wanted,
                                                               Clock::time_point deadline) const {
    const short direction = wanted == Transfer::Status::wants_write ? POLLOUT : POLLIN;
    std::array<pollfd, 2> descriptors{
        {{connection.descriptor(), direction, 0}, {waits_.cut_off_, POLLIN, 0}}};
    for (;;) {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
        if (left <= 0) {
            return Result::too_slow;
        }
        const int ready = ::poll(descriptors.data(), descriptors.size(), static_cast<int>(left));
        if (ready > 0) {
            return descriptors[1].revents != 0 ? Result::cut_off : Result::ready;
        }
        if (ready < 0 && errno != EINTR) {
            return Result::cut_off;
        }
    }
}

}  // namespace threatatlas::net
