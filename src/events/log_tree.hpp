#pragma once

/// The Merkle tree of the log, in the store: leaf i is the line at position i + 1, byte for byte,
/// and the nodes are stored as tiles (tlog/tile.hpp). A row of the table contains the nodes of one
/// tile; rows at the right edge grow with the log, all others never change.

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

/// Reads stored tiles. `view` must outlive the reader, which throws ReadError if a tile has fewer
/// nodes than requested.
tlog::TileReader stored_tiles(const store::ReadView& view);

struct Tile {
    unsigned level = 0;
    std::uint64_t index = 0;
    std::string bytes;
};

/// The right edge of the tree, which suffices for appending. For use by one thread.
class LogTree {
  public:
    /// An empty tree.
    LogTree() = default;
    /// The stored tree of `size` leaves. Throws ReadError.
    LogTree(const store::ReadView& view, std::uint64_t size);

    std::uint64_t size() const { return frontier_.size(); }
    base::Digest root() const { return frontier_.root(); }

    void append(const base::Digest& leaf);

    /// The tiles that have become full since the last call, each once.
    std::vector<Tile> take_full();
    /// The tiles that are neither full nor empty.
    std::vector<Tile> edge() const;

    /// The rows of the tiles that have changed since the last call, each once.
    std::vector<store::LogAppend::Row> take_changed_rows();

  private:
    static constexpr unsigned levels = 64 / tlog::tile_height;

    tlog::MerkleFrontier frontier_;
    std::array<Tile, levels> edge_;  // partial tiles, by level
    std::array<bool, levels> has_changed_{};
    std::vector<Tile> full_;
};

}  // namespace threatatlas::events
