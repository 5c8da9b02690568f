#pragma once

/// The RocksDB database of a Store, and caches of its rows and iterators. Private to events/store.

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

/// A key greater than every key of a table, even after any prefix of a key: keys contain at most a
/// product, an element of two texts and an id.
std::string key_beyond_all();

/// A database, which is open or temporarily closed. Opening and closing require exclusive access;
/// everything else is thread-safe.
class Database {
  public:
    Database();
    /// Closes the database.
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    /// Opens the files for reading and writing, and creates missing ones. A null environment means
    /// the real file system. Throws StorageError, or StoreRefused if another process has the files
    /// open; `shown` is the data directory's name in that message.
    void open(const std::filesystem::path& files, const std::filesystem::path& shown,
              std::size_t cache_mebibytes, rocksdb::Env* environment);
    /// Opens the files for reading only. Missing tables read as empty.
    rocksdb::Status open_read_only(const std::filesystem::path& files, std::size_t cache_mebibytes);
    /// Does nothing if the database is closed.
    void close();

    // The members below require an open database.

    rocksdb::DB& db() const { return *db_; }
    /// Null if the files were opened read-only and lack this table, which then reads as empty.
    rocksdb::ColumnFamilyHandle* handle(Table table) const {
        return handles_[static_cast<std::size_t>(table)];
    }
    const std::vector<rocksdb::ColumnFamilyHandle*>& handles() const { return handles_; }

    /// The row of a key; nullopt if there is none. `hook` is called if the read goes to disk; may
    /// be null. Throws ReadError.
    std::optional<std::string> get(const rocksdb::ReadOptions& options, Table table,
                                   std::string_view key, base::IoWaitHook* hook = nullptr) const;
    /// An iterator over a table; empty if the table is missing.
    std::unique_ptr<rocksdb::Iterator> rows(const rocksdb::ReadOptions& options, Table table) const;

    /// Cached iterators of `history`.
    IteratorCache& history_iterators() const { return *history_iterators_; }
    /// Cached rows of `details`.
    ImmutableRowCache& details_rows() const { return *details_rows_; }
    /// Call after rows were removed.
    void forget_cached_rows();

    /// The failure of a flush or compaction in the background; nullopt if there was none.
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

/// Performs one read with these options. With a hook (which may be null), it first reads only from
/// memory, and calls the hook only if that is not enough.
template <class Read>
rocksdb::Status read_with_hook(rocksdb::ReadOptions options, base::IoWaitHook* hook,
                               const Read& read) {
    if (hook == nullptr) {
        return read(options);
    }
    options.read_tier = rocksdb::kBlockCacheTier;
    rocksdb::Status status = read(options);
    if (!status.IsIncomplete()) {
        return status;
    }
    const base::IoWait wait(*hook);
    options.read_tier = rocksdb::kReadAllTier;
    return read(options);
}

}  // namespace threatatlas::store
