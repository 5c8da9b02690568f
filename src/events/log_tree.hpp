#pragma once

/// @file
/// The Merkle tree of the log in the store. Leaf i is the line at position i + 1, byte for byte.
/// Nodes are kept as tiles (tlog/tile.hpp), one row per tile with as many nodes as exist; only the
/// tiles at the right edge grow, all others never change.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "events/store/store.hpp"
#include "tlog/merkle.hpp"
#include "tlog/tile.hpp"

namespace threatatlas {

/// The key of a tile's row.
std::string tile_key(unsigned level, std::uint64_t index);

/// Reads stored tiles. `view` must outlive the reader. The reader throws StorageError if a tile has
/// fewer nodes than requested.
TileReader stored_tiles(const ReadView& view);

/// A tile and its bytes, 32 per node.
struct Tile {
    unsigned level = 0;
    std::uint64_t index = 0;
    std::string bytes;
};

/// The right edge of the tree, which suffices to append leaves. For use by one thread.
class LogTree {
  public:
    /// An empty tree.
    LogTree() = default;
    /// Loads the tree of `size` leaves from the store. Throws StorageError.
    LogTree(const ReadView& view, std::uint64_t size);

    std::uint64_t size() const { return frontier_.size(); }
    Digest root() const { return frontier_.root(); }

    /// Appends a leaf.
    void append(const Digest& leaf);

    /// Returns the tiles that became full since the last call, each once.
    std::vector<Tile> take_full();
    /// The tiles that are neither full nor empty.
    std::vector<Tile> edge() const;

    // Adds what changed since the last call to a batch: each tile once.
    void write_to(rocksdb::WriteBatch& batch, const Store& store);

  private:
    static constexpr unsigned levels = 64 / tile_height;

    MerkleFrontier frontier_;
    std::array<Tile, levels> edge_;  ///< indexed by level; fewer than 256 nodes each
    std::array<bool, levels> has_changed_{};
    std::vector<Tile> full_;
};

}  // namespace threatatlas
