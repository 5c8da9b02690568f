#include "http/api/shares.hpp"

#include <fmt/format.h>

namespace threatatlas::api {

void Shares::Place::give_back() {
    if (!is_given_back_.exchange(true)) {
        shares_.give_back(owner_);
    }
}

Shares::Taken Shares::take(base::ShareOwner owner) {
    {
        const std::lock_guard lock(mutex_);
        if (taken_ >= places_max_) {
            return {.room = base::QueueRoom::full};
        }
        std::size_t& owned = by_owner_[owner];
        if (owned >= base::share_of(places_max_)) {
            ++over_share_;
            return {.room = base::QueueRoom::owner_full};
        }
        ++owned;
        ++taken_;
    }
    return {.room = base::QueueRoom::free, .place = std::make_shared<Place>(*this, owner)};
}

void Shares::give_back(base::ShareOwner owner) {
    const std::lock_guard lock(mutex_);
    --taken_;
    const auto owned = by_owner_.find(owner);
    if (--owned->second == 0) {
        by_owner_.erase(owned);
    }
}

Shares::Counts Shares::counts() const {
    const std::lock_guard lock(mutex_);
    return {.taken = taken_, .over_share = over_share_};
}

commands::Refusal no_room(base::QueueRoom room, std::string_view what) {
    if (room == base::QueueRoom::owner_full) {
        return {commands::RefusalKind::over_share,
                fmt::format("{}: this token already has as many waiting as one token may have. "
                            "Wait for their responses, then retry.",
                            what)};
    }
    return {commands::RefusalKind::busy, fmt::format("{}: the queue is full. Retry soon.", what)};
}

}  // namespace threatatlas::api
