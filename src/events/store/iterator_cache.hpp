#pragma once

/// Iterators that served one question about the past and are kept for the next one: creating one
/// costs as much as the seek. Rows and files that they pin, as of their last use, are released
/// whenever the table is flushed or compacted. Private to events/store.

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include <rocksdb/db.h>
#include <rocksdb/listener.h>

namespace threatatlas::store {

/// For any thread. A listener of the database whose table it reads.
class IteratorCache final : public rocksdb::EventListener {
  public:
    /// For a table with keys (id, time).
    explicit IteratorCache(std::string table_name);
    ~IteratorCache() override;
    IteratorCache(const IteratorCache&) = delete;
    IteratorCache& operator=(const IteratorCache&) = delete;

    class Entry;
    /// One iterator in use by one thread. Returned to the cache at the end, unless a read failed.
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

    /// An iterator that sees the newest rows, for seeking times up to `micros`: it leaves out files
    /// with later times only (earliest_time.hpp). The caller prevents the database from being
    /// closed meanwhile.
    Use take(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* table, rocksdb::ReadTier tier,
             std::uint64_t micros);

    /// Before the database is closed, and after rows were removed.
    void release_all();

    void OnFlushCompleted(rocksdb::DB* db, const rocksdb::FlushJobInfo& job) override;
    void OnCompactionCompleted(rocksdb::DB* db, const rocksdb::CompactionJobInfo& job) override;

  private:
    void put_back(std::unique_ptr<Entry> entry);

    // Each entry is owned by the thread that takes it out. A thread has a slot for each tier, at
    // the index of its number. With more threads than slots some share one: the second of them
    // creates a new iterator.
    static constexpr std::size_t threads = 64;
    using Slots = std::array<std::atomic<Entry*>, threads>;
    Slots& slots_of(rocksdb::ReadTier tier) {
        return tier == rocksdb::kReadAllTier ? full_reads_ : memory_reads_;
    }

    const std::string table_name_;
    Slots full_reads_{};
    Slots memory_reads_{};
    std::atomic<std::uint64_t> releases_{0};  // calls of release_all()
};

}  // namespace threatatlas::store
