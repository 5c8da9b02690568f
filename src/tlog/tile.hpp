#pragma once

// Tiles: the nodes of the tree in pieces that never change (C2SP tlog-tiles, tile height 8).
//
// A tile of level L holds up to 256 nodes of the tree's level 8 * L, one after the other, 32 bytes
// each. The entry bundle of the same index holds the entries below the tile of level 0. A width
// below 256 names the beginning of a tile that was not full in some tree.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "tlog/merkle.hpp"

namespace threatatlas {

inline constexpr unsigned tile_height = 8;
inline constexpr unsigned tile_width = 1U << tile_height;
inline constexpr std::size_t tile_bytes_max = tile_width * digest_bytes;
inline constexpr unsigned tile_level_max = 63;

struct TileName {
    std::optional<unsigned> level;  // nothing: an entry bundle
    std::uint64_t index = 0;
    unsigned width = tile_width;  // 1..256

    bool operator==(const TileName&) const = default;
};

// Like "tile/0/x001/234.p/56" and "tile/entries/000".
std::string tile_path(const TileName& name);
// Nothing where the path is not one that tile_path() makes.
std::optional<TileName> parse_tile_path(std::string_view path);

// How many nodes of a tile a tree of that many leaves has: 0..256.
unsigned tile_width_in(unsigned level, std::uint64_t index, std::uint64_t size);

// The bytes of the first nodes of a tile, at least as many as asked for. May throw.
using TileReader = std::function<std::string(unsigned level, std::uint64_t index, unsigned width)>;

// Complete nodes from the tiles of a tree of that many leaves; keeps the last tile of each level.
// For use by one thread.
NodeReader nodes_of_tiles(std::uint64_t size, TileReader tiles);

// Appends an entry to a bundle: its length in two bytes, the most significant first, and the entry.
// At most 65,535 bytes.
void append_entry(std::string& bundle, std::string_view entry);

}  // namespace threatatlas
