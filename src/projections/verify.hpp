#pragma once

// Holding every stored projection against the log. Trusts nothing stored but the event lines, and
// checks those as well: the whole log is folded anew, and each row that the fold makes must be in
// the store with the very same bytes, and no others.
//
// What is operational and not folded (idempotency keys, last uses of tokens) is left alone.

#include <array>
#include <functional>
#include <optional>

#include "events/store.hpp"
#include "events/vocabulary.hpp"
#include "projections/difference.hpp"

namespace threatatlas {

struct Verification {
    Position events = 0;                            // folded
    std::array<std::uint64_t, table_count> rows{};  // compared, by table
    std::optional<Difference> first_difference;

    bool clean() const { return !first_difference; }
};

// Events done, and events in all. Called now and then on the caller's thread.
using VerifyProgress = std::function<void(Position done, Position total)>;

// The first difference is the one in the log itself, if there is one; else in the order of the log
// for rows that stay as they were made (history, details); else in the order of tables and keys.
// Memory grows with the model, not with the log. Throws StorageError where the store cannot be
// read.
Verification verify_projections(const Store& store, const VerifyProgress& progress = {});

}  // namespace threatatlas
