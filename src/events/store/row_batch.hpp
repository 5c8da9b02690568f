#pragma once

/// Changes of rows that are written atomically.

#include <cstddef>
#include <memory>
#include <string_view>

#include "events/store/table.hpp"

namespace rocksdb {
class WriteBatch;
}

namespace threatatlas::store {

class Store;

/// A later change of a row replaces an earlier one. For use by one thread.
class RowBatch {
  public:
    /// `store` must be writable and outlive the batch.
    explicit RowBatch(const Store& store);
    ~RowBatch();
    /// A moved-from batch can only be assigned to or destroyed.
    RowBatch(RowBatch&& other) noexcept;
    RowBatch& operator=(RowBatch&& other) noexcept;

    /// Adds or replaces a row. put() and erase() copy their arguments, and throw StorageError if
    /// the batch becomes too large for the database (4 GiB).
    void put(Table table, std::string_view key, std::string_view value);
    /// Removes a row if it exists.
    void erase(Table table, std::string_view key);

    /// Removes the changes and keeps the memory.
    void clear();

    /// The number of changes.
    std::size_t count() const;
    bool empty() const { return count() == 0; }
    /// The memory used by the changes, including keys and rows.
    std::size_t bytes() const;

  private:
    friend class Store;

    const Store* store_;
    std::unique_ptr<rocksdb::WriteBatch> changes_;
    bool changes_log_ = false;  // contains a change of `events`
};

}  // namespace threatatlas::store
