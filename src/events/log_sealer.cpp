#include "events/log_sealer.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "events/event_log.hpp"
#include "events/log_cursor.hpp"
#include "events/store/high_water_mark.hpp"

namespace threatatlas {
namespace {

// Lines that share a batch when a tree is made for stored lines.
constexpr Position batch_lines = 16'384;
constexpr std::string_view advice =
    "threatatlas-replay verify says where; restore a backup that is whole";

std::string named(const std::string& name, std::uint32_t key_id) {
    return fmt::format("{}+{:08x}", name, key_id);
}

// The leaf of the cursor's next line, which must be the one at that position.
Digest next_leaf(LogCursor& cursor, Position position) {
    if (!cursor.next() || cursor.position() != position) {
        throw ReadError(fmt::format("the line at position {} is missing", position));
    }
    return leaf_digest(cursor.line());
}

Digest root_of_lines(const ReadView& view, Position end) {
    LogCursor cursor(view);
    MerkleFrontier tree;
    while (tree.size() < end) {
        tree.append(next_leaf(cursor, tree.size() + 1), [](auto&&...) {});
    }
    return tree.root();
}

// Appends the lines after the tree's last one to it, up to the one at `end`.
void append_lines(Store& store, const ReadView& view, LogTree& tree, Position end,
                  const SealProgress& progress) {
    LogCursor cursor(view, tree.size() + 1);
    while (tree.size() < end) {
        RowBatch batch(store);
        const Position batch_end = std::min(end, tree.size() + batch_lines);
        while (tree.size() < batch_end) {
            tree.append(next_leaf(cursor, tree.size() + 1));
        }
        for (const LogAppend::Row& row : tree.take_changed_rows()) {
            batch.put(row.table, row.key, row.value);
        }
        store.write_unsynced(batch);
        if (progress) {
            progress(tree.size(), end);
        }
    }
}

void store_rebuild_state(Store& store, std::string_view state) {
    RowBatch batch(store);
    if (state.empty()) {
        batch.erase(Table::meta, tree_rebuild_key);
    } else {
        batch.put(Table::meta, tree_rebuild_key, state);
    }
    store.write(batch);
}

constexpr std::string_view wanted_word = "wanted";
constexpr std::string_view begun_word = "begun";

}  // namespace

std::optional<SealedLog> stored_checkpoint(const ReadView& view) {
    auto note = view.get(Table::meta, checkpoint_key);
    if (!note) {
        return std::nullopt;
    }
    try {
        return SealedLog{parse_checkpoint(parse_note(*note).text), *note};
    } catch (const BadNote& error) {
        throw ReadError(fmt::format("the stored checkpoint is damaged: {}", error.what()));
    }
}

void LogSealer::require_own_signature(const SealedLog& stored) const {
    if (key_.replaces_another) {
        return;
    }
    const NoteVerifier own(key_.signer.vkey());
    const Note note = parse_note(stored.note);
    try {
        static_cast<void>(require_signed(note, {own}));
    } catch (const BadNote&) {
        if (std::any_of(note.signatures.begin(), note.signatures.end(),
                        [&](const NoteSignature& one) { return own.is_named_by(one); })) {
            throw StoreRefused(
                fmt::format("the stored checkpoint in {} was changed: it is not the one that {} "
                            "signed: {}",
                            store_.data().string(), named(own.name(), own.key_id()), advice));
        }
        throw StoreRefused(fmt::format(
            "the log in {} was signed as {}, and the key that was given is {}: give the one that "
            "signed it with --log-key or, where that one is lost, --accept-log-key to go on with "
            "another one, and tell those who hold the old one",
            store_.data().string(), named(stored.checkpoint.origin, note.signatures.front().key_id),
            named(own.name(), own.key_id())));
    }
}

// The mark has a root only once a checkpoint was written.
void LogSealer::require_never_signed(const ReadView& view) const {
    const HighWaterMark mark = read_mark(store_.own_data());
    if (mark.root && mark.position <= last_position(view)) {
        throw StoreRefused(fmt::format(
            "the log in {} was signed at {} events, and its checkpoint is not there: {}",
            store_.data().string(), mark.position, advice));
    }
}

void LogSealer::require_unchanged(const ReadView& view, const SealedLog& stored) const {
    const auto& [origin, size, root] = stored.checkpoint;
    if (size > last_position(view)) {
        throw StoreRefused(
            fmt::format("the log in {} ends at position {}, and a checkpoint of {} "
                        "events was signed: {}",
                        store_.data().string(), last_position(view), size, advice));
    }
    if (merkle_root(size, nodes_of_tiles(size, stored_tiles(view))) != root) {
        throw StoreRefused(fmt::format("the Merkle tree in {} is not the one that was signed: {}",
                                       store_.data().string(), advice));
    }
}

void LogSealer::take_in_lines(const ReadView& view, const SealProgress& progress) {
    append_lines(store_, view, tree_, last_position(view), progress);
    const HighWaterMark mark = read_mark(store_.own_data());
    if (!mark.root || mark.position > tree_.size()) {
        return;
    }
    const ReadView now(store_);
    if (merkle_root(mark.position, nodes_of_tiles(tree_.size(), stored_tiles(now))) != *mark.root) {
        throw StoreRefused(
            fmt::format("the first {} events in {} are not the ones that were recorded there: {}",
                        mark.position, store_.data().string(), advice));
    }
}

void LogSealer::catch_up(const SealProgress& progress) {
    finish_tree_rebuild(store_, progress);
    const ReadView view(store_);
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
        const LogAppend::Row checkpoint = sign();
        RowBatch batch(store_);
        batch.put(checkpoint.table, checkpoint.key, checkpoint.value);
        store_.write(batch);
    }
}

