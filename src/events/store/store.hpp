#pragma once

// The data directory: a RocksDB database with one column family a table, and the file that says
// which format it has. Knows tables and bytes, not what the rows mean.
//
//   <data>/FORMAT      "threatatlas data, format 2"
//   <data>/rocksdb/    the database
//   <data>/mark        how long the log is known to be (mark.hpp)

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include "events/store/ids.hpp"

namespace threatatlas {

class ImmutableRowCache;
class HeldDirectory;
class IteratorCache;

// The layout of keys, rows and lines. A directory of another format is refused or migrated.
inline constexpr int format_version = 2;

// One column family each; keys and rows are in docs/FORMATS.md.
enum class Table : std::uint8_t {
    events,        // position -> line: the ground truth
    history,       // product, time -> posture after that transaction
    details,       // product, time -> texts of the product from then on
    products,      // product -> texts, posture, version now
    threats,       // product, threat -> state now
    mitigations,   // product, mitigation -> state now
    elements,      // product, element -> counters that keep coverage cheap
    coverage,      // product, threat or element, mitigation -> nothing: who covers what
    external_ids,  // external_id, live product that has it -> nothing
    tokens,        // token -> state now
    idempotency,   // token, key -> the first answer (operational, not folded)
    token_use,     // token -> when it was last used (operational, not folded)
    tiles,         // level, index -> nodes of the log's Merkle tree (log_tree.hpp)
    meta           // stamps, the newest checkpoint
};
inline constexpr std::size_t table_count = 14;

std::string_view table_name(Table table);

// Those that are folded from the log and can be made anew from it.
std::vector<Table> projection_tables();

// The directory cannot be used as it is: not ours, too new, in use. The text is for the operator
// and says what to do. Files that the text names by a descriptor get their usual names.
class StoreRefused : public std::runtime_error {
  public:
    explicit StoreRefused(const std::string& text);
};

// Reading or writing failed. After a failed write its outcome is unknown. Names as above.
class StorageError : public std::runtime_error {
  public:
    explicit StorageError(const std::string& text);
};

// Stored rows cannot be read, or are not what they have to be. What does not need them goes on.
class ReadError : public StorageError {
  public:
    using StorageError::StorageError;
};

struct StoreOptions {
    bool create = false;               // make the directory if it is not there or empty
    std::size_t cache_mebibytes = 64;  // block cache, shared by all tables
    // Where files are; the caller's, outlives the store. Null = the real file system.
    rocksdb::Env* environment = nullptr;
};

// What an open store takes of the machine.
struct StoreUse {
    std::uint64_t memory_table_bytes = 0;  // rows that are not in a file yet
    std::uint64_t cache_bytes = 0;         // blocks, indexes and filters that were read
    std::uint64_t reader_bytes = 0;        // what is kept of each open file beside the cache
    std::uint64_t files = 0;               // tables on the disk, all of them open
};

class Store {
  public:
    // For the one process that writes. Throws StoreRefused or StorageError.
    static std::unique_ptr<Store> open(const std::filesystem::path& data,
                                       const StoreOptions& options);

    // For reading beside a process that may be writing: shows what had been written when it was
    // opened, and does not move on. `scratch` is an empty directory of the caller's for a picture
    // of the files (still_files.hpp); it outlives the store.
    static std::unique_ptr<Store> open_beside(const std::filesystem::path& data,
                                              const std::filesystem::path& scratch);

    // For filling a new or empty directory with a log from elsewhere. Until finish_import() the
    // directory is one that open() refuses, so that half an import never passes for a whole one.
    static std::unique_ptr<Store> open_for_import(const std::filesystem::path& data);
    // After all of it was written, durably.
    void finish_import();

    // For a directory that is being filled with a copy (UnfinishedDirectory).
    static std::unique_ptr<Store> open_unfinished(const std::filesystem::path& data);

    ~Store();
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    // The methods below may be called from any thread, write() and clear() from one at a time.

    // Nothing if there is no such row. Throws ReadError, or StorageError as reopen() says.
    std::optional<std::string> get(Table table, std::string_view key) const;

    // All of the batch or nothing; returns once it is on the disk, under the name that the
    // directory has always had. Throws StorageError.
    void write(rocksdb::WriteBatch& batch);
    // The same without waiting for the disk, for what can be made anew.
    void write_unsynced(rocksdb::WriteBatch& batch);
    // Removes all rows of a table.
    void clear(Table table);
    // Writes all memory tables out.
    void flush();

    // Copies everything that was written before the call, and the mark, into a directory that is
    // unfinished, while others read and write. On the same file system tables are not copied but
    // linked: they never change. Opens the copy for reading. Throws StorageError.
    std::unique_ptr<Store> copy_to(const std::filesystem::path& unfinished) const;
    // Holds every block of the files against its checksum. Throws StorageError.
    void check_files() const;

    // What failed behind the scenes, while tables were written out or merged; nothing where all is
    // well. RocksDB takes no write any more until the store is opened again.
    std::optional<std::string> background_fault() const;

