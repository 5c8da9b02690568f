#pragma once

// Rows that never change once they are there, those that were asked for lately.

#include <array>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace threatatlas {

// Of one table. For any thread. At most 2 MiB.
class ImmutableRowCache {
  public:
    std::optional<std::string> find(std::string_view key) const;
    // In place of another one, maybe; a long row is not taken.
    void keep(std::string_view key, std::string_view row);
    // After rows were removed.
    void forget();

  private:
    static constexpr std::size_t places = 512;
    static constexpr std::size_t bytes_max = 4'096;  // of a row

    struct Place {
        mutable std::mutex mutex;
        std::string key;  // empty: there is none
        std::string row;
    };
    static std::size_t place_of(std::string_view key) {
        return std::hash<std::string_view>{}(key) % places;
    }

    std::array<Place, places> places_;
};

}  // namespace threatatlas
