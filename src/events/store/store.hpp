#pragma once

/// The data directory: a RocksDB database with one column family per table, and a file with the
/// version of its format. Handles tables and bytes, not the meaning of rows. RocksDB's types stay
/// within this folder; rows are read through a ReadView and changed through a RowBatch.
///
///   <data>/FORMAT      "threatatlas data, format 4"
///   <data>/rocksdb/    the database
///   <data>/mark        the known length of the log (high_water_mark.hpp)

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

/// How the database accesses its files. Tests inject one that fails.
using FileEnvironment = rocksdb::Env;

struct StoreOptions {
    bool create = false;               ///< create the directory if it is missing or empty
    std::size_t cache_mebibytes = 64;  ///< block cache, shared by all tables
    /// Must outlive the store. Null: the real file system.
    FileEnvironment* environment = nullptr;
};

/// The resources used by an open store.
struct StoreUse {
    std::uint64_t memory_table_bytes = 0;  ///< rows that are not in files yet
    std::uint64_t cache_bytes = 0;         ///< cached blocks, indexes and filters
    std::uint64_t reader_bytes = 0;        ///< for open files, outside the cache
    std::uint64_t files = 0;               ///< table files, all open
};

class Store {
  public:
    /// Opens the store for the one process that writes. Throws StoreRefused or StorageError.
    static std::unique_ptr<Store> open(const std::filesystem::path& data,
                                       const StoreOptions& options);

    /// Opens the store for reading while another process may be writing. Shows the state at the
    /// time of opening, and never changes. `scratch` is an empty directory for a snapshot of the
    /// files (file_snapshot.hpp); it belongs to the caller and must outlive the store. Throws
    /// StoreRefused or StorageError.
    static std::unique_ptr<Store> open_beside(const std::filesystem::path& data,
                                              const std::filesystem::path& scratch);

    /// Opens a new or empty directory to fill it with an imported log. Until finish_import() is
    /// called, open() refuses the directory, so that an incomplete import is never used.
    static std::unique_ptr<Store> open_for_import(const std::filesystem::path& data);
    /// Call after everything was written durably.
    void finish_import();

    /// Opens a directory that is being filled with a copy (UnfinishedDirectory).
    static std::unique_ptr<Store> open_unfinished(const std::filesystem::path& data);

    ~Store();
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    // The methods below are thread-safe, but only one thread at a time may commit groups, change
    // `events`, clear tables and reopen the store.

    /// The row of a key; nullopt if there is none. Throws ReadError, or StorageError as reopen()
    /// says.
    std::optional<std::string> get(Table table, std::string_view key) const;

    /// Appends to the log and changes the projections in one atomic write, which is durable on
    /// return, in the directory that was opened. Throws StorageError and writes nothing if the log
    /// does not end where the lines continue it, or if the projections are not applied up to the
    /// new end. Throws StorageError if the write fails. `projections` is unspecified afterwards.
    void commit(const LogAppend& log, ProjectionChanges& projections);
    /// The same without sync: for writes that are discarded and repeated after a crash.
    void commit_unsynced(const LogAppend& log, ProjectionChanges& projections);

    /// Writes all changes of the batch atomically. Durable on return, like commit(). Throws
    /// StorageError.
    void write(RowBatch& batch);
    /// The same without sync, for rows that can be recreated.
    void write_unsynced(RowBatch& batch);
    /// Removes all rows of a table. Throws StorageError.
    void clear(Table table);
    /// Writes all memory tables to files. Throws StorageError.
    void flush();

    /// Copies everything that was written before the call, and the mark, into an unfinished
    /// directory, concurrently with reads and writes. Table files never change: on the same file
    /// system they are linked instead of copied. Opens the copy for reading. Throws StorageError.
    std::unique_ptr<Store> copy_to(const std::filesystem::path& unfinished) const;
    /// Checks every block of the files against its checksum. Throws StorageError.
    void check_files() const;

    /// The failure of a flush or compaction in the background; nullopt if there was none. After
    /// such a failure all writes fail until reopen().
    std::optional<std::string> background_fault() const;

    /// Throws StorageError as reopen() says.
    StoreUse use_of_memory_and_files() const;
    /// The files with rows of the table at present, without rows that are only in memory. Throws
    /// StorageError as reopen() says.
    std::vector<std::filesystem::path> files_of(Table table) const;

    /// The reason why nothing may be written any more: the directory, or files in it, are not the
    /// ones that were opened (held_directory.hpp). A sentence without a path, for the operator;
    /// nullopt if there is none. Writes check this themselves.
    std::optional<std::string> directory_fault() const;
    /// Throws StorageError if there is a directory fault. For requests that are acknowledged
    /// without a write.
    void require_own_directory() const;

    /// Closes and reopens the database, the only way to learn the outcome of a failed write. Waits
    /// for open views. Meanwhile reads of other threads throw StorageError, and also afterwards if
    /// this throws StorageError.
    void reopen();

    bool is_writable() const { return writable_; }
    /// The path that the caller gave. It may lead to another directory by now.
    const std::filesystem::path& data() const { return data_; }
    /// The path for opening other files of the directory: valid even after the directory was
    /// renamed. Not for messages.
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
    // Prevents the database from being closed. Throws StorageError if it is closed.
    std::shared_lock<std::shared_mutex> use() const;

    // Constant after construction.
    std::filesystem::path data_;
    StoreOptions options_;
    bool writable_;
    std::unique_ptr<HeldDirectory> held_;  // null if not writable; outlives the database

    std::atomic<bool> closed_{false};
    mutable std::shared_mutex in_use_;  // shared by readers, exclusive for reopen()

    // Opened and closed by the writing thread, with in_use_ held exclusively.
    std::unique_ptr<Database> database_;

    // Used by the writing thread only. The end of the log, if known. Reading it is not needed as
    // long as only groups are committed.
    std::optional<Position> log_end_;
};

}  // namespace threatatlas::store