    // Throws StorageError as reopen() says.
    StoreUse use_of_memory_and_files() const;
    // The files in which a table's rows are just now, but for those that are in memory yet. Throws
    // StorageError as reopen() says.
    std::vector<std::filesystem::path> files_of(Table table) const;

    // Why nothing may be written any more: the directory, or files in it, are not the ones that
    // were opened (held_directory.hpp). A sentence without a path, for the operator; nothing if all
    // is well. write() looks for itself.
    std::optional<std::string> directory_fault() const;
    // For what is to be acknowledged without being written. Throws StorageError.
    void require_own_directory() const;

    // Closes the database and opens it again, which is what a failed write asks for: what it left
    // is unknown until then. Waits for views that are open; others throw StorageError meanwhile,
    // and afterwards where this throws StorageError. For the thread that writes.
    void reopen();

    // Null where the store was opened beside or as a copy, and its directory was made before there
    // was this table: it reads as an empty one.
    rocksdb::ColumnFamilyHandle* handle(Table table) const {
        return handles_[static_cast<std::size_t>(table)];
    }
    bool is_writable() const { return writable_; }
    // As it was named. The name may have become another directory's.
    const std::filesystem::path& data() const { return data_; }
    // For other files of the directory: leads to it also after it was renamed. Not for messages.
    const std::filesystem::path& own_data() const;

  private:
    friend class ReadView;
    class FaultListener;

    Store(std::filesystem::path data, const StoreOptions& options, bool writable);
    void open_database();
    std::vector<std::string> needed_files() const;
    rocksdb::Status open_still(const std::filesystem::path& picture);
    void close_database();
    // Keeps the database from being closed. Throws StorageError where it is closed.
    std::shared_lock<std::shared_mutex> use() const;

    // Constant after construction.
    std::filesystem::path data_;
    StoreOptions options_;
    bool writable_;
    std::unique_ptr<HeldDirectory> held_;    // null if not writable; outlives db_
    std::shared_ptr<FaultListener> faults_;  // shared with the database
    std::shared_ptr<IteratorCache> past_;    // of `history`, shared with the database
    std::unique_ptr<ImmutableRowCache> final_details_;

    std::atomic<bool> closed_{false};
    mutable std::shared_mutex in_use_;  // shared by readers; reopen() has it alone

    // Changed only by the thread that writes, holding in_use_ alone.
    std::vector<rocksdb::ColumnFamilyHandle*> handles_;  // destroyed before db_
    std::unique_ptr<rocksdb::DB> db_;
};

// Many reads that see one and the same moment of the store. Cheap to make; keep it for one answer.
// For use by one thread; the store outlives it. Reads throw ReadError.
class ReadView {
  public:
    explicit ReadView(const Store& store);
    // Each read sees the store as it is just then: for an answer that is one row, or whose further
    // rows are never changed. Spares the snapshot, for which all readers and the writer share a
    // lock.
    enum class Of { the_moment_of_each_read };
    ReadView(const Store& store, Of of);
    ~ReadView();
    ReadView(const ReadView&) = delete;
    ReadView& operator=(const ReadView&) = delete;

    std::optional<std::string> get(Table table, std::string_view key) const;
    // The same for a row that never changes once it is there, and that the view is known to see, as
    // another row names it. Those of `details` that were asked for lately are found at once.
    std::optional<std::string> get_final(Table table, std::string_view key) const;

    // The row with the greatest key that is not greater than `key` and begins with `prefix`.
    struct Row {
        std::string key;
        std::string value;
    };
    std::optional<Row> last_at_or_before(Table table, std::string_view key,
                                         std::string_view prefix) const;

    // Rows whose key begins with `prefix`, from `from` on (which begins with it too), in order,
    // until `visit` says false. The views are good during the call. Each row counts as work
    // (work_watch.hpp).
    using Visit = std::function<bool(std::string_view key, std::string_view value)>;
    void scan(Table table, std::string_view prefix, std::string_view from,
              const Visit& visit) const;

    std::unique_ptr<rocksdb::Iterator> iterate(Table table) const;
    // For much that is read once: what others need stays in the cache.
    std::unique_ptr<rocksdb::Iterator> iterate_once(Table table) const;
    // For reading a whole table in order: far ahead, and without filling the cache.
    std::unique_ptr<rocksdb::Iterator> iterate_whole(Table table) const;

    // What the rows whose key begins with `prefix` take in files and in memory, roughly: those in
    // files are packed. Costs a look at the indexes.
    std::uint64_t approximate_bytes(Table table, std::string_view prefix) const;

    const Store& store() const { return store_; }

  private:
    rocksdb::ReadOptions options() const;

    const Store& store_;
    std::shared_lock<std::shared_mutex> lock_;
    const rocksdb::Snapshot* snapshot_ = nullptr;  // none where the store does not move
};

// Throws StorageError where RocksDB reports anything but success.
void require_ok(const rocksdb::Status& status, std::string_view doing);
// The same with ReadError, where rows are read.
void require_read(const rocksdb::Status& status, std::string_view doing);

// The position of the last row in `events`; 0 if the log is empty. Does not look at the line.
Position last_position(const ReadView& view);

}  // namespace threatatlas
