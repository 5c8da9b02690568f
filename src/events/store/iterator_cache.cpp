#include "events/store/iterator_cache.hpp"

#include <algorithm>
#include <limits>

#include "events/store/earliest_time.hpp"

namespace threatatlas {
namespace {

std::size_t number_of_thread() {
    static std::atomic<std::size_t> threads{0};
    thread_local const std::size_t number = threads.fetch_add(1, std::memory_order_relaxed);
    return number;
}

// Where a block was not in memory it will be the next time; but an iterator that missed the index
// of a file misses it for ever.
constexpr int misses_max = 8;

}  // namespace

class IteratorCache::Kept {
  public:
    Kept(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* table, rocksdb::ReadTier tier,
         std::uint64_t micros, std::uint64_t times_let_go)
        : tier_(tier), times_let_go_(times_let_go), micros_(micros) {
        rocksdb::ReadOptions options;
        options.read_tier = tier;
        options.table_filter = [this](const rocksdb::TableProperties& file) {
            return may_hold_row(file);
        };
        rows_.reset(db.NewIterator(options, table));
    }

    // Whether it is good for another question, and made ready for it.
    bool turn_to(std::uint64_t micros) {
        if (micros >= first_left_out_) {
            return false;
        }
        micros_ = micros;
        return rows_->Refresh().ok();
    }

    // After a question.
    bool is_worth_keeping() {
        const rocksdb::Status status = rows_->status();
        misses_ = status.IsIncomplete() ? misses_ + 1 : 0;
        return status.ok() || (status.IsIncomplete() && misses_ < misses_max);
    }

    rocksdb::Iterator& rows() const { return *rows_; }
    rocksdb::ReadTier tier() const { return tier_; }
    std::uint64_t times_let_go() const { return times_let_go_; }

  private:
    // Asked when a file is opened, which may be long after this was made.
    bool may_hold_row(const rocksdb::TableProperties& file) {
        const std::uint64_t earliest = earliest_time_in(file);
        if (earliest <= micros_) {
            return true;
        }
        first_left_out_ = std::min(first_left_out_, earliest);
        return false;
    }

    const rocksdb::ReadTier tier_;
    const std::uint64_t times_let_go_;  // when it was made
    std::uint64_t micros_;              // of the question in hand
    int misses_ = 0;                    // in a row
    // The earliest time in any file that was left out, for good.
    std::uint64_t first_left_out_ = std::numeric_limits<std::uint64_t>::max();
    std::unique_ptr<rocksdb::Iterator> rows_;  // last: it asks the members above
};

IteratorCache::Use::Use(IteratorCache& home, std::unique_ptr<Kept> kept)
    : home_(home), kept_(std::move(kept)) {}

IteratorCache::Use::~Use() {
    if (kept_->is_worth_keeping()) {
        home_.keep(std::move(kept_));
    }
}

rocksdb::Iterator& IteratorCache::Use::operator*() const {
    return kept_->rows();
}

IteratorCache::IteratorCache(std::string table_name) : table_name_(std::move(table_name)) {}

IteratorCache::~IteratorCache() {
    let_go();
}

IteratorCache::Use IteratorCache::use(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* table,
                                      rocksdb::ReadTier tier, std::uint64_t micros) {
    // Read first: whatever is let go from here on concerns the one that is made below.
    const std::uint64_t times_let_go = times_let_go_.load();
    std::unique_ptr<Kept> kept(places_of(tier)[number_of_thread() % threads].exchange(nullptr));
    if (!kept || !kept->turn_to(micros)) {
        kept.reset();
        kept = std::make_unique<Kept>(db, table, tier, micros, times_let_go);
    }
    return {*this, std::move(kept)};
}

void IteratorCache::keep(std::unique_ptr<Kept> kept) {
    const std::uint64_t times_let_go = kept->times_let_go();
    if (times_let_go != times_let_go_.load()) {
        return;
    }
    std::atomic<Kept*>& place = places_of(kept->tier())[number_of_thread() % threads];
    kept.reset(place.exchange(kept.release()));
    // Who let go of everything just then may have looked here before.
    if (times_let_go != times_let_go_.load()) {
        kept.reset(place.exchange(nullptr));
    }
}

void IteratorCache::let_go() {
    ++times_let_go_;
    for (Places* const places : {&reads_all_, &reads_memory_}) {
        for (std::atomic<Kept*>& place : *places) {
            const std::unique_ptr<Kept> kept(place.exchange(nullptr));
        }
    }
}

void IteratorCache::OnFlushCompleted(rocksdb::DB* /*db*/, const rocksdb::FlushJobInfo& job) {
    if (job.cf_name == table_name_) {
        let_go();
    }
}

void IteratorCache::OnCompactionCompleted(rocksdb::DB* /*db*/,
                                          const rocksdb::CompactionJobInfo& job) {
    if (job.cf_name == table_name_) {
        let_go();
    }
}

}  // namespace threatatlas
