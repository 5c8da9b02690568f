#pragma once

/// A cache of recently read rows that never change after they are written.

#include <array>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace threatatlas::store {

/// Caches rows of one table, at most 2 MiB. Thread-safe.
class ImmutableRowCache {
  public:
    std::optional<std::string> find(std::string_view key) const;
    /// May evict another row. Does nothing if the row is longer than 4 KiB.
    void insert(std::string_view key, std::string_view row);
    /// Call after rows were removed from the table.
    void clear();

  private:
    static constexpr std::size_t slots = 512;
    static constexpr std::size_t bytes_max = 4'096;  // per row

    struct Slot {
        mutable std::mutex mutex;
        std::string key;  // empty: the slot is free
        std::string row;
    };
    static std::size_t slot_of(std::string_view key) {
        return std::hash<std::string_view>{}(key) % slots;
    }

    std::array<Slot, slots> slots_;
};

}  // namespace threatatlas::store
