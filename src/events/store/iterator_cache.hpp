#pragma once

// Iterators that were used for a question about the past and will be for the next one: to make one
// costs as much as the seek. What they hold on to, rows and files as of their last use, is let go
// whenever the table is written out or merged.

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include <rocksdb/db.h>
#include <rocksdb/listener.h>

namespace threatatlas {

// For any thread. It listens to the database whose table it reads.
class IteratorCache final : public rocksdb::EventListener {
  public:
    // Of a table with keys (id, time).
    explicit IteratorCache(std::string table_name);
    ~IteratorCache() override;
    IteratorCache(const IteratorCache&) = delete;
    IteratorCache& operator=(const IteratorCache&) = delete;

    class Kept;
    // One iterator in use, by one thread. Is kept when this ends, unless a read failed.
    class Use {
      public:
        Use(IteratorCache& home, std::unique_ptr<Kept> kept);
        ~Use();
        Use(const Use&) = delete;
        Use& operator=(const Use&) = delete;

        rocksdb::Iterator& operator*() const;

      private:
        IteratorCache& home_;
        std::unique_ptr<Kept> kept_;
    };

    // One that sees the rows of now, for seeking times up to `micros`: it leaves out files that
    // hold later ones only (earliest_time.hpp). The caller keeps the database from being closed
    // meanwhile.
    Use use(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* table, rocksdb::ReadTier tier,
            std::uint64_t micros);

    // Before the database is closed, and after rows were removed.
    void let_go();

    void OnFlushCompleted(rocksdb::DB* db, const rocksdb::FlushJobInfo& job) override;
    void OnCompactionCompleted(rocksdb::DB* db, const rocksdb::CompactionJobInfo& job) override;

  private:
    void keep(std::unique_ptr<Kept> kept);

    // Each owned by whoever takes it out. A thread keeps its iterators, one that reads all there is
    // and one that does with what is in memory, where its number says. With more threads than that
    // some share their places; who comes second makes a new one.
    static constexpr std::size_t threads = 64;
    using Places = std::array<std::atomic<Kept*>, threads>;
    Places& places_of(rocksdb::ReadTier tier) {
        return tier == rocksdb::kReadAllTier ? reads_all_ : reads_memory_;
    }

    const std::string table_name_;
    Places reads_all_{};
    Places reads_memory_{};
    std::atomic<std::uint64_t> times_let_go_{0};
};

}  // namespace threatatlas
