#pragma once

/// Signing the log: every group that is written includes a signed checkpoint, which states how long
/// the log is and the root of its Merkle tree. Anyone who keeps one can check later whether the log
/// only grew from it or was rewritten.
///
/// Never signs anything that contradicts a checkpoint that it signed before: the newest is a row of
/// the meta table, written with the tree in one batch and compared at every start, and the mark
/// beside the database has its root too.

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

/// The newest checkpoint; nothing if the log was never signed. Throws ReadError if the row is
/// damaged. Does not verify the signature.
std::optional<SealedLog> stored_checkpoint(const store::ReadView& view);

/// Events done, and events in all. Called from time to time on the caller's thread.
using SealProgress = std::function<void(Position done, Position total)>;

struct LogKey {
    tlog::NoteSigner signer;
    /// Continue with this key if another one signed before. Those who verify with the old key must
    /// be told.
    bool replaces_another = false;
};

/// For use by one thread at a time: the one that writes.
class LogSealer {
  public:
    /// The store is the caller's and outlives the sealer.
    LogSealer(store::Store& store, LogKey key) : store_(store), key_(std::move(key)) {}

    /// Finishes a rebuild of the tree. Reads the tree, compares it with what was signed, adds the
    /// lines that are not in it yet, and signs. To be called before seal(), and again after a
    /// failed write. Throws StoreRefused if the log is not the one that was signed, or was signed
    /// with another key; StorageError; or what `progress` throws.
    void catch_up(const SealProgress& progress = {});

    /// Adds the changed tiles and the checkpoint to what a group appends to the log. The leaves are
    /// those of its lines, in order. Not durable before the group is committed.
    SealedLog seal(const std::vector<base::Digest>& leaves, store::LogAppend& log);

    std::string verifier_key() const { return key_.signer.vkey(); }

    /// The newest checkpoint that was signed.
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

/// Rebuilds the tiles from the lines, up to the newest checkpoint. Needs exclusive use of the
/// store. Returns the number of lines in the tree. Throws StoreRefused if the lines do not lead to
/// the checkpoint, StorageError, or what `progress` throws.
std::uint64_t rebuild_tree(store::Store& store, const SealProgress& progress = {});

/// Row of the meta table from the request for a rebuild of the tree until it is done, so that an
/// interrupted one is repeated.
inline constexpr std::string_view tree_rebuild_key = "tree_rebuild";
enum class TreeRebuild : std::uint8_t {
    none,
    wanted,  ///< the tiles are still the old ones
    begun    ///< the tiles are incomplete
};
TreeRebuild tree_rebuild_state(const store::ReadView& view);

/// Durable when it returns. Throws StorageError.
void want_tree_rebuild(store::Store& store);
/// rebuild_tree() if it is wanted or begun. Throws likewise.
void finish_tree_rebuild(store::Store& store, const SealProgress& progress = {});

}  // namespace threatatlas::events
