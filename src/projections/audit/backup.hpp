#pragma once

/// @file
/// Backups of a data directory, and restoring them. A copy is only considered good after every
/// block of its files was read and every stored row was compared with its log.

#include <cstdint>
#include <filesystem>
#include <stdexcept>

#include "events/event_log.hpp"
#include "events/store/store.hpp"
#include "projections/audit/verify.hpp"

namespace threatatlas::audit {

/// What was copied.
struct CopyFacts {
    events::LogEnd end;
    std::uintmax_t bytes = 0;  ///< total size of its files
};

/// The copy does not match its log or has the wrong length. what() is for the operator.
class BadCopy : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// Copies the store, while it is in use, into a new or empty directory. The copy contains
/// everything written before the call, and its projections are current. Leaves nothing in the
/// directory if it throws: BadCopy, StoreRefused, StorageError, std::filesystem::filesystem_error,
/// or anything that `progress` throws.
CopyFacts back_up(const store::Store& store, const std::filesystem::path& directory,
                  const VerifyProgress& progress = {});

/// Copies a backup, which is not changed, into a new or empty directory and opens the copy as a
/// server would. Projections of another version are rebuilt. Throws like back_up().
CopyFacts restore(const std::filesystem::path& backup, const std::filesystem::path& data,
                  const VerifyProgress& progress = {});

}  // namespace threatatlas::audit
