#pragma once

/// Caches iterators for reads about the past: creating one costs as much as the seek. The rows and
/// files that they pin, as of their last use, are released whenever the table is flushed or
/// compacted. Private to events/store.

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include <rocksdb/db.h>
#include <rocksdb/listener.h>

namespace threatatlas::store {

/// Thread-safe. Must be registered as a listener of the database.
class IteratorCache final : public rocksdb::EventListener {
  public:
    /// For a table with keys (id, time).
    explicit IteratorCache(std::string table_name);
    ~IteratorCache() override;
    IteratorCache(const IteratorCache&) = delete;
    IteratorCache& operator=(const IteratorCache&) = delete;

    class Entry;
    /// An iterator in use by one thread. The destructor returns it to the cache unless a read
    /// failed.
    class Use {
      public:
        Use(IteratorCache& cache, std::unique_ptr<Entry> entry);
        ~Use();
        Use(const Use&) = delete;
        Use& operator=(const Use&) = delete;

        rocksdb::Iterator& operator*() const;

      private:
        IteratorCache& cache_;
        std::unique_ptr<Entry> entry_;
    };

    /// Returns an iterator over the newest rows, for seeking times up to `micros`: it skips files
    /// that contain only later times (earliest_time.hpp). The caller must prevent the database from
    /// being closed meanwhile.
    Use take(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* table, rocksdb::ReadTier tier,
             std::uint64_t micros);

    /// Call before the database is closed, and after rows were removed.
    void release_all();

    void OnFlushCompleted(rocksdb::DB* db, const rocksdb::FlushJobInfo& job) override;
    void OnCompactionCompleted(rocksdb::DB* db, const rocksdb::CompactionJobInfo& job) override;

  private:
    void put_back(std::unique_ptr<Entry> entry);

    // The thread that takes an entry owns it. Each thread has one slot per tier, indexed by its
    // number. If there are more threads than slots, some share a slot, and the second of them
    // creates a new iterator.
    static constexpr std::size_t threads = 64;
    using Slots = std::array<std::atomic<Entry*>, threads>;
    Slots& slots_of(rocksdb::ReadTier tier) {
        return tier == rocksdb::kReadAllTier ? full_reads_ : memory_reads_;
    }

    const std::string table_name_;
    Slots full_reads_{};
    Slots memory_reads_{};
    std::atomic<std::uint64_t> releases_{0};  // number of calls of release_all()
};

}  // namespace threatatlas::store
