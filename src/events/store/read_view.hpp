#pragma once

/// Reads of the store.

#include <cstdint>
#include <functional>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>

#include "base/io_wait_hook.hpp"
#include "events/store/ids.hpp"
#include "events/store/row_iterator.hpp"
#include "events/store/table.hpp"

namespace rocksdb {
class Snapshot;
struct ReadOptions;
}  // namespace rocksdb

namespace threatatlas::store {

class Store;

/// Reads that all see the same state of the store. Cheap to create. Keep it for one answer only:
/// the store cannot be reopened while a view exists. Used by one thread. The store must outlive it.
/// Reads throw ReadError.
class ReadView {
  public:
    /// `hook` is called when get(), get_final() and last_at_or_before() have to wait for the disk;
    /// null: nothing is called. It must outlive the view. Throws StorageError while the store is
    /// being reopened.
    explicit ReadView(const Store& store, base::IoWaitHook* hook = nullptr);
    /// Each read sees the newest state: for answers that consist of one row, or whose further rows
    /// never change. Avoids the snapshot, which takes a lock shared by all readers and the writer.
    enum class Of { the_moment_of_each_read };
    ReadView(const Store& store, Of of, base::IoWaitHook* hook = nullptr);
    ~ReadView();
    ReadView(const ReadView&) = delete;
    ReadView& operator=(const ReadView&) = delete;

    /// The row of a key; nullopt if there is none.
    std::optional<std::string> get(Table table, std::string_view key) const;
    /// The same for a row that never changes after it is written and is known to be visible,
    /// because another visible row refers to it. Recently read rows of `details` are cached.
    std::optional<std::string> get_final(Table table, std::string_view key) const;

    /// The row with the greatest key that is not greater than `key` and begins with `prefix`.
    struct Row {
        std::string key;
        std::string value;
    };
    std::optional<Row> last_at_or_before(Table table, std::string_view key,
                                         std::string_view prefix) const;

    /// Visits rows whose key begins with `prefix`, starting at `from` (which begins with it too),
    /// in order, until `visit` returns false. The arguments of `visit` are valid during the call.
    /// Each row counts as work (work_watch.hpp).
    using Visit = std::function<bool(std::string_view key, std::string_view value)>;
    void scan(Table table, std::string_view prefix, std::string_view from,
              const Visit& visit) const;

    /// `doing` describes the work in error messages; must be a literal.
    RowIterator iterate(Table table, std::string_view doing = "reading rows") const;
    /// For many rows that are read once: does not displace cached blocks.
    RowIterator iterate_once(Table table, std::string_view doing = "reading rows") const;
    /// For reading a whole table in order: reads ahead and does not fill the cache.
    RowIterator iterate_whole(Table table, std::string_view doing = "reading rows") const;

    /// The approximate size of the rows whose key begins with `prefix`, in memory and in files,
    /// where they are compressed. Only reads indexes.
    std::uint64_t approximate_bytes(Table table, std::string_view prefix) const;

    const Store& store() const { return store_; }

  private:
    rocksdb::ReadOptions options() const;

    const Store& store_;
    std::shared_lock<std::shared_mutex> lock_;
    base::IoWaitHook* const hook_;
    const rocksdb::Snapshot* snapshot_ = nullptr;  // null if the store never changes
};

/// The position of the last row in `events`; 0 if the log is empty. Does not read the line.
Position last_position(const ReadView& view);

}  // namespace threatatlas::store