SealedLog LogSealer::seal(const std::vector<Digest>& leaves, LogAppend& log) {
    for (const Digest& leaf : leaves) {
        tree_.append(leaf);
    }
    for (LogAppend::Row& row : tree_.take_changed_rows()) {
        log.add_row(std::move(row));
    }
    log.add_row(sign());
    return sealed_;
}

LogAppend::Row LogSealer::sign() {
    const Checkpoint next{key_.signer.name(), tree_.size(), tree_.root()};
    const Checkpoint& last = sealed_.checkpoint;
    if (next.size < last.size ||
        (next.size == last.size && !sealed_.note.empty() && next.root != last.root)) {
        throw StorageError("the log is not what was signed before: nothing more is signed");
    }
    const std::string text = checkpoint_text(next);
    sealed_ = {next, format_note({text, {key_.signer.sign(text)}})};
    return {Table::meta, std::string(checkpoint_key), sealed_.note};
}

std::uint64_t rebuild_tree(Store& store, const SealProgress& progress) {
    const ReadView view(store);
    const auto stored = stored_checkpoint(view);
    if (!stored) {
        store_rebuild_state(store, {});
        return 0;
    }
    const auto& [origin, size, root] = stored->checkpoint;
    if (size > last_position(view)) {
        throw StoreRefused(
            fmt::format("the log ends at position {}, and a checkpoint of {} events was signed: "
                        "restore a backup that is whole",
                        last_position(view), size));
    }
    // Before anything is touched: the tiles of the lines as they were tell which one was edited.
    if (root_of_lines(view, size) != root) {
        throw StoreRefused(fmt::format(
            "the lines up to position {} are not those that the checkpoint was signed for: "
            "threatatlas-replay verify says where; restore a backup that is whole",
            size));
    }
    store_rebuild_state(store, begun_word);
    store.clear(Table::tiles);
    if (progress) {
        progress(0, size);
    }
    LogTree tree;
    append_lines(store, view, tree, size, progress);
    store.flush();
    store_rebuild_state(store, {});
    return size;
}

TreeRebuild tree_rebuild_state(const ReadView& view) {
    const auto state = view.get(Table::meta, tree_rebuild_key);
    if (!state) {
        return TreeRebuild::none;
    }
    return *state == wanted_word ? TreeRebuild::wanted : TreeRebuild::begun;
}

void want_tree_rebuild(Store& store) {
    // What was begun is not whole for being wanted again.
    if (tree_rebuild_state(ReadView(store)) == TreeRebuild::none) {
        store_rebuild_state(store, wanted_word);
    }
}

void finish_tree_rebuild(Store& store, const SealProgress& progress) {
    if (tree_rebuild_state(ReadView(store)) != TreeRebuild::none) {
        rebuild_tree(store, progress);
    }
}

}  // namespace threatatlas
