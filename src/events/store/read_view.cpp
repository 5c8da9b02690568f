#include "events/store/read_view.hpp"

#include "base/work_watch.hpp"
#include "events/store/database.hpp"
#include "events/store/earliest_time.hpp"
#include "events/store/keys.hpp"
#include "events/store/store.hpp"

namespace threatatlas::store {
namespace {

// The read-ahead size for whole tables.
constexpr std::size_t read_ahead_bytes = std::size_t{2} << 20U;

}  // namespace

ReadView::ReadView(const Store& store, base::IoWaitHook* hook)
    : store_(store), lock_(store.use()), hook_(hook) {
    if (store.is_writable()) {
        snapshot_ = store.database_->db().GetSnapshot();
    }
}

ReadView::ReadView(const Store& store, Of /*of*/, base::IoWaitHook* hook)
    : store_(store), lock_(store.use()), hook_(hook) {}

ReadView::~ReadView() {
    if (snapshot_ != nullptr) {
        store_.database_->db().ReleaseSnapshot(snapshot_);
    }
}

rocksdb::ReadOptions ReadView::options() const {
    rocksdb::ReadOptions options;
    options.snapshot = snapshot_;
    return options;
}

std::optional<std::string> ReadView::get(Table table, std::string_view key) const {
    return store_.database_->get(options(), table, key, hook_);
}

std::optional<std::string> ReadView::get_final(Table table, std::string_view key) const {
    if (table != Table::details) {
        return get(table, key);
    }
    ImmutableRowCache& cache = store_.database_->details_rows();
    auto row = cache.find(key);
    if (!row) {
        row = get(table, key);
        if (row) {
            cache.insert(key, *row);
        }
    }
    return row;
}

std::optional<ReadView::Row> ReadView::last_at_or_before(Table table, std::string_view key,
                                                         std::string_view prefix) const {
    const Database& database = *store_.database_;
    std::optional<Row> row;
    const auto seek = [&](rocksdb::Iterator& rows) {
        rows.SeekForPrev(key);
        if (rows.Valid() && rows.key().ToStringView().starts_with(prefix)) {
            row = {rows.key().ToString(), rows.value().ToString()};
        }
        return rows.status();
    };
    const bool has_time = table == Table::history && key.size() == 2 * be64_bytes;
    const std::uint64_t micros = has_time ? read_be64(key.substr(be64_bytes)) : 0;
    rocksdb::ReadOptions reading = options();
    if (has_time) {
        reading.table_filter = [micros](const rocksdb::TableProperties& file) {
            return earliest_time_in(file) <= micros;
        };
    }
    const bool may_use_cached = has_time && store_.is_writable() && snapshot_ == nullptr;
    const auto status = read_with_hook(reading, hook_, [&](const rocksdb::ReadOptions& options) {
        return may_use_cached
                   ? seek(*database.history_iterators().take(database.db(), database.handle(table),
                                                             options.read_tier, micros))
                   : seek(*database.rows(options, table));
    });
    require_read(status, "seeking a row");
    return row;
}

void ReadView::scan(Table table, std::string_view prefix, std::string_view from,
                    const Visit& visit) const {
    RowIterator rows = iterate(table);
    for (rows.seek(from); rows.valid() && rows.key().starts_with(prefix); rows.next()) {
        base::note_row_of_work();
        if (!visit(rows.key(), rows.value())) {
            break;
        }
    }
}

RowIterator ReadView::iterate(Table table, std::string_view doing) const {
    return {store_.database_->rows(options(), table), doing};
}

RowIterator ReadView::iterate_once(Table table, std::string_view doing) const {
    auto once = options();
    once.fill_cache = false;
    return {store_.database_->rows(once, table), doing};
}

RowIterator ReadView::iterate_whole(Table table, std::string_view doing) const {
    auto whole = options();
    whole.readahead_size = read_ahead_bytes;
    whole.fill_cache = false;
    return {store_.database_->rows(whole, table), doing};
}

std::uint64_t ReadView::approximate_bytes(Table table, std::string_view prefix) const {
    rocksdb::ColumnFamilyHandle* const family = store_.database_->handle(table);
    if (family == nullptr) {
        return 0;
    }
    const std::string end = std::string(prefix) + key_beyond_all();
    const rocksdb::Range range(prefix, end);
    rocksdb::SizeApproximationOptions counting;
    counting.include_memtables = true;
    std::uint64_t bytes = 0;
    require_read(store_.database_->db().GetApproximateSizes(counting, family, &range, 1, &bytes),
                 "sizing rows");
    return bytes;
}

Position last_position(const ReadView& view) {
    RowIterator rows = view.iterate(Table::events, "finding the end of the log");
    rows.seek_to_last();
    return rows.valid() ? read_be64(rows.key()) : 0;
}

}  // namespace threatatlas::store
