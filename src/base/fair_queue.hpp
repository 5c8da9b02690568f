#pragma once

// A queue that is shared by several owners, such as tokens. Their entries are taken in turn, each
// owner's own in the order they came, and no owner can fill more than half of the queue.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace threatatlas {

using ShareOwner = std::uint64_t;

// Half of a pool, but never nothing.
constexpr std::size_t share_of(std::size_t pool) {
    return std::max<std::size_t>(1, pool / 2);
}

enum class QueueRoom : std::uint8_t {
    free,
    owner_full,  // the owner has its share already
    full         // all owners together have filled it
};

struct FairQueueLimits {
    std::size_t count_max = 0;
    std::size_t bytes_max = 0;  // of all entries
};

// Turns are those of self-clocked fair queueing: an entry's turn comes after its weight has been
// spent by its owner, counted from the turn that is served now. An owner with one light entry thus
// passes the heavy ones of another. The caller keeps threads apart.
template <class Value>
class FairQueue {
  public:
    explicit FairQueue(const FairQueueLimits& limits) : limits_(limits) {}

    bool empty() const { return entries_.empty(); }
    std::size_t size() const { return entries_.size(); }

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

    // Entries of a greater weight take longer turns. Returns the entry's number.
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

    // Of the one whose turn it is; there is one.
    const Value& front() const { return entries_.begin()->second.value; }
    Value pop() { return take(entries_.begin()); }

    // The first one whose owner may have a turn, if there is any.
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

    // The entry with this number; nothing if it was taken before.
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
    using Entries = std::multimap<std::uint64_t, Entry>;  // by turn

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
    std::unordered_map<ShareOwner, Share> shares_;  // of owners that have entries
    std::size_t bytes_ = 0;
    std::uint64_t turn_ = 0;     // that is served now
    std::uint64_t numbers_ = 0;  // given so far
};

}  // namespace threatatlas
