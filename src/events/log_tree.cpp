#include "events/log_tree.hpp"

#include <utility>

#include <fmt/format.h>

#include "events/store/errors.hpp"
#include "events/store/keys.hpp"

namespace threatatlas::events {
namespace {

std::string path_of(unsigned level, std::uint64_t index) {
    return tlog::tile_path({.level = level, .index = index});
}

}  // namespace

std::string tile_key(unsigned level, std::uint64_t index) {
    std::string key(1, static_cast<char>(level));
    store::append_be64(key, index);
    return key;
}

tlog::TileReader stored_tiles(const store::ReadView& view) {
    return [&view](unsigned level, std::uint64_t index, unsigned width) {
        auto bytes = view.get(store::Table::tiles, tile_key(level, index));
        if (!bytes || bytes->size() < width * base::digest_bytes) {
            throw store::ReadError(fmt::format(
                "{} of the log's Merkle tree is missing: threatatlas-replay rebuild makes the "
                "tree anew",
                path_of(level, index)));
        }
        return *std::move(bytes);
    };
}

LogTree::LogTree(const store::ReadView& view, std::uint64_t size) {
    const tlog::TileReader tiles = stored_tiles(view);
    frontier_ = tlog::merkle_frontier(size, tlog::nodes_of_tiles(size, tiles));
    for (unsigned level = 0; level < levels; ++level) {
        Tile& tile = edge_[level];
        tile.level = level;
        tile.index = size >> (level * tlog::tile_height) >> tlog::tile_height;
        if (const unsigned width = tlog::tile_width_in(level, tile.index, size); width > 0) {
            tile.bytes = tiles(level, tile.index, width).substr(0, width * base::digest_bytes);
        }
    }
}

void LogTree::append(const base::Digest& leaf) {
    frontier_.append(leaf, [this](unsigned level, std::uint64_t index, const base::Digest& node) {
        if (level % tlog::tile_height != 0) {
            return;
        }
        const unsigned tile_level = level / tlog::tile_height;
        Tile& tile = edge_[tile_level];
        tile.level = tile_level;
        tile.index = index / tlog::tile_width;
        tile.bytes += base::bytes_of(node);
        has_changed_[tile_level] = true;
        if (tile.bytes.size() == tlog::tile_bytes_max) {
            full_.push_back({tile_level, tile.index, std::exchange(tile.bytes, {})});
            has_changed_[tile_level] = false;
        }
    });
}

std::vector<Tile> LogTree::take_full() {
    return std::exchange(full_, {});
}

std::vector<Tile> LogTree::edge() const {
    std::vector<Tile> tiles;
    for (const Tile& tile : edge_) {
        if (!tile.bytes.empty()) {
            tiles.push_back(tile);
        }
    }
    return tiles;
}

std::vector<store::LogAppend::Row> LogTree::take_changed_rows() {
    std::vector<store::LogAppend::Row> rows;
    for (Tile& tile : take_full()) {
        rows.push_back(
            {store::Table::tiles, tile_key(tile.level, tile.index), std::move(tile.bytes)});
    }
    for (unsigned level = 0; level < levels; ++level) {
        if (std::exchange(has_changed_[level], false)) {
            const Tile& tile = edge_[level];
            rows.push_back({store::Table::tiles, tile_key(tile.level, tile.index), tile.bytes});
        }
    }
    return rows;
}

}  // namespace threatatlas::events
