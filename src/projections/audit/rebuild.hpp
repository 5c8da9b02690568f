#pragma once

/// @file
/// Rebuilds all projections from the log: after a change of their format, or if they may be wrong.
///
/// The stamp, a row of the meta table, holds the version of the fold that built the projections, in
/// decimal. It is removed first and written last, so that an interrupted rebuild is repeated.

#include <functional>
#include <string_view>

#include "events/store/store.hpp"
#include "events/vocabulary.hpp"

namespace threatatlas::audit {

inline constexpr std::string_view projection_stamp_key = "projection_version";

/// True if the stored projections were built completely by this version of the fold. False for a
/// newly created store: its rebuild costs nothing and writes the stamp.
bool projections_are_current(const store::Store& store);

/// The number of events processed and of all events. Called from time to time on the caller's
/// thread.
using RebuildProgress = std::function<void(Position done, Position total)>;

/// Throws StorageError, BadLine or BadHistory (fold.hpp) if the projections cannot be rebuilt from
/// the log. Changes nothing. Memory grows with the projections.
void require_foldable(const store::Store& store, const RebuildProgress& progress = {});

/// Rebuilds the projections. Requires exclusive use of the store. Memory does not grow with the
/// log. Everything is durable on return. Throws StorageError, BadLine or BadHistory (fold.hpp); the
/// projections are not current then.
void rebuild_projections(store::Store& store, const RebuildProgress& progress = {});

/// Completes what an interrupted rebuild or another version has left to do for the projections and
/// the Merkle tree. Throws like rebuild_projections(), and StoreRefused if the lines are not the
/// signed ones.
void finish_rebuild(store::Store& store);

/// Writes the stamp durably, after everything that was written unsynced.
void stamp_projections(store::Store& store);

}  // namespace threatatlas::audit
