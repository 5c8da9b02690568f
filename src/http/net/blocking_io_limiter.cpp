#include "http/net/blocking_io_limiter.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include <poll.h>

namespace threatatlas::net {

BlockingIoLimiter::Taking BlockingIoLimiter::take(std::optional<base::ShareOwner> client) {
    const std::lock_guard lock(mutex_);
    if (client) {
        const auto own = by_client_.find(*client);
        const std::size_t own_max = std::max<std::size_t>(1, places_ - 1);
        if (own != by_client_.end() && own->second >= own_max) {
            return Taking::client_has_its_share;
        }
    }
    if (taken_ >= places_) {
        return Taking::all_taken;
    }
    if (client) {
        ++by_client_[*client];
    }
    ++taken_;
    return Taking::taken;
}

void BlockingIoLimiter::give_back(std::optional<base::ShareOwner> client) {
    const std::lock_guard lock(mutex_);
    --taken_;
    if (client) {
        const auto own = by_client_.find(*client);
        if (--own->second == 0) {
            by_client_.erase(own);
        }
    }
}

BlockingIoLimiter::Place::~Place() {
    if (taken_) {
        waits_.give_back(client_);
    }
}

BlockingIoLimiter::Result BlockingIoLimiter::Place::wait(const Connection& connection,
                                                         Transfer::Status wanted,
                                                         Clock::time_point deadline) {
    if (!taken_) {
        switch (waits_.take(client_)) {
            case Taking::taken:
                taken_ = true;
                break;
            case Taking::all_taken:
                return Result::no_place;
            case Taking::client_has_its_share:
                return Result::no_place_for_client;
        }
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
