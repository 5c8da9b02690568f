#pragma once

/// The exceptions of the store, in a header of their own because most code only catches them.

#include <stdexcept>
#include <string>

namespace threatatlas::store {

/// The data directory cannot be used: it is not a data directory, has a newer format, or is in use.
/// what() tells the operator what to do. Paths through descriptors are replaced by usual ones.
class StoreRefused : public std::runtime_error {
  public:
    explicit StoreRefused(const std::string& text);
};

/// A read or write failed. The outcome of a failed write is unknown. Paths as above.
class StorageError : public std::runtime_error {
  public:
    explicit StorageError(const std::string& text);
};

/// Stored rows cannot be read or are invalid. Work that does not need them can continue.
class ReadError : public StorageError {
  public:
    using StorageError::StorageError;
};

}  // namespace threatatlas::store
