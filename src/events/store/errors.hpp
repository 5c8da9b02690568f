#pragma once

/// What the store throws. Kept apart from the store: most code only catches these.

#include <stdexcept>
#include <string>

namespace threatatlas::store {

/// The data directory cannot be used as it is: it is not ours, too new, or in use. The text is for
/// the operator and says what to do. Paths through a descriptor are replaced by the usual ones.
class StoreRefused : public std::runtime_error {
  public:
    explicit StoreRefused(const std::string& text);
};

/// A read or a write failed. The outcome of a failed write is unknown. Paths as above.
class StorageError : public std::runtime_error {
  public:
    explicit StorageError(const std::string& text);
};

/// Stored rows cannot be read or are not valid. Work that does not need them continues.
class ReadError : public StorageError {
  public:
    using StorageError::StorageError;
};

}  // namespace threatatlas::store
