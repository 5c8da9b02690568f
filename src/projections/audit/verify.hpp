#pragma once

// Holding every stored projection against the log. Trusts nothing stored but the event lines, and
// checks those as well: the whole log is folded anew, and each row that the fold makes must be in
// the store with the very same bytes, and no others.
//
// What is operational and not folded (idempotency keys, last uses of tokens) is left alone.

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <vector>

#include "events/store/store.hpp"
#include "events/vocabulary.hpp"
#include "projections/audit/difference.hpp"
#include "projections/audit/tree_check.hpp"

namespace threatatlas {

struct Verification {
    Position events = 0;                            // folded
    std::array<std::uint64_t, table_count> rows{};  // compared, by table
    std::optional<Difference> first_difference;

    bool is_signed = false;   // whether there is a checkpoint, and so a Merkle tree
    std::uint64_t tiles = 0;  // compared
    // In the tree or its checkpoint. Where the log itself has a fault the tree was only compared up
    // to there.
    std::optional<Difference> tree_difference;
    std::vector<Growth> growth;  // from each checkpoint that was kept

    // The first thing that is wrong with what is stored.
    const std::optional<Difference>& fault() const {
        return first_difference ? first_difference : tree_difference;
    }
    bool clean() const {
        return !first_difference && !tree_difference &&
               std::all_of(growth.begin(), growth.end(),
                           [](Growth one) { return one == Growth::grew; });
    }
};

// Events done, and events in all. Called now and then on the caller's thread.
using VerifyProgress = std::function<void(Position done, Position total)>;

// The first difference is the one in the log itself, if there is one; else in the order of the log
// for rows that stay as they were made (history, details); else in the order of tables and keys.
// Memory grows with the model, not with the log. The Merkle tree is built anew as well, and
// compared with the stored one and with the checkpoints that somebody kept; signatures are the
// caller's matter. Throws StorageError where the store cannot be read.
Verification verify_projections(const Store& store, const VerifyProgress& progress = {},
                                const std::vector<Checkpoint>& kept = {});

}  // namespace threatatlas
