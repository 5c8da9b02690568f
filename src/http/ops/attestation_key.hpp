#pragma once

/// The key that signs attestations of checks. It is another key than the log's: who has only this
/// one cannot sign checkpoints.

#include <filesystem>

#include "events/store/store.hpp"
#include "http/ops/diagnostic_log.hpp"
#include "tlog/attestation_key.hpp"

namespace threatatlas::ops {

/// Reads the key from the file, PKCS#8 in PEM. An empty `file` means <data>/attestation-key, which
/// is created if it is missing, also if there was one before: what an earlier key signed is
/// verified with its public key, which others keep. `log` gets a line about a created key. Throws
/// StoreRefused if a given file is missing or the content is not a key; throws StorageError.
tlog::AttestationKey open_attestation_key(const store::Store& store,
                                          const std::filesystem::path& file, const Log& log);

}  // namespace threatatlas::ops
