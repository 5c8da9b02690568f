#pragma once

/// Changes of rows that are written together, or not at all.

#include <cstddef>
#include <memory>
#include <string_view>

#include "events/store/table.hpp"

namespace rocksdb {
class WriteBatch;
}

namespace threatatlas::store {

class Store;

/// For use by one thread. A later change of a row replaces an earlier one.
class RowBatch {
  public:
    /// Changes for `store`, which outlives the batch and is open for writing.
    explicit RowBatch(const Store& store);
    ~RowBatch();
    /// A batch that was moved from can only be assigned to or destroyed.
    RowBatch(RowBatch&& other) noexcept;
    RowBatch& operator=(RowBatch&& other) noexcept;

    /// Adds the row, or replaces it. Both copy their arguments, and throw StorageError if the batch
    /// becomes too large for the database (4 GiB).
    void put(Table table, std::string_view key, std::string_view value);
    /// Removes the row if there is one.
    void erase(Table table, std::string_view key);

    /// Removes the changes and keeps the memory.
    void clear();

    /// The number of changes.
    std::size_t count() const;
    bool empty() const { return count() == 0; }
    /// The memory that they take, their keys and rows included.
    std::size_t bytes() const;

  private:
    friend class Store;

    const Store* store_;
    std::unique_ptr<rocksdb::WriteBatch> changes_;
    bool changes_log_ = false;  // a change of `events` is among them
};

}  // namespace threatatlas::store
