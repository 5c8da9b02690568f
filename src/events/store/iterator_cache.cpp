#include "events/store/iterator_cache.hpp"

#include <algorithm>
#include <limits>

#include "events/store/earliest_time.hpp"

namespace threatatlas::store {
namespace {

std::size_t number_of_thread() {
    static std::atomic<std::size_t> threads{0};
    thread_local const std::size_t number = threads.fetch_add(1, std::memory_order_relaxed);
    return number;
}

// An iterator whose read missed the memory tier is kept, because the missing block is usually in
// memory next time. But one that missed the index of a file misses it forever, so the number of
// consecutive misses is limited.
constexpr int misses_max = 8;

}  // namespace

class IteratorCache::Entry {
  public:
    Entry(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* table, rocksdb::ReadTier tier,
          std::uint64_t micros, std::uint64_t releases)
        : tier_(tier), releases_(releases), micros_(micros) {
        rocksdb::ReadOptions options;
        options.read_tier = tier;
        options.table_filter = [this](const rocksdb::TableProperties& file) {
            return may_have_row(file);
        };
        rows_.reset(db.NewIterator(options, table));
    }

    // Prepares the iterator for another read. Returns false if it cannot be used for it.
    bool prepare_for(std::uint64_t micros) {
        if (micros >= first_left_out_) {
            return false;
        }
        micros_ = micros;
        return rows_->Refresh().ok();
    }

    // Call after a read.
    bool is_worth_keeping() {
        const rocksdb::Status status = rows_->status();
        misses_ = status.IsIncomplete() ? misses_ + 1 : 0;
        return status.ok() || (status.IsIncomplete() && misses_ < misses_max);
    }

    rocksdb::Iterator& rows() const { return *rows_; }
    rocksdb::ReadTier tier() const { return tier_; }
    std::uint64_t releases() const { return releases_; }

  private:
    // RocksDB calls this when the iterator opens a file, which may be long after construction.
    bool may_have_row(const rocksdb::TableProperties& file) {
        const std::uint64_t earliest = earliest_time_in(file);
        if (earliest <= micros_) {
            return true;
        }
        first_left_out_ = std::min(first_left_out_, earliest);
        return false;
    }

    const rocksdb::ReadTier tier_;
    const std::uint64_t releases_;  // value of the cache's counter at construction
    std::uint64_t micros_;          // upper limit of the current read
    int misses_ = 0;                // consecutive misses
    // The earliest time in any skipped file; skipped files stay skipped.
    std::uint64_t first_left_out_ = std::numeric_limits<std::uint64_t>::max();
    std::unique_ptr<rocksdb::Iterator> rows_;  // last member: it uses the members above
};

IteratorCache::Use::Use(IteratorCache& cache, std::unique_ptr<Entry> entry)
    : cache_(cache), entry_(std::move(entry)) {}

IteratorCache::Use::~Use() {
    if (entry_->is_worth_keeping()) {
        cache_.put_back(std::move(entry_));
    }
}

rocksdb::Iterator& IteratorCache::Use::operator*() const {
    return entry_->rows();
}

IteratorCache::IteratorCache(std::string table_name) : table_name_(std::move(table_name)) {}

IteratorCache::~IteratorCache() {
    release_all();
}

IteratorCache::Use IteratorCache::take(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* table,
                                       rocksdb::ReadTier tier, std::uint64_t micros) {
    // Read first, so that a release after this point also applies to the entry created below.
    const std::uint64_t releases = releases_.load();
    std::unique_ptr<Entry> entry(slots_of(tier)[number_of_thread() % threads].exchange(nullptr));
    if (!entry || !entry->prepare_for(micros)) {
        entry.reset();
        entry = std::make_unique<Entry>(db, table, tier, micros, releases);
    }
    return {*this, std::move(entry)};
}

void IteratorCache::put_back(std::unique_ptr<Entry> entry) {
    const std::uint64_t releases = entry->releases();
    if (releases != releases_.load()) {
        return;
    }
    std::atomic<Entry*>& slot = slots_of(entry->tier())[number_of_thread() % threads];
    entry.reset(slot.exchange(entry.release()));
    // A concurrent release may already have passed this slot.
    if (releases != releases_.load()) {
        entry.reset(slot.exchange(nullptr));
    }
}

void IteratorCache::release_all() {
    ++releases_;
    for (Slots* const slots : {&full_reads_, &memory_reads_}) {
        for (std::atomic<Entry*>& slot : *slots) {
            const std::unique_ptr<Entry> entry(slot.exchange(nullptr));
        }
    }
}

void IteratorCache::OnFlushCompleted(rocksdb::DB* /*db*/, const rocksdb::FlushJobInfo& job) {
    if (job.cf_name == table_name_) {
        release_all();
    }
}

void IteratorCache::OnCompactionCompleted(rocksdb::DB* /*db*/,
                                          const rocksdb::CompactionJobInfo& job) {
    if (job.cf_name == table_name_) {
        release_all();
    }
}

}  // namespace threatatlas::store
