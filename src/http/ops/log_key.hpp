#pragma once

/// The key that signs the checkpoints of a log. It contains the log's name, the origin.

#include <filesystem>
#include <string>

#include "commands/sequencer/sequencer.hpp"
#include "events/log_sealer.hpp"

namespace threatatlas::ops {

struct LogKeyOptions {
    std::filesystem::path file;  ///< empty: <data>/log-key, created if missing
    std::string origin;          ///< of a new key; an existing key must have it; empty: any
    bool accepts_another = false;
};

/// Reads the key, or creates one for a log that was never signed. Throws StoreRefused if the file
/// is missing, is not a key or has another origin; throws StorageError.
events::LogKey open_log_key(const store::Store& store, const LogKeyOptions& options,
                            const base::RandomSource& random);

}  // namespace threatatlas::ops
