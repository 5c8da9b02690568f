#pragma once

/// @file
/// Compares every stored projection with the log. Only the event lines are trusted, and they are
/// checked, too: the whole log is folded again, and the store must contain exactly the rows that
/// the fold produces, byte for byte.
///
/// Operational rows that are not folded (idempotency keys, last uses of tokens) are not compared.

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <vector>

#include "events/store/store.hpp"
#include "events/vocabulary.hpp"
#include "projections/audit/difference.hpp"
#include "projections/audit/tree_check.hpp"

namespace threatatlas::audit {

/// The result of a verification.
struct Verification {
    Position events = 0;                                   ///< number of folded events
    std::array<std::uint64_t, store::table_count> rows{};  ///< number of compared rows, by table
    std::optional<Difference> first_difference;

    bool is_signed = false;   ///< true if there is a checkpoint, and so a Merkle tree
    std::uint64_t tiles = 0;  ///< number of compared tiles
    /// A difference in the tree or its checkpoint. If the log itself is faulty, the tree was
    /// compared only up to the fault.
    std::optional<Difference> tree_difference;
    std::vector<Growth> growth;  ///< one per kept checkpoint

    /// The first fault in the stored data, if there is one.
    const std::optional<Difference>& fault() const {
        return first_difference ? first_difference : tree_difference;
    }
    /// True if no fault was found.
    bool clean() const {
        return !first_difference && !tree_difference &&
               std::all_of(growth.begin(), growth.end(),
                           [](Growth one) { return one == Growth::grew; });
    }
};

/// The number of events processed and of all events. Called from time to time on the caller's
/// thread.
using VerifyProgress = std::function<void(Position done, Position total)>;

/// Verifies the store. The first difference reported is the one in the log itself, if there is one;
/// otherwise the first in log order among rows that never change (history, details); otherwise the
/// first in the order of tables and keys. Memory grows with the model, not with the log. The Merkle
/// tree is rebuilt and compared with the stored one and with the kept checkpoints; verifying
/// signatures is up to the caller. Throws StorageError if the store cannot be read.
Verification verify_projections(const store::Store& store, const VerifyProgress& progress = {},
                                const std::vector<tlog::Checkpoint>& kept = {});

}  // namespace threatatlas::audit
