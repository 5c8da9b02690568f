#include "events/log_sealer.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "events/event_log.hpp"
#include "events/log_cursor.hpp"
#include "events/store/high_water_mark.hpp"

namespace threatatlas::events {
namespace {

// The number of lines per batch when the tree is built for stored lines.
constexpr Position batch_lines = 16'384;
constexpr std::string_view advice =
    "threatatlas-replay verify says where; restore a backup that is whole";

std::string named(const std::string& name, std::uint32_t key_id) {
    return fmt::format("{}+{:08x}", name, key_id);
}

// The leaf of the next line of the cursor, which must be at `position`.
base::Digest next_leaf(LogCursor& cursor, Position position) {
    if (!cursor.next() || cursor.position() != position) {
        throw store::ReadError(fmt::format("the line at position {} is missing", position));
    }
    return tlog::leaf_digest(cursor.line());
}

base::Digest root_of_lines(const store::ReadView& view, Position end) {
    LogCursor cursor(view);
    tlog::MerkleFrontier tree;
    while (tree.size() < end) {
        tree.append(next_leaf(cursor, tree.size() + 1), [](auto&&...) {});
    }
    return tree.root();
}

// Appends the lines that follow the tree's last one, up to position `end`.
void append_lines(store::Store& store, const store::ReadView& view, LogTree& tree, Position end,
                  const SealProgress& progress) {
    LogCursor cursor(view, tree.size() + 1);
    while (tree.size() < end) {
        store::RowBatch batch(store);
        const Position batch_end = std::min(end, tree.size() + batch_lines);
        while (tree.size() < batch_end) {
            tree.append(next_leaf(cursor, tree.size() + 1));
        }
        for (const store::LogAppend::Row& row : tree.take_changed_rows()) {
            batch.put(row.table, row.key, row.value);
        }
        store.write_unsynced(batch);
        if (progress) {
            progress(tree.size(), end);
        }
    }
}

void store_rebuild_state(store::Store& store, std::string_view state) {
    store::RowBatch batch(store);
    if (state.empty()) {
        batch.erase(store::Table::meta, tree_rebuild_key);
    } else {
        batch.put(store::Table::meta, tree_rebuild_key, state);
    }
    store.write(batch);
}

constexpr std::string_view wanted_word = "wanted";
constexpr std::string_view begun_word = "begun";

}  // namespace

std::optional<SealedLog> stored_checkpoint(const store::ReadView& view) {
    auto note = view.get(store::Table::meta, checkpoint_key);
    if (!note) {
        return std::nullopt;
    }
    try {
        return SealedLog{tlog::parse_checkpoint(tlog::parse_note(*note).text), *note};
    } catch (const tlog::BadNote& error) {
        throw store::ReadError(fmt::format("the stored checkpoint is damaged: {}", error.what()));
    }
}

void LogSealer::require_own_signature(const SealedLog& stored) const {
    if (key_.replaces_another) {
        return;
    }
    const tlog::NoteVerifier own(key_.signer.vkey());
    const tlog::Note note = tlog::parse_note(stored.note);
    try {
        static_cast<void>(tlog::require_signed(note, {own}));
    } catch (const tlog::BadNote&) {
        if (std::any_of(note.signatures.begin(), note.signatures.end(),
                        [&](const tlog::NoteSignature& one) { return own.is_named_by(one); })) {
            throw store::StoreRefused(
                fmt::format("the stored checkpoint in {} was changed: it is not the one that {} "
                            "signed: {}",
                            store_.data().string(), named(own.name(), own.key_id()), advice));
        }
        throw store::StoreRefused(fmt::format(
            "the log in {} was signed as {}, and the key that was given is {}: give the one that "
            "signed it with --log-key or, where that one is lost, --accept-log-key to go on with "
            "another one, and tell those who hold the old one",
            store_.data().string(), named(stored.checkpoint.origin, note.signatures.front().key_id),
            named(own.name(), own.key_id())));
    }
}

// The mark has a root only if a checkpoint was written.
void LogSealer::require_never_signed(const store::ReadView& view) const {
    const store::HighWaterMark mark = store::read_mark(store_.own_data());
    if (mark.root && mark.position <= store::last_position(view)) {
        throw store::StoreRefused(
            fmt::format("the log in {} was signed at {} events, and its checkpoint is missing: {}",
                        store_.data().string(), mark.position, advice));
    }
}

void LogSealer::require_unchanged(const store::ReadView& view, const SealedLog& stored) const {
    const auto& [origin, size, root] = stored.checkpoint;
    if (size > store::last_position(view)) {
        throw store::StoreRefused(
            fmt::format("the log in {} ends at position {}, and a checkpoint of {} "
                        "events was signed: {}",
                        store_.data().string(), store::last_position(view), size, advice));
    }
    if (tlog::merkle_root(size, tlog::nodes_of_tiles(size, stored_tiles(view))) != root) {
        throw store::StoreRefused(
            fmt::format("the Merkle tree in {} is not the one that was signed: {}",
                        store_.data().string(), advice));
    }
}

void LogSealer::take_in_lines(const store::ReadView& view, const SealProgress& progress) {
    append_lines(store_, view, tree_, store::last_position(view), progress);
    const store::HighWaterMark mark = store::read_mark(store_.own_data());
    if (!mark.root || mark.position > tree_.size()) {
        return;
    }
    const store::ReadView now(store_);
    if (tlog::merkle_root(mark.position, tlog::nodes_of_tiles(tree_.size(), stored_tiles(now))) !=
        *mark.root) {
        throw store::StoreRefused(
            fmt::format("the first {} events in {} are not the ones that were recorded there: {}",
                        mark.position, store_.data().string(), advice));
    }
}

void LogSealer::catch_up(const SealProgress& progress) {
    finish_tree_rebuild(store_, progress);
    const store::ReadView view(store_);
    const auto stored = stored_checkpoint(view);
    if (stored) {
        require_own_signature(*stored);
        require_unchanged(view, *stored);
        tree_ = LogTree(view, stored->checkpoint.size);
        sealed_ = *stored;
    } else {
        require_never_signed(view);
        tree_ = LogTree();
        sealed_ = {};
    }
    take_in_lines(view, progress);
    if (!stored || stored->checkpoint.size < tree_.size() || key_.replaces_another) {
        const store::LogAppend::Row checkpoint = sign();
        store::RowBatch batch(store_);
        batch.put(checkpoint.table, checkpoint.key, checkpoint.value);
        store_.write(batch);
    }
}

SealedLog LogSealer::seal(const std::vector<base::Digest>& leaves, store::LogAppend& log) {
    for (const base::Digest& leaf : leaves) {
        tree_.append(leaf);
    }
    for (store::LogAppend::Row& row : tree_.take_changed_rows()) {
        log.add_row(std::move(row));
    }
    log.add_row(sign());
    return sealed_;
}

store::LogAppend::Row LogSealer::sign() {
    const tlog::Checkpoint next{key_.signer.name(), tree_.size(), tree_.root()};
    const tlog::Checkpoint& last = sealed_.checkpoint;
    if (next.size < last.size ||
        (next.size == last.size && !sealed_.note.empty() && next.root != last.root)) {
        throw store::StorageError("the log is not what was signed before: nothing more is signed");
    }
    const std::string text = tlog::checkpoint_text(next);
    sealed_ = {next, tlog::format_note({text, {key_.signer.sign(text)}})};
    return {store::Table::meta, std::string(checkpoint_key), sealed_.note};
}

std::uint64_t rebuild_tree(store::Store& store, const SealProgress& progress) {
    const store::ReadView view(store);
    const auto stored = stored_checkpoint(view);
    if (!stored) {
        store_rebuild_state(store, {});
        return 0;
    }
    const auto& [origin, size, root] = stored->checkpoint;
    if (size > store::last_position(view)) {
        throw store::StoreRefused(
            fmt::format("the log ends at position {}, and a checkpoint of {} events was signed: "
                        "restore a backup that is whole",
                        store::last_position(view), size));
    }
    // Checked before the tree is changed, as the old tiles are needed to find out which line was
    // edited.
    if (root_of_lines(view, size) != root) {
        throw store::StoreRefused(fmt::format(
            "the lines up to position {} are not those that the checkpoint was signed for: "
            "threatatlas-replay verify says where; restore a backup that is whole",
            size));
    }
    store_rebuild_state(store, begun_word);
    store.clear(store::Table::tiles);
    if (progress) {
        progress(0, size);
    }
    LogTree tree;
    append_lines(store, view, tree, size, progress);
    store.flush();
    store_rebuild_state(store, {});
    return size;
}

TreeRebuild tree_rebuild_state(const store::ReadView& view) {
    const auto state = view.get(store::Table::meta, tree_rebuild_key);
    if (!state) {
        return TreeRebuild::none;
    }
    return *state == wanted_word ? TreeRebuild::wanted : TreeRebuild::begun;
}

void want_tree_rebuild(store::Store& store) {
    // A rebuild that has begun stays in that state: the tree is incomplete.
    if (tree_rebuild_state(store::ReadView(store)) == TreeRebuild::none) {
        store_rebuild_state(store, wanted_word);
    }
}

void finish_tree_rebuild(store::Store& store, const SealProgress& progress) {
    if (tree_rebuild_state(store::ReadView(store)) != TreeRebuild::none) {
        rebuild_tree(store, progress);
    }
}

}  // namespace threatatlas::events
