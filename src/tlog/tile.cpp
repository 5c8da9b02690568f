#include "tlog/tile.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include <fmt/format.h>

#include "base/decimal.hpp"

namespace threatatlas::tlog {
namespace {

constexpr std::string_view entries_name = "entries";
constexpr std::uint64_t group_size = 1000;

// Formats an index as a path: 1234067 becomes x001/x234/067.
std::string index_path(std::uint64_t index) {
    std::string path = fmt::format("{:03}", index % group_size);
    for (index /= group_size; index > 0; index /= group_size) {
        path.insert(0, fmt::format("x{:03}/", index % group_size));
    }
    return path;
}

// Concatenates the digits of all groups. A path that tile_path() would not write is rejected by the
// caller, which formats the result again and compares.
std::optional<std::uint64_t> parse_index(std::string_view path) {
    std::string digits;
    for (const char character : path) {
        if (character != 'x' && character != '/') {
            digits += character;
        }
    }
    const std::size_t first = std::min(digits.find_first_not_of('0'), digits.size() - 1);
    return digits.empty() ? std::nullopt
                          : base::parse_decimal(std::string_view(digits).substr(first));
}

// Provides the nodes of tiles and keeps the most recently read tile of each level.
class TileNodes {
  public:
    TileNodes(std::uint64_t size, TileReader tiles) : size_(size), tiles_(std::move(tiles)) {}

    base::Digest operator()(unsigned level, std::uint64_t index) {
        const unsigned within = level % tile_height;
        // index of the first node, in the tile's level
        const std::uint64_t first = index << within;
        const std::string& tile = tile_with(level / tile_height, first / tile_width);
        const auto offset = static_cast<std::size_t>(first % tile_width);
        if (tile.size() < (offset + (std::size_t{1} << within)) * base::digest_bytes) {
            throw std::out_of_range("the tile is too short for the node");
        }
        return fold(std::string_view(tile).substr(offset * base::digest_bytes), within);
    }

  private:
    struct Kept {
        std::optional<std::uint64_t> index;
        std::string bytes;
    };

    const std::string& tile_with(unsigned level, std::uint64_t index) {
        Kept& kept = kept_.at(level);
        if (kept.index != index) {
            kept.bytes = tiles_(level, index, tile_width_in(level, index, size_));
            kept.index = index;
        }
        return kept.bytes;
    }

    // The node above the first 2^height nodes in `bytes`.
    static base::Digest fold(std::string_view bytes, unsigned height) {
        if (height == 0) {
            return base::digest_of_bytes(bytes.substr(0, base::digest_bytes));
        }
        const std::size_t half = base::digest_bytes << (height - 1);
        return node_digest(fold(bytes, height - 1), fold(bytes.substr(half), height - 1));
    }

    std::uint64_t size_;
    TileReader tiles_;
    std::array<Kept, 64 / tile_height> kept_;
};

}  // namespace

std::string tile_path(const TileName& name) {
    std::string path = fmt::format(
        "tile/{}/{}", name.level ? fmt::to_string(*name.level) : std::string(entries_name),
        index_path(name.index));
    if (name.width < tile_width) {
        path += fmt::format(".p/{}", name.width);
    }
    return path;
}

std::optional<TileName> parse_tile_path(std::string_view path) {
    constexpr std::string_view begin = "tile/";
    constexpr std::string_view partial = ".p/";
    if (!path.starts_with(begin)) {
        return std::nullopt;
    }
    const std::string_view rest = path.substr(begin.size());
    const std::size_t slash = rest.find('/');
    if (slash == std::string_view::npos) {
        return std::nullopt;
    }
    TileName name;
    if (rest.substr(0, slash) != entries_name) {
        const auto level = base::parse_decimal(rest.substr(0, slash));
        if (!level || *level > tile_level_max) {
            return std::nullopt;
        }
        name.level = static_cast<unsigned>(*level);
    }
    const std::size_t dot = rest.find(partial, slash);
    const auto index = parse_index(rest.substr(
        slash + 1, dot == std::string_view::npos ? std::string_view::npos : dot - slash - 1));
    if (!index) {
        return std::nullopt;
    }
    name.index = *index;
    if (dot != std::string_view::npos) {
        const auto width = base::parse_decimal(rest.substr(dot + partial.size()));
        if (!width || *width == 0 || *width >= tile_width) {
            return std::nullopt;
        }
        name.width = static_cast<unsigned>(*width);
    }
    return tile_path(name) == path ? std::optional(name) : std::nullopt;
}

unsigned tile_width_in(unsigned level, std::uint64_t index, std::uint64_t size) {
    const unsigned shift = level * tile_height;
    const std::uint64_t nodes = shift < 64 ? size >> shift : 0;
    const std::uint64_t before = index > nodes / tile_width ? nodes : index * tile_width;
    return static_cast<unsigned>(std::min<std::uint64_t>(nodes - before, tile_width));
}

NodeReader nodes_of_tiles(std::uint64_t size, TileReader tiles) {
    return TileNodes(size, std::move(tiles));
}

void append_entry(std::string& bundle, std::string_view entry) {
    constexpr std::size_t entry_bytes_max = 65'535;
    if (entry.size() > entry_bytes_max) {
        throw std::length_error("an entry has at most 65,535 bytes");
    }
    bundle += static_cast<char>(static_cast<std::uint8_t>(entry.size() >> 8U));
    bundle += static_cast<char>(static_cast<std::uint8_t>(entry.size()));
    bundle += entry;
}

}  // namespace threatatlas::tlog
