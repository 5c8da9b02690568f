#pragma once

/// Distinguishes logs that have the same positions. A directory gets a random number when a server
/// first starts on it, and another one after it was restored from a backup: positions then belong
/// to other events than before, and what a client remembers of them is no longer valid.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/uuid.hpp"
#include "events/store/store.hpp"

namespace threatatlas::events {

using LogEpoch = std::uint64_t;

/// Row of the meta table: BE64 epoch. Operational: neither folded nor verified.
inline constexpr std::string_view log_epoch_key = "log_epoch";

/// The epoch of the store's log. Draws one, durably, if there is none yet. For the thread that
/// writes. Throws StorageError.
LogEpoch ensure_log_epoch(store::Store& store, const base::RandomSource& random);

/// The next ensure_log_epoch() draws a new one. Unsynced. Throws StorageError.
void forget_log_epoch(store::Store& store);

/// 16 lower-case hexadecimal digits, as clients see an epoch and what is combined with it.
std::string hex_of(std::uint64_t bits);

}  // namespace threatatlas::events
