#include "events/store/immutable_row_cache.hpp"

namespace threatatlas {

std::optional<std::string> ImmutableRowCache::find(std::string_view key) const {
    const Place& place = places_[place_of(key)];
    const std::lock_guard lock(place.mutex);
    return place.key == key ? std::optional(place.row) : std::nullopt;
}

void ImmutableRowCache::keep(std::string_view key, std::string_view row) {
    if (row.size() > bytes_max) {
        return;
    }
    Place& place = places_[place_of(key)];
    const std::lock_guard lock(place.mutex);
    place.key = key;
    place.row = row;
}

void ImmutableRowCache::forget() {
    for (Place& place : places_) {
        const std::lock_guard lock(place.mutex);
        place.key.clear();
        place.row.clear();
    }
}

}  // namespace threatatlas
