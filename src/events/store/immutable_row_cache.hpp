#pragma once

/// A cache of recently read rows that never change once they are written.

#include <array>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace threatatlas::store {

/// Of one table. For any thread. At most 2 MiB.
class ImmutableRowCache {
  public:
    std::optional<std::string> find(std::string_view key) const;
    /// May replace another row. Does nothing if the row is longer than 4 KiB.
    void insert(std::string_view key, std::string_view row);
    /// After rows were removed from the table.
    void clear();

  private:
    static constexpr std::size_t slots = 512;
    static constexpr std::size_t bytes_max = 4'096;  // of a row

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
