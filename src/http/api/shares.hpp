#pragma once

/// A limited number of places shared by tokens, each of which may hold at most half of them.

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

/// Thread-safe.
class Shares {
  public:
    explicit Shares(std::size_t places_max) : places_max_(places_max) {}
    Shares(const Shares&) = delete;
    Shares& operator=(const Shares&) = delete;

    /// A place in use, released by the destructor. `shares` must outlive it.
    class Place {
      public:
        Place(Shares& shares, base::ShareOwner owner) : shares_(shares), owner_(owner) {}
        ~Place() { give_back(); }
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;

        /// Releases the place early. May be called repeatedly and from any thread.
        void give_back();

      private:
        Shares& shares_;
        const base::ShareOwner owner_;
        std::atomic<bool> is_given_back_ = false;
    };

    struct Taken {
        base::QueueRoom room = base::QueueRoom::free;
        std::shared_ptr<Place> place = {};  // null if there was no room
    };
    Taken take(base::ShareOwner owner);

    struct Counts {
        std::size_t taken = 0;
        std::uint64_t over_share = 0;  // rejected since the start: share used up
    };
    Counts counts() const;

  private:
    void give_back(base::ShareOwner owner);

    const std::size_t places_max_;
    mutable std::mutex mutex_;
    // Guarded by mutex_.
    std::size_t taken_ = 0;
    std::uint64_t over_share_ = 0;
    std::unordered_map<base::ShareOwner, std::size_t> by_owner_;  // only owners with places
};

/// The refusal for a request that found no room. `what` names the requests that share the places,
/// for example "Lists and reports".
commands::Refusal no_room(base::QueueRoom room, std::string_view what);

}  // namespace threatatlas::api
