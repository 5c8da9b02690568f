#include "commands/nearest_name.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace threatatlas {
namespace {

// Longer names are no slips of anything that is known.
constexpr std::size_t name_bytes_max = 48;
constexpr std::size_t slips_max = 2;

// Letters added, left out, replaced or swapped with their neighbour (optimal string alignment).
std::size_t distance(std::string_view a, std::string_view b) {
    using Row = std::array<std::size_t, name_bytes_max + 1>;
    Row before_last{};
    Row last{};
    Row row{};
    for (std::size_t j = 0; j <= b.size(); ++j) {
        last[j] = j;
    }
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = std::min({replaced, last[j] + 1, row[j - 1] + 1});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[j] = std::min(row[j], before_last[j - 2] + 1);
            }
        }
        before_last = last;
        last = row;
    }
    return last[b.size()];
}

}  // namespace

std::string_view nearest_name(std::string_view name, std::span<const std::string_view> known) {
    if (name.size() > name_bytes_max) {
        return {};
    }
    std::string_view nearest;
    std::size_t slips = std::min(slips_max + 1, (name.size() + 1) / 2);
    for (const auto candidate : known) {
        if (candidate.size() > name_bytes_max) {
            continue;
        }
        const std::size_t d = distance(name, candidate);
        if (d < slips) {
            slips = d;
            nearest = candidate;
        }
    }
    return nearest;
}

}  // namespace threatatlas
