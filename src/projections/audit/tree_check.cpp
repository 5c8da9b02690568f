#include "projections/audit/tree_check.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "events/store/keys.hpp"

namespace threatatlas::audit {
namespace {

// The cost of handing over is negligible compared with hashing this many bytes.
constexpr std::size_t compared_bytes_max = std::size_t{1} << 20U;

// The index of the first node in which two tiles differ.
std::size_t first_other_node(std::string_view one, std::string_view other) {
    const auto parted = std::mismatch(one.begin(), one.end(), other.begin(), other.end());
    return static_cast<std::size_t>(parted.first - one.begin()) / base::digest_bytes;
}

}  // namespace

TreeCheck::TreeCheck(const store::ReadView& view, const std::vector<tlog::Checkpoint>& kept)
    : view_(view), kept_(kept), growth_(kept.size(), Growth::shorter) {
    try {
        stored_ = events::stored_checkpoint(view);
    } catch (const store::StorageError& error) {
        note_checkpoint(error.what());
    }
    if (events::tree_rebuild_state(view) == events::TreeRebuild::begun) {
        difference_ = difference_at(
            store::Table::meta, events::tree_rebuild_key, 0,
            "the Merkle tree was never finished, so its tiles were not compared: start the server "
            "on this directory, or run threatatlas-replay rebuild");
    }
    hold_against_kept();
}

void TreeCheck::add(std::string_view line) {
    if (!stored_ && kept_.empty()) {
        return;  // nothing to compare with
    }
    gathered_.bytes += line;
    gathered_.ends.push_back(gathered_.bytes.size());
    if (gathered_.bytes.size() >= compared_bytes_max) {
        if (looked_.valid()) {
            looked_.get();
        }
        std::swap(gathered_, in_work_);
        gathered_.bytes.clear();
        gathered_.ends.clear();
        looked_ = std::async(std::launch::async, [this] { look_at_lines(); });
    }
}

void TreeCheck::settle() {
    if (looked_.valid()) {
        looked_.get();
    }
    std::swap(gathered_, in_work_);
    look_at_lines();
    in_work_.ends.clear();
    gathered_.ends.clear();
}

void TreeCheck::look_at_lines() {
    std::size_t begin = 0;
    for (const std::size_t end : in_work_.ends) {
        look_at(std::string_view(in_work_.bytes).substr(begin, end - begin));
        begin = end;
    }
}

void TreeCheck::look_at(std::string_view line) {
    if (stored_ && tree_.size() == stored_->checkpoint.size) {
        // No stored tile contains anything beyond the checkpoint.
        for (const events::Tile& tile : tree_.edge()) {
            compare(tile);
        }
    }
    tree_.append(tlog::leaf_digest(line));
    for (const events::Tile& tile : tree_.take_full()) {
        compare(tile);
    }
    if (stored_ && tree_.size() == stored_->checkpoint.size &&
        tree_.root() != stored_->checkpoint.root) {
        note_checkpoint(fmt::format(
            "the lines up to position {} are not those that it was signed for", tree_.size()));
    }
    hold_against_kept();
}

void TreeCheck::finish() {
    settle();
    if (!stored_) {
        return;
    }
    const std::uint64_t size = stored_->checkpoint.size;
    if (size > tree_.size()) {
        note_checkpoint(fmt::format(
            "it was signed for {} events, and the log has {}: the last ones are missing", size,
            tree_.size()));
    } else if (size < tree_.size()) {
        note_checkpoint(
            fmt::format("it was signed for {} events, and the log has {}: the last ones were "
                        "never signed",
                        size, tree_.size()));
    }
    for (const events::Tile& tile : tree_.edge()) {
        compare(tile);
    }
    look_for_others();
}

void TreeCheck::hold_against_kept() {
    for (std::size_t i = 0; i < kept_.size(); ++i) {
        if (kept_[i].size == tree_.size()) {
            growth_[i] = kept_[i].root == tree_.root() ? Growth::grew : Growth::rewritten;
        }
    }
}

void TreeCheck::compare(const events::Tile& tile) {
    if (!stored_ || difference_) {
        return;
    }
    const unsigned width = tlog::tile_width_in(tile.level, tile.index, stored_->checkpoint.size);
    const std::string key = events::tile_key(tile.level, tile.index);
    const auto stored = view_.get(store::Table::tiles, key);
    const std::size_t bytes = std::min(width * base::digest_bytes, tile.bytes.size());
    if (bytes == 0) {
        return;
    }
    if (!stored || stored->size() != width * base::digest_bytes) {
        note(key, 0,
             fmt::format("the tile holds {} nodes, and should hold {}",
                         stored ? stored->size() / base::digest_bytes : 0, width));
        return;
    }
    const std::string_view expected = std::string_view(tile.bytes).substr(0, bytes);
    const std::string_view there = std::string_view(*stored).substr(0, bytes);
    if (there != expected) {
        const std::uint64_t node =
            tile.index * tlog::tile_width + first_other_node(there, expected);
        if (tile.level == 0) {
            note(key, node + 1,
                 fmt::format("the line at position {} is not the one that the Merkle tree has",
                             node + 1));
        } else {
            note(key, 0, fmt::format("node {} is not the one that the lines lead to", node));
        }
        return;
    }
    ++compared_;
}

void TreeCheck::note(std::string_view key, Position position, std::string detail) {
    if (!difference_) {
        difference_ = difference_at(store::Table::tiles, key, position, std::move(detail));
    }
}

void TreeCheck::note_checkpoint(std::string detail) {
    if (!difference_) {
        difference_ =
            difference_at(store::Table::meta, events::checkpoint_key, 0, std::move(detail));
    }
}

// Finds tiles that do not result from any line of the log.
void TreeCheck::look_for_others() {
    view_.scan(store::Table::tiles, "", "", [this](std::string_view key, std::string_view) {
        const bool has_form = key.size() == 1 + store::be64_bytes;
        const auto level = has_form ? static_cast<std::uint8_t>(key.front()) : 0U;
        if (!has_form || level > tlog::tile_level_max ||
            tlog::tile_width_in(level, store::read_be64(key.substr(1)), tree_.size()) == 0) {
            note(key, 0, "no line of the log leads to this tile");
        }
        return !difference_;
    });
}

}  // namespace threatatlas::audit
