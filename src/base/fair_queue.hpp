#pragma once

/// @file
/// A bounded queue shared by several owners, such as tokens. Owners take turns, each owner's
/// entries keep their order, and no owner can occupy more than half of the queue.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/share_owner.hpp"

namespace threatatlas::base {

/// Whether an entry fits in the queue.
enum class QueueRoom : std::uint8_t {
    free,
    owner_full,  ///< the owner has used up its share
    full         ///< all owners together have filled the queue
};

/// Limits of the whole queue; one owner may use half of each (share_of()).
struct FairQueueLimits {
    std::size_t count_max = 0;
    std::size_t bytes_max = 0;  ///< total of all entries
};

/// Ordered by self-clocked fair queueing: an entry's turn is its owner's previous turn, or the turn
/// being served if that is later, plus the entry's weight. A light entry of one owner therefore
/// overtakes heavy entries of another. Not thread-safe; the caller synchronizes.
template <class Value>
class FairQueue {
  public:
    explicit FairQueue(const FairQueueLimits& limits) : limits_(limits) {}

    bool empty() const { return entries_.empty(); }
    std::size_t size() const { return entries_.size(); }

    /// Whether an entry of `bytes` bytes fits. An owner without entries may always add one while
    /// the queue is not full.
    QueueRoom room_for(ShareOwner owner, std::size_t bytes) const {
        if (entries_.size() >= limits_.count_max || bytes_ + bytes > limits_.bytes_max) {
            return QueueRoom::full;
        }
        const auto found = shares_.find(owner);
        const Share share = found == shares_.end() ? Share{} : found->second;
        const bool fits = share.count < share_of(limits_.count_max) &&
                          share.bytes + bytes <= share_of(limits_.bytes_max);
        return fits || share.count == 0 ? QueueRoom::free : QueueRoom::owner_full;
    }

    /// Appends an entry. A heavier entry delays its owner's later turns more. Returns the entry's
    /// number, for remove(). Does not check the limits: ask room_for() first.
    std::uint64_t push(ShareOwner owner, Value value, std::size_t weight = 1,
                       std::size_t bytes = 0) {
        Share& share = shares_[owner];
        share.last_turn = std::max(share.last_turn, turn_) + std::max<std::size_t>(1, weight);
        ++share.count;
        share.bytes += bytes;
        bytes_ += bytes;
        entries_.emplace(share.last_turn, Entry{owner, ++numbers_, bytes, std::move(value)});
        return numbers_;
    }

    /// The entry whose turn is next. The queue must not be empty.
    const Value& front() const { return entries_.begin()->second.value; }
    Value pop() { return take(entries_.begin()); }

    /// Removes and returns the first entry whose owner satisfies `may_have_turn`, if there is one.
    template <class MayHaveTurn>
    std::optional<std::pair<ShareOwner, Value>> pop_if(const MayHaveTurn& may_have_turn) {
        const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const auto& entry) {
            return may_have_turn(entry.second.owner);
        });
        if (found == entries_.end()) {
            return std::nullopt;
        }
        const ShareOwner owner = found->second.owner;
        return std::pair(owner, take(found));
    }

    /// Removes the entry with this number. Returns nullopt if it has been taken already.
    std::optional<Value> remove(std::uint64_t number) {
        const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const auto& entry) {
            return entry.second.number == number;
        });
        return found == entries_.end() ? std::nullopt : std::optional(take(found));
    }

    /// An entry that was taken, and the place that it had.
    struct Taken {
        ShareOwner owner = 0;
        std::uint64_t number = 0;
        std::uint64_t turn = 0;
        std::uint64_t turn_before = 0;  // that was served before it was taken
        std::size_t bytes = 0;
        Value value;
    };
    /// Removes the entry whose turn is next. The queue must not be empty.
    Taken take_next() {
        const auto next = entries_.begin();
        const Entry& entry = next->second;
        Taken taken{entry.owner, entry.number, next->first, turn_, entry.bytes, {}};
        taken.value = take(next);
        return taken;
    }
    /// Returns the entry that was taken last to its place. Entries pushed since then keep the turns
    /// that they got.
    void put_back(Taken taken) {
        turn_ = taken.turn_before;
        Share& share = shares_[taken.owner];
        share.last_turn = std::max(share.last_turn, taken.turn);
        ++share.count;
        share.bytes += taken.bytes;
        bytes_ += taken.bytes;
        entries_.emplace(taken.turn,
                         Entry{taken.owner, taken.number, taken.bytes, std::move(taken.value)});
    }

    /// Removes all entries and returns them in the order of their turns.
    std::vector<Value> take_all() {
        std::vector<Value> all;
        all.reserve(entries_.size());
        while (!entries_.empty()) {
            all.push_back(pop());
        }
        return all;
    }

  private:
    struct Share {
        std::size_t count = 0;
        std::size_t bytes = 0;
        std::uint64_t last_turn = 0;
    };
    struct Entry {
        ShareOwner owner;
        std::uint64_t number;
        std::size_t bytes;
        Value value;
    };
    using Entries = std::multimap<std::uint64_t, Entry>;  ///< by turn

    Value take(typename Entries::iterator taken) {
        turn_ = std::max(turn_, taken->first);
        Entry entry = std::move(taken->second);
        entries_.erase(taken);
        bytes_ -= entry.bytes;
        const auto share = shares_.find(entry.owner);
        share->second.bytes -= entry.bytes;
        if (--share->second.count == 0) {
            shares_.erase(share);
        }
        return std::move(entry.value);
    }

    const FairQueueLimits limits_;
    Entries entries_;
    std::unordered_map<ShareOwner, Share> shares_;  ///< owners with at least one entry
    std::size_t bytes_ = 0;
    std::uint64_t turn_ = 0;     ///< the turn being served
    std::uint64_t numbers_ = 0;  ///< entry numbers assigned so far
};

}  // namespace threatatlas::base
