#pragma once

/// The RocksDB database below a Store, and what is cached for it. Private to events/store.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <rocksdb/db.h>

#include "base/io_wait_hook.hpp"
#include "events/store/immutable_row_cache.hpp"
#include "events/store/iterator_cache.hpp"
#include "events/store/status.hpp"
#include "events/store/table.hpp"

namespace threatatlas::store {

/// The directory of the database within a data directory.
std::filesystem::path database_directory(const std::filesystem::path& data);

/// Greater than every key that a table has, also after any prefix of one: keys have at most a
/// product, an element of two texts and an id.
std::string key_beyond_all();

/// An open database, or one that is closed for the moment. Opening and closing need it exclusively;
/// everything else is for any thread.
class Database {
  public:
    Database();
    /// Closes the database.
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    /// Opens the files for reading and writing, and creates what is missing. A null environment is
    /// the real file system. Throws StorageError, or StoreRefused if another process has them open;
    /// `shown` names the data directory in that message.
    void open(const std::filesystem::path& files, const std::filesystem::path& shown,
              std::size_t cache_mebibytes, rocksdb::Env* environment);
    /// Opens the files for reading only. Tables that they do not have read as empty.
    rocksdb::Status open_read_only(const std::filesystem::path& files, std::size_t cache_mebibytes);
    /// Does nothing if it is closed.
    void close();

    /// The members below are for a database that is open.

    rocksdb::DB& db() const { return *db_; }
    /// Null if the files were opened read-only and do not have this table: it reads as empty.
    rocksdb::ColumnFamilyHandle* handle(Table table) const {
        return handles_[static_cast<std::size_t>(table)];
    }
    const std::vector<rocksdb::ColumnFamilyHandle*>& handles() const { return handles_; }

    /// The row of a key, if there is one. Throws ReadError.
    std::optional<std::string> get(const rocksdb::ReadOptions& options, Table table,
                                   std::string_view key) const;
    /// Rows of a table; none if there is no such table.
    std::unique_ptr<rocksdb::Iterator> rows(const rocksdb::ReadOptions& options, Table table) const;

    /// Iterators of `history`.
    IteratorCache& history_iterators() const { return *history_iterators_; }
    /// Rows of `details`.
    ImmutableRowCache& details_rows() const { return *details_rows_; }
    /// After rows were removed.
    void forget_cached_rows();

    /// What failed while tables were flushed or compacted in the background; nothing if all is
    /// well.
    std::optional<std::string> background_fault() const;

  private:
    class FaultListener;

    // Constant after construction. The first two are shared with the database.
    const std::shared_ptr<FaultListener> faults_;
    const std::shared_ptr<IteratorCache> history_iterators_;
    const std::unique_ptr<ImmutableRowCache> details_rows_;

    std::vector<rocksdb::ColumnFamilyHandle*> handles_;  // in the order of Table; closed before db_
    std::unique_ptr<rocksdb::DB> db_;
};

/// Does one read with these options. If the calling thread has a hook for waits (io_wait_hook.hpp),
/// it first reads what is in memory only, and calls the hook only if that was not enough.
template <class Read>
rocksdb::Status read_with_hook(rocksdb::ReadOptions options, const Read& read) {
    if (base::io_wait_hook_of_thread() == nullptr) {
        return read(options);
    }
    options.read_tier = rocksdb::kBlockCacheTier;
    rocksdb::Status status = read(options);
    if (!status.IsIncomplete()) {
        return status;
    }
    const base::IoWait wait;
    options.read_tier = rocksdb::kReadAllTier;
    return read(options);
}

}  // namespace threatatlas::store
