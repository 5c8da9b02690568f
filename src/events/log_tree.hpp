#pragma once

// The Merkle tree of the log, in the store: leaf i is the line at position i + 1, byte for byte,
// and the nodes are kept as tiles (tlog/tile.hpp). A row of the table holds a tile as far as it is
// there; it grows with the log at the right edge, and never changes otherwise.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "events/store/store.hpp"
#include "tlog/merkle.hpp"
#include "tlog/tile.hpp"

namespace threatatlas {

std::string tile_key(unsigned level, std::uint64_t index);

// Stored tiles. The view outlives the reader. The reader throws StorageError where a tile is not
// there as far as it was asked for.
TileReader stored_tiles(const ReadView& view);

struct Tile {
    unsigned level = 0;
    std::uint64_t index = 0;
    std::string bytes;
};

// The right edge of the tree, which is all it takes to go on. For use by one thread.
class LogTree {
  public:
    // Empty.
    LogTree() = default;
    // As it is stored, at that size. Throws StorageError.
    LogTree(const ReadView& view, std::uint64_t size);

    std::uint64_t size() const { return frontier_.size(); }
    Digest root() const { return frontier_.root(); }

    void append(const Digest& leaf);

    // The tiles that became full since the last call, each once.
    std::vector<Tile> take_full();
    // The tiles that are not full, and not empty.
    std::vector<Tile> edge() const;

    // Adds what changed since the last call to a batch: each tile once.
    void write_to(rocksdb::WriteBatch& batch, const Store& store);

  private:
    static constexpr unsigned levels = 64 / tile_height;

    MerkleFrontier frontier_;
    std::array<Tile, levels> edge_;  // by level; of less than 256 nodes each
    std::array<bool, levels> has_changed_{};
    std::vector<Tile> full_;
};

}  // namespace threatatlas
