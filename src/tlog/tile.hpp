#pragma once

/// @file
/// Tiles: fixed pieces of the tree's nodes, as served to clients (C2SP tlog-tiles, tile height 8).
///
/// A tile at level L holds up to 256 consecutive nodes of tree level 8 * L, 32 bytes each. The
/// entry bundle with the same index holds the entries below the tile at level 0. A width below 256
/// denotes a partial tile, the beginning of a tile that was not yet full.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "tlog/merkle.hpp"

namespace threatatlas::tlog {

inline constexpr unsigned tile_height = 8;
inline constexpr unsigned tile_width = 1U << tile_height;
inline constexpr std::size_t tile_bytes_max = tile_width * base::digest_bytes;
inline constexpr unsigned tile_level_max = 63;

/// Identifies a tile or an entry bundle.
struct TileName {
    std::optional<unsigned> level;  ///< nullopt for an entry bundle
    std::uint64_t index = 0;
    unsigned width = tile_width;  ///< 1..256

    bool operator==(const TileName&) const = default;
};

/// The path of a tile, such as "tile/0/x001/234.p/56" or "tile/entries/000".
std::string tile_path(const TileName& name);
/// Parses a tile path. Returns nullopt if tile_path() would not produce it.
std::optional<TileName> parse_tile_path(std::string_view path);

/// The number of nodes of the tile, 0 to 256, that exist in a tree of `size` leaves.
unsigned tile_width_in(unsigned level, std::uint64_t index, std::uint64_t size);

/// Returns the bytes of the first `width` nodes of a tile, or more of its nodes. May throw.
using TileReader = std::function<std::string(unsigned level, std::uint64_t index, unsigned width)>;

/// A reader of the complete nodes in the tiles of a tree of `size` leaves. Keeps the last tile of
/// each level. For use by one thread.
NodeReader nodes_of_tiles(std::uint64_t size, TileReader tiles);

/// Appends an entry to a bundle: its length as two big-endian bytes, then the entry. Throws
/// std::length_error if the entry is longer than 65,535 bytes.
void append_entry(std::string& bundle, std::string_view entry);

}  // namespace threatatlas::tlog
