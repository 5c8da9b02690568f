#pragma once

// The log commits itself: with every group that is written goes a signed checkpoint, which says how
// long the log is and what the root of its Merkle tree is. Whoever keeps one can tell later whether
// the log grew from it or was rewritten.
//
// Never signs what contradicts a checkpoint that it signed before: the newest is a row of the meta
// table, written with the tree in one batch and compared at every start, and the mark beside the
// database remembers its root.

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/log_tree.hpp"
#include "events/store/store.hpp"
#include "events/vocabulary.hpp"
#include "tlog/checkpoint.hpp"
#include "tlog/note_keys.hpp"

namespace threatatlas {

inline constexpr std::string_view checkpoint_key = "checkpoint";  // in the meta table

// A checkpoint, and the signed note that holds it.
struct SealedLog {
    Checkpoint checkpoint;
    std::string note;
};

// The newest checkpoint; nothing where the log was never signed. Throws StorageError where the row
// is none. Whether the signature is good is not looked at.
std::optional<SealedLog> stored_checkpoint(const ReadView& view);

// Events done, and events in all. Called now and then on the caller's thread.
using SealProgress = std::function<void(Position done, Position total)>;

struct LogKey {
    NoteSigner signer;
    // Go on with it where another key signed before. Whoever holds the old one must be told.
    bool replaces_another = false;
};

// For use by one thread at a time, which is the one that writes.
class LogSealer {
  public:
    // The store is the caller's and outlives the sealer.
    LogSealer(Store& store, LogKey key) : store_(store), key_(std::move(key)) {}

    // Finishes a rebuild of the tree. Reads where the tree stands, holds it against what was
    // signed, takes in the lines that are not in it yet, and signs. To be called before the next
    // function, and again after a failed write. Throws StoreRefused where the log is not the one
    // that was signed, or was signed with another key; StorageError; or what `progress` throws.
    void catch_up(const SealProgress& progress = {});

    // Adds to the batch of a group what its lines change in the tree, and the checkpoint. The
    // leaves are those of the lines, in order, that follow the last ones. Not durable before the
    // batch is.
    SealedLog seal(const std::vector<Digest>& leaves, rocksdb::WriteBatch& batch);

    std::string verifier_key() const { return key_.signer.vkey(); }

    // What was sealed last.
    const SealedLog& sealed() const { return sealed_; }

  private:
    void require_own_signature(const SealedLog& stored) const;
    void require_never_signed(const ReadView& view) const;
    void require_unchanged(const ReadView& view, const SealedLog& stored) const;
    void take_in_lines(const ReadView& view, const SealProgress& progress);
    void sign(rocksdb::WriteBatch& batch);

    Store& store_;
    LogKey key_;
    LogTree tree_;
    SealedLog sealed_;
};

// Makes the tiles anew from the lines, up to the newest checkpoint. Needs the store to itself.
// Returns how many lines are in the tree. Throws StoreRefused where the lines do not lead to the
// checkpoint, StorageError, or what `progress` throws.
std::uint64_t rebuild_tree(Store& store, const SealProgress& progress = {});

// Row of the meta table from the time a rebuild of the tree is asked for until it is done, so that
// one that was interrupted is done again.
inline constexpr std::string_view tree_rebuild_key = "tree_rebuild";
enum class TreeRebuild : std::uint8_t {
    none,
    wanted,  // the tiles are still those from before
    begun    // the tiles are not whole
};
TreeRebuild tree_rebuild_state(const ReadView& view);

// Durably.
void want_tree_rebuild(Store& store);
// rebuild_tree() if it is wanted or begun. Likewise.
void finish_tree_rebuild(Store& store, const SealProgress& progress = {});

}  // namespace threatatlas
