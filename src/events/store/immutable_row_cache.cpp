#include "events/store/immutable_row_cache.hpp"

namespace threatatlas::store {

std::optional<std::string> ImmutableRowCache::find(std::string_view key) const {
    const Slot& slot = slots_[slot_of(key)];
    const std::lock_guard lock(slot.mutex);
    return slot.key == key ? std::optional(slot.row) : std::nullopt;
}

void ImmutableRowCache::insert(std::string_view key, std::string_view row) {
    if (row.size() > bytes_max) {
        return;
    }
    Slot& slot = slots_[slot_of(key)];
    const std::lock_guard lock(slot.mutex);
    slot.key = key;
    slot.row = row;
}

void ImmutableRowCache::clear() {
    for (Slot& slot : slots_) {
        const std::lock_guard lock(slot.mutex);
        slot.key.clear();
        slot.row.clear();
    }
}

}  // namespace threatatlas::store
