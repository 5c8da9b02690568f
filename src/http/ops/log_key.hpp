#pragma once

// The key that signs the checkpoints of a log, and the name of the log, its origin, which is part
// of the key.

#include <filesystem>
#include <string>

#include "commands/sequencer/sequencer.hpp"
#include "events/log_sealer.hpp"

namespace threatatlas {

struct LogKeyOptions {
    std::filesystem::path file;  // empty: <data>/log-key, which is made where it is not there
    std::string origin;          // for a key that is made, or that the key must have; empty: any
    bool accepts_another = false;
};

// Reads the key, or makes one for a log that was never signed. Throws StoreRefused where the file
// is not there, holds no key or one of another origin, and StorageError.
LogKey open_log_key(const Store& store, const LogKeyOptions& options, const RandomSource& random);

}  // namespace threatatlas
