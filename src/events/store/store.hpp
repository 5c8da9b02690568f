#pragma once

/// The data directory: a RocksDB database with one column family for each table, and the file that
/// states its format. Knows tables and bytes, not what the rows mean. RocksDB's own types stay
/// below this folder; rows are read through a ReadView and changed through a RowBatch.
///
///   <data>/FORMAT      "threatatlas data, format 2"
///   <data>/rocksdb/    the database
///   <data>/mark        how long the log is known to be (high_water_mark.hpp)

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "events/store/errors.hpp"
#include "events/store/group_changes.hpp"
#include "events/store/ids.hpp"
#include "events/store/row_batch.hpp"
#include "events/store/table.hpp"

namespace rocksdb {
class Env;
}

namespace threatatlas::store {

class Database;
class HeldDirectory;

/// How the database reaches its files. Tests put one in place that fails.
using FileEnvironment = rocksdb::Env;

struct StoreOptions {
    bool create = false;               ///< create the directory if it is missing or empty
    std::size_t cache_mebibytes = 64;  ///< block cache, shared by all tables
    /// The caller's; outlives the store. Null: the real file system.
    FileEnvironment* environment = nullptr;
};

/// What an open store uses of the machine.
struct StoreUse {
    std::uint64_t memory_table_bytes = 0;  ///< rows that are not in a file yet
    std::uint64_t cache_bytes = 0;         ///< cached blocks, indexes and filters
    std::uint64_t reader_bytes = 0;        ///< held for open files outside the cache
    std::uint64_t files = 0;               ///< files of tables, all of them open
};

class Store {
  public:
    /// For the one process that writes. Throws StoreRefused or StorageError.
    static std::unique_ptr<Store> open(const std::filesystem::path& data,
                                       const StoreOptions& options);

    /// For reading while another process may be writing: shows what had been written when it was
    /// opened, and never changes. `scratch` is an empty directory of the caller's, which outlives
    /// the store, for a snapshot of the files (file_snapshot.hpp). Throws likewise.
    static std::unique_ptr<Store> open_beside(const std::filesystem::path& data,
                                              const std::filesystem::path& scratch);

    /// For filling a new or empty directory with an imported log. Until finish_import() the
    /// directory is one that open() refuses, so that half an import is never taken for a whole one.
    static std::unique_ptr<Store> open_for_import(const std::filesystem::path& data);
    /// After all of it was written durably.
    void finish_import();

    /// For a directory that is being filled with a copy (UnfinishedDirectory).
    static std::unique_ptr<Store> open_unfinished(const std::filesystem::path& data);

    ~Store();
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    /// The methods below may be called from any thread. Groups are committed, `events` changed,
    /// tables cleared and the store reopened by one thread at a time.

    /// The row of a key, if there is one. Throws ReadError, or StorageError as reopen() says.
    std::optional<std::string> get(Table table, std::string_view key) const;

    /// Appends to the log and changes the projections in one atomic write. Durable when it returns,
    /// under the name that the directory has always had. Throws StorageError and writes nothing if
    /// the log does not end where the lines expect it to, or the projections are not applied up to
    /// the new end. Throws StorageError if the write fails. Afterwards the content of `projections`
    /// is not specified.
    void commit(const LogAppend& log, ProjectionChanges& projections);
    /// The same without waiting for the disk: for what is discarded and redone after a crash.
    void commit_unsynced(const LogAppend& log, ProjectionChanges& projections);

    /// Writes all changes of the batch, or none. Durable when it returns, as above. Throws
    /// StorageError.
    void write(RowBatch& batch);
    /// The same without waiting for the disk, for what can be made again.
    void write_unsynced(RowBatch& batch);
    /// Removes all rows of a table. Throws StorageError.
    void clear(Table table);
    /// Writes all memory tables to files. Throws StorageError.
    void flush();

    /// Copies everything that was written before the call, and the mark, into an unfinished
    /// directory, while others read and write. Files of tables never change: on the same file
    /// system they are linked instead of copied. Opens the copy for reading. Throws StorageError.
    std::unique_ptr<Store> copy_to(const std::filesystem::path& unfinished) const;
    /// Checks every block of the files against its checksum. Throws StorageError.
    void check_files() const;

    /// What failed while tables were flushed or compacted in the background; nothing if all is
    /// well. After such a fault all writes fail until reopen().
    std::optional<std::string> background_fault() const;

    /// Throws StorageError as reopen() says.
    StoreUse use_of_memory_and_files() const;
    /// The files that have rows of the table now; rows in memory are in none. Throws likewise.
    std::vector<std::filesystem::path> files_of(Table table) const;

    /// Why nothing may be written any more: the directory, or files in it, are not the ones that
    /// were opened (held_directory.hpp). A sentence without a path, for the operator; nothing if
    /// all is well. Writes check this themselves.
    std::optional<std::string> directory_fault() const;
    /// For what is acknowledged without being written. Throws StorageError.
    void require_own_directory() const;

    /// Closes the database and opens it again: the only way to learn the outcome of a failed write.
    /// Waits for open views; other threads' reads throw StorageError meanwhile, and afterwards if
    /// this throws StorageError.
    void reopen();

    bool is_writable() const { return writable_; }
    /// The name that the caller gave. It may be another directory's by now.
    const std::filesystem::path& data() const { return data_; }
    /// For opening other files of the directory: leads to it also after it was renamed. Not for
    /// messages.
    const std::filesystem::path& own_data() const;

  private:
    friend class ReadView;
    friend class RowBatch;

    enum class Sync : std::uint8_t { yes, no };

    Store(std::filesystem::path data, const StoreOptions& options, bool writable);
    void open_database();
    std::vector<std::string> needed_files() const;
    void write_group(const LogAppend& log, ProjectionChanges& projections, Sync sync);
    void write_changes(RowBatch& batch, Sync sync);
    // Keeps the database from being closed. Throws StorageError if it is closed.
    std::shared_lock<std::shared_mutex> use() const;

    // Constant after construction.
    std::filesystem::path data_;
    StoreOptions options_;
    bool writable_;
    std::unique_ptr<HeldDirectory> held_;  // null if not writable; outlives the database

    std::atomic<bool> closed_{false};
    mutable std::shared_mutex in_use_;  // shared by readers, exclusive for reopen()

    // Opened and closed by the thread that writes, holding in_use_ exclusively.
    std::unique_ptr<Database> database_;

    // The writing thread's: the end of the log, if it is known. Nothing is read for it as long as
    // only groups are committed.
    std::optional<Position> log_end_;
};

}  // namespace threatatlas::store
