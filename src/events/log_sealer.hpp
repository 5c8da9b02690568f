#pragma once

/// Signs the log: every written group includes a signed checkpoint, which states the length of the
/// log and the root of its Merkle tree. With a stored checkpoint, anyone can check later whether
/// the log was only appended to or was rewritten.
///
/// Never signs anything that contradicts an earlier checkpoint: the newest one is stored in the
/// meta table, written in one batch with the tree and compared at every start, and the mark beside
/// the database also contains its root.

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/log_tree.hpp"
#include "events/store/read_view.hpp"
#include "events/store/store.hpp"
#include "events/vocabulary.hpp"
#include "tlog/checkpoint.hpp"
#include "tlog/note_keys.hpp"

namespace threatatlas::events {

inline constexpr std::string_view checkpoint_key = "checkpoint";  // in the meta table

/// A checkpoint, and the signed note that contains it.
struct SealedLog {
    tlog::Checkpoint checkpoint;
    std::string note;
};

/// The newest checkpoint; nullopt if the log was never signed. Throws ReadError if the row is
/// damaged. Does not verify the signature.
std::optional<SealedLog> stored_checkpoint(const store::ReadView& view);

/// The number of events processed and of all events. Called from time to time on the caller's
/// thread.
using SealProgress = std::function<void(Position done, Position total)>;

struct LogKey {
    tlog::NoteSigner signer;
    /// Allows this key to replace another key that signed before. Those who verify with the old key
    /// must be informed.
    bool replaces_another = false;
};

/// For use by one thread at a time, the one that writes.
class LogSealer {
  public:
    /// `store` must outlive the sealer.
    LogSealer(store::Store& store, LogKey key) : store_(store), key_(std::move(key)) {}

    /// Finishes an interrupted rebuild of the tree, compares the tree with the newest checkpoint,
    /// adds lines that are not in the tree, and signs. Call before seal(), and again after a failed
    /// write. Throws StoreRefused if the log is not the signed one or was signed with another key;
    /// StorageError; or what `progress` throws.
    void catch_up(const SealProgress& progress = {});

    /// Adds the changed tiles and the checkpoint to the appended lines of a group. `leaves` are
    /// those of its lines, in order. Durable once the group is committed.
    SealedLog seal(const std::vector<base::Digest>& leaves, store::LogAppend& log);

    std::string verifier_key() const { return key_.signer.vkey(); }

    /// The newest signed checkpoint.
    const SealedLog& sealed() const { return sealed_; }

  private:
    void require_own_signature(const SealedLog& stored) const;
    void require_never_signed(const store::ReadView& view) const;
    void require_unchanged(const store::ReadView& view, const SealedLog& stored) const;
    void take_in_lines(const store::ReadView& view, const SealProgress& progress);
    store::LogAppend::Row sign();

    store::Store& store_;
    LogKey key_;
    LogTree tree_;
    SealedLog sealed_;
};

/// Rebuilds the tiles from the lines, up to the newest checkpoint. Requires exclusive use of the
/// store. Returns the number of lines in the tree. Throws StoreRefused if the lines do not match
/// the checkpoint, StorageError, or what `progress` throws.
std::uint64_t rebuild_tree(store::Store& store, const SealProgress& progress = {});

/// Key in the meta table. The row exists from the request for a rebuild of the tree until it is
/// done, so that an interrupted one is repeated.
inline constexpr std::string_view tree_rebuild_key = "tree_rebuild";
enum class TreeRebuild : std::uint8_t {
    none,
    wanted,  ///< the old tiles are unchanged
    begun    ///< the tiles are incomplete
};
TreeRebuild tree_rebuild_state(const store::ReadView& view);

/// Requests a rebuild, durably. Throws StorageError.
void want_tree_rebuild(store::Store& store);
/// Calls rebuild_tree() if a rebuild is wanted or begun. Throws like rebuild_tree().
void finish_tree_rebuild(store::Store& store, const SealProgress& progress = {});

}  // namespace threatatlas::events
