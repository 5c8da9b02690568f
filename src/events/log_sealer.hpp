#pragma once

/// @file
/// Seals the log: every group is written together with a signed checkpoint, which states the length
/// of the log and the root of its Merkle tree. Anyone who keeps a checkpoint can later check
/// whether the log has only grown since then or was rewritten.
///
/// The sealer never signs anything that contradicts an earlier checkpoint. The newest checkpoint is
/// a row of the meta table, written with the tree in one batch and compared at every start, and the
/// high-water mark outside the database remembers its root.

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

inline constexpr std::string_view checkpoint_key = "checkpoint";  ///< key in the meta table

/// A checkpoint and the signed note that contains it.
struct SealedLog {
    Checkpoint checkpoint;
    std::string note;
};

/// Returns the newest checkpoint, or nullopt if the log was never signed. Does not verify the
/// signature. Throws StorageError if the row is not a checkpoint.
std::optional<SealedLog> stored_checkpoint(const ReadView& view);

/// The number of events processed and of all events. Called from time to time on the caller's
/// thread.
using SealProgress = std::function<void(Position done, Position total)>;

/// The key that signs the log.
struct LogKey {
    NoteSigner signer;
    /// Continue with this key even if another key has signed before. Holders of the old key must be
    /// informed.
    bool replaces_another = false;
};

/// For use by one thread at a time, the one that writes.
class LogSealer {
  public:
    /// `store` must outlive the sealer.
    LogSealer(Store& store, LogKey key) : store_(store), key_(std::move(key)) {}

    /// Completes an unfinished rebuild of the tree, loads the tree, checks it against the last
    /// checkpoint, appends the lines that are not in it yet, and signs. Call before seal(), and
    /// again after a failed write. Throws StoreRefused if the log is not the signed one or was
    /// signed with another key; StorageError; and anything that `progress` throws.
    void catch_up(const SealProgress& progress = {});

    // Adds to the batch of a group what its lines change in the tree, and the checkpoint. The
    // leaves are those of the lines, in order, that follow the last ones. Not durable before the
    // batch is.
    SealedLog seal(const std::vector<Digest>& leaves, rocksdb::WriteBatch& batch);

    std::string verifier_key() const { return key_.signer.vkey(); }

    /// The last sealed checkpoint.
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

/// Rebuilds the tiles from the lines, up to the newest checkpoint. Requires exclusive use of the
/// store. Returns the number of lines in the tree. Throws StoreRefused if the lines do not lead to
/// the checkpoint's root; StorageError; and anything that `progress` throws.
std::uint64_t rebuild_tree(Store& store, const SealProgress& progress = {});

/// Key in the meta table. The row exists from the time a rebuild of the tree is requested until it
/// is done, so that an interrupted rebuild is repeated.
inline constexpr std::string_view tree_rebuild_key = "tree_rebuild";
enum class TreeRebuild : std::uint8_t {
    none,
    wanted,  ///< requested; the old tiles are still complete
    begun    ///< in progress; the tiles are incomplete
};
TreeRebuild tree_rebuild_state(const ReadView& view);

/// Durably requests a rebuild.
void want_tree_rebuild(Store& store);
/// Runs rebuild_tree() if a rebuild is wanted or begun. Throws like rebuild_tree().
void finish_tree_rebuild(Store& store, const SealProgress& progress = {});

}  // namespace threatatlas
