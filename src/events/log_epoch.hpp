#pragma once

/// @file
/// Distinguishes logs that have the same positions. A data directory gets a random number when a
/// server first starts on it, and a new one after it was restored from a backup: positions then may
/// refer to other events than before, so anything a client has remembered about them is invalid.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/uuid.hpp"
#include "events/store/store.hpp"

namespace threatatlas {

using LogEpoch = std::uint64_t;

/// Key in the meta table; the value is the epoch as BE64. Operational data: neither folded nor
/// verified.
inline constexpr std::string_view log_epoch_key = "log_epoch";

/// Returns the epoch of the store's log. Draws and durably stores one if there is none yet. Only
/// for the writer thread. Throws StorageError.
LogEpoch ensure_log_epoch(Store& store, const RandomSource& random);

/// Removes the epoch, so that the next ensure_log_epoch() draws a new one. Not synced. Throws
/// StorageError.
void forget_log_epoch(Store& store);

/// 16 lower-case hexadecimal digits: the form in which clients see an epoch and values combined
/// with it.
std::string hex_of(std::uint64_t bits);

}  // namespace threatatlas
