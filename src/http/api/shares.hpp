#pragma once

// Places that tokens share: one of them has at most half.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <unordered_map>

#include "base/fair_queue.hpp"
#include "commands/refusal.hpp"

namespace threatatlas::api {

// For any thread.
class Shares {
  public:
    explicit Shares(std::size_t places_max) : places_max_(places_max) {}
    Shares(const Shares&) = delete;
    Shares& operator=(const Shares&) = delete;

    // A place that was taken; outlived by its shares.
    class Place {
      public:
        Place(Shares& shares, base::ShareOwner owner) : shares_(shares), owner_(owner) {}
        ~Place() { give_back(); }
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;

        // Also before it is destroyed, once or more often, from any thread.
        void give_back();

      private:
        Shares& shares_;
        const base::ShareOwner owner_;
        std::atomic<bool> is_given_back_ = false;
    };

    struct Taken {
        base::QueueRoom room = base::QueueRoom::free;
        std::shared_ptr<Place> place = {};  // null unless there was room
    };
    Taken take(base::ShareOwner owner);

    struct Counts {
        std::size_t taken = 0;
        std::uint64_t over_share = 0;  // refused because the owner had its share, since the start
    };
    Counts counts() const;

  private:
    void give_back(base::ShareOwner owner);

    const std::size_t places_max_;
    mutable std::mutex mutex_;
    // Guarded by mutex_.
    std::size_t taken_ = 0;
    std::uint64_t over_share_ = 0;
    std::unordered_map<base::ShareOwner, std::size_t> by_owner_;  // of those that have any
};

// Why a request finds no room. `what`: the requests that take all of it, like "Lists and reports".
commands::Refusal no_room(base::QueueRoom room, std::string_view what);

}  // namespace threatatlas::api
