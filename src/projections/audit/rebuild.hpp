#pragma once

// Making all projections anew from the log: after a change of their form, or where they are in
// doubt.
//
// The stamp, a row of the meta table, says in decimal which version of the fold
// made the projections. It is removed before anything else and written last, so that a rebuild that
// was interrupted is simply done again.

#include <functional>
#include <string_view>

#include "events/store/store.hpp"
#include "events/vocabulary.hpp"

namespace threatatlas {

inline constexpr std::string_view projection_stamp_key = "projection_version";

// Whether the stored projections were made, whole, by this version of the fold. False for a store
// that was just created: rebuilding that one costs nothing and stamps it.
bool projections_are_current(const Store& store);

// Events done and events in all. Called now and then on the caller's thread.
using RebuildProgress = std::function<void(Position done, Position total)>;

// Needs the store to itself: nobody else writes or answers from it meanwhile. Memory does not grow
// with the log. Returns once all of it is on the disk. Throws StorageError, BadLine or BadHistory
// (fold.hpp); projections are not current then.
void rebuild_projections(Store& store, const RebuildProgress& progress = {});

// What a rebuild that was interrupted, or another version, has left to do for the projections and
// the Merkle tree. Throws likewise, and StoreRefused where the lines are not those that were
// signed.
void finish_rebuild(Store& store);

// Writes the stamp, durably, after everything that was written unsynced.
void stamp_projections(Store& store);

}  // namespace threatatlas
