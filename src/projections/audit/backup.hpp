#pragma once

// Whole copies of a data directory, and the way back. No copy is taken for good before every block
// of its files was read and every stored row was held against its log.

#include <cstdint>
#include <filesystem>
#include <stdexcept>

#include "events/event_log.hpp"
#include "events/store/store.hpp"
#include "projections/audit/verify.hpp"

namespace threatatlas {

struct CopyFacts {
    LogEnd end;
    std::uintmax_t bytes = 0;  // of all its files
};

// The copy is not what its log says, or not as long as it should be. The text is for the operator.
class BadCopy : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

// Copies the store, while others read and write it, into a new or empty directory: everything that
// was written before the call is in it. Its projections are current. Where this throws (BadCopy,
// StoreRefused, StorageError, filesystem_error, or what `progress` throws) nothing is left there.
CopyFacts back_up(const Store& store, const std::filesystem::path& directory,
                  const VerifyProgress& progress = {});

// Copies a backup, which stays as it is, into a new or empty directory and opens it as a server
// would. Projections of another version are made anew. Throws likewise.
CopyFacts restore(const std::filesystem::path& backup, const std::filesystem::path& data,
                  const VerifyProgress& progress = {});

}  // namespace threatatlas
