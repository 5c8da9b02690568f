#pragma once

/// Distinguishes logs with the same positions. A directory gets a random epoch when a server first
/// starts on it, and a new one after it was restored from a backup: positions may then belong to
/// other events, so positions that clients have stored are no longer valid.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/uuid.hpp"
#include "events/store/store.hpp"

namespace threatatlas::events {

using LogEpoch = std::uint64_t;

/// Key in the meta table; the row is the epoch as 64-bit big-endian number. Operational: neither
/// folded nor verified.
inline constexpr std::string_view log_epoch_key = "log_epoch";

/// Returns the epoch of the store's log. Creates it durably if there is none. Call on the thread
/// that writes. Throws StorageError.
LogEpoch ensure_log_epoch(store::Store& store, const base::RandomSource& random);

/// Removes the epoch, unsynced, so that the next ensure_log_epoch() creates a new one. Throws
/// StorageError.
void forget_log_epoch(store::Store& store);

/// 16 lower-case hexadecimal digits, the form in which clients see an epoch and values combined
/// with it.
std::string hex_of(std::uint64_t bits);

}  // namespace threatatlas::events
