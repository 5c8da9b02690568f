#pragma once

/// The Merkle tree of the log, in the store: leaf i is the line at position i + 1, byte for byte,
/// and the nodes are stored as tiles (tlog/tile.hpp). A row of the table has the nodes of a tile
/// that exist so far; it grows with the log at the right edge, and never changes otherwise.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "events/store/group_changes.hpp"
#include "events/store/read_view.hpp"
#include "tlog/merkle.hpp"
#include "tlog/tile.hpp"

namespace threatatlas::events {

std::string tile_key(unsigned level, std::uint64_t index);

/// Reads stored tiles. The view outlives the reader. The reader throws ReadError if a tile does not
/// have as many nodes as it was asked for.
tlog::TileReader stored_tiles(const store::ReadView& view);

struct Tile {
    unsigned level = 0;
    std::uint64_t index = 0;
    std::string bytes;
};

/// The right edge of the tree, which is all that appending needs. For use by one thread.
class LogTree {
  public:
    /// Empty.
    LogTree() = default;
    /// As stored, at that size. Throws ReadError.
    LogTree(const store::ReadView& view, std::uint64_t size);

    std::uint64_t size() const { return frontier_.size(); }
    base::Digest root() const { return frontier_.root(); }

    void append(const base::Digest& leaf);

    /// The tiles that became full since the last call, each once.
    std::vector<Tile> take_full();
    /// The tiles that are not full, and not empty.
    std::vector<Tile> edge() const;

    /// The rows of the tiles that changed since the last call, each once.
    std::vector<store::LogAppend::Row> take_changed_rows();

  private:
    static constexpr unsigned levels = 64 / tlog::tile_height;

    tlog::MerkleFrontier frontier_;
    std::array<Tile, levels> edge_;  // by level; of less than 256 nodes each
    std::array<bool, levels> has_changed_{};
    std::vector<Tile> full_;
};

}  // namespace threatatlas::events
