#include "events/store/store.hpp"

#include <algorithm>
#include <array>
#include <mutex>

#include <fmt/format.h>
#include <rocksdb/listener.h>
#include <rocksdb/utilities/checkpoint.h>

#include "base/io_wait_hook.hpp"
#include "base/work_watch.hpp"
#include "events/store/data_directory.hpp"
#include "events/store/earliest_time.hpp"
#include "events/store/file_snapshot.hpp"
#include "events/store/held_directory.hpp"
#include "events/store/high_water_mark.hpp"
#include "events/store/immutable_row_cache.hpp"
#include "events/store/iterator_cache.hpp"
#include "events/store/keys.hpp"
#include "events/store/table_options.hpp"

namespace threatatlas {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, table_count> table_names{
    "events",   "history",      "details", "products",    "threats",   "mitigations", "elements",
    "coverage", "external_ids", "tokens",  "idempotency", "token_use", "tiles",       "meta"};

// Tables that are read whole come in pieces of this size.
constexpr std::size_t read_ahead_bytes = std::size_t{2} << 20U;

fs::path database_directory(const fs::path& data) {
    return data / "rocksdb";
}

// One read, which says how it went. Where the thread's waits for the disk are told, first of what
// is in memory: only where that is not enough is there a wait to tell of.
template <class Read>
rocksdb::Status told_read(rocksdb::ReadOptions options, const Read& read) {
    if (io_wait_hook_of_thread() == nullptr) {
        return read(options);
    }
    options.read_tier = rocksdb::kBlockCacheTier;
    const rocksdb::Status status = read(options);
    if (!status.IsIncomplete()) {
        return status;
    }
    const IoWait wait;
    options.read_tier = rocksdb::kReadAllTier;
    return read(options);
}

// A table that is not there has no rows.
std::optional<std::string> row_of(rocksdb::DB& db, const rocksdb::ReadOptions& options,
                                  rocksdb::ColumnFamilyHandle* table, std::string_view key) {
    if (table == nullptr) {
        return std::nullopt;
    }
    std::string value;
    const auto status = told_read(options, [&](const rocksdb::ReadOptions& reading) {
        return db.Get(reading, table, key, &value);
    });
    if (status.IsNotFound()) {
        return std::nullopt;
    }
    require_read(status, "reading a row");
    return value;
}

std::unique_ptr<rocksdb::Iterator> rows_of(rocksdb::DB& db, const rocksdb::ReadOptions& options,
                                           rocksdb::ColumnFamilyHandle* table) {
    return std::unique_ptr<rocksdb::Iterator>(table == nullptr ? rocksdb::NewEmptyIterator()
                                                               : db.NewIterator(options, table));
}

// RocksDB has no code of its own for it, and "lock" alone may stand in any path.
bool is_lock_conflict(const rocksdb::Status& status) {
    const std::string text = status.ToString();
    return status.IsIOError() && (text.find("While lock file: ") != std::string::npos ||
                                  text.find("lock hold by current process") != std::string::npos);
}

}  // namespace

StoreRefused::StoreRefused(const std::string& text) : std::runtime_error(with_usual_names(text)) {}

StorageError::StorageError(const std::string& text) : std::runtime_error(with_usual_names(text)) {}

std::string_view table_name(Table table) {
    return table_names[static_cast<std::size_t>(table)];
}

std::vector<Table> projection_tables() {
    return {Table::history,  Table::details,      Table::products,
            Table::threats,  Table::mitigations,  Table::elements,
            Table::coverage, Table::external_ids, Table::tokens};
}

void require_ok(const rocksdb::Status& status, std::string_view doing) {
    if (!status.ok()) {
        throw StorageError(fmt::format("{}: {}", doing, status.ToString()));
    }
}

void require_read(const rocksdb::Status& status, std::string_view doing) {
    if (!status.ok()) {
        throw ReadError(fmt::format("{}: {}", doing, status.ToString()));
    }
}

// Told on RocksDB's own threads.
class Store::FaultListener final : public rocksdb::EventListener {
  public:
    void OnBackgroundError(rocksdb::BackgroundErrorReason, rocksdb::Status* fault) override {
        if (fault->severity() >= rocksdb::Status::Severity::kHardError) {
            const std::lock_guard lock(mutex_);
            fault_ = fault->ToString();
        }
    }
    std::optional<std::string> fault() const {
        const std::lock_guard lock(mutex_);
        return fault_;
    }
    void forget() {
        const std::lock_guard lock(mutex_);
        fault_.reset();
    }

  private:
    mutable std::mutex mutex_;
    std::optional<std::string> fault_;
};

Store::Store(fs::path data, const StoreOptions& options, bool writable)
    : data_(std::move(data)),
      options_(options),
      writable_(writable),
      held_(writable ? std::make_unique<HeldDirectory>(data_) : nullptr),
      faults_(std::make_shared<FaultListener>()),
      past_(std::make_shared<IteratorCache>(std::string(table_name(Table::history)))),
      final_details_(std::make_unique<ImmutableRowCache>()) {}

std::unique_ptr<Store> Store::open(const fs::path& data, const StoreOptions& options) {
    require_data_directory(data, options.create);
    require_safe_directory(data);
    std::unique_ptr<Store> store(new Store(data, options, true));
    store->open_database();
    // Only now that no other program has it open: an earlier one could not start on it any more.
    upgrade_data_directory(store->own_data());
    return store;
}

std::unique_ptr<Store> Store::open_for_import(const fs::path& data) {
    begin_import_directory(data);
    return open_unfinished(data);
}

std::unique_ptr<Store> Store::open_unfinished(const fs::path& data) {
    std::unique_ptr<Store> store(new Store(data, StoreOptions{}, true));
    store->open_database();
    return store;
}

void Store::finish_import() {
    require_own_directory();
    finish_import_directory(own_data());
}

void Store::open_database() {
    auto database = database_options();
    database.create_if_missing = true;
    database.create_missing_column_families = true;
    if (options_.environment != nullptr) {
        database.env = options_.environment;
    }
    faults_->forget();
    database.listeners = {faults_, past_};
    rocksdb::DB* db = nullptr;
    const auto status =
        rocksdb::DB::Open(database, held_->database().string(),
                          table_descriptors(options_.cache_mebibytes), &handles_, &db);
    if (is_lock_conflict(status)) {
        throw StoreRefused(
            fmt::format("{} is in use by another process: stop that one first", data_.string()));
    }
    require_ok(status, "opening the database");
    db_.reset(db);
    // Merging tables can wait for whoever wants to run.
    static_cast<void>(
        db_->GetEnv()->LowerThreadPoolCPUPriority(rocksdb::Env::LOW, rocksdb::CpuPriority::kLow));
}

void Store::close_database() {
    if (!db_) {
        return;
    }
    past_->let_go();
    final_details_->forget();
    for (auto* handle : handles_) {
        if (handle != nullptr) {
            static_cast<void>(db_->DestroyColumnFamilyHandle(handle));
        }
    }
    handles_.clear();
    static_cast<void>(db_->Close());
    db_.reset();
}

StoreUse Store::use_of_memory_and_files() const {
    const auto lock = use();
    const auto sum_of = [this](const rocksdb::Slice& property) {
        std::uint64_t sum = 0;
        static_cast<void>(db_->GetAggregatedIntProperty(property, &sum));
        return sum;
    };
    StoreUse used{.memory_table_bytes = sum_of(rocksdb::DB::Properties::kSizeAllMemTables),
                  .cache_bytes = 0,
                  .reader_bytes = sum_of(rocksdb::DB::Properties::kEstimateTableReadersMem),
                  .files = 0};
    // All tables share one cache.
    static_cast<void>(db_->GetIntProperty(
        handle(Table::events), rocksdb::DB::Properties::kBlockCacheUsage, &used.cache_bytes));
    std::vector<rocksdb::LiveFileMetaData> files;
    db_->GetLiveFilesMetaData(&files);
    used.files = files.size();
    return used;
}

std::vector<fs::path> Store::files_of(Table table) const {
    const auto lock = use();
    rocksdb::ColumnFamilyMetaData known;
    db_->GetColumnFamilyMetaData(handle(table), &known);
    std::vector<fs::path> files;
    for (const rocksdb::LevelMetaData& level : known.levels) {
        for (const rocksdb::SstFileMetaData& file : level.files) {
            files.emplace_back(file.db_path + file.name);
        }
    }
    return files;
}

std::optional<std::string> Store::background_fault() const {
    return faults_->fault();
}

const fs::path& Store::own_data() const {
    return held_ ? held_->data() : data_;
}

std::optional<std::string> Store::directory_fault() const {
    return held_ ? held_->fault([this] { return needed_files(); }) : std::nullopt;
}

void Store::require_own_directory() const {
    if (const auto fault = directory_fault()) {
        throw StorageError(fmt::format("{}: {}", data_.string(), *fault));
    }
}

std::vector<std::string> Store::needed_files() const {
    if (closed_) {
        return {};
    }
    const auto lock = use();
    std::vector<rocksdb::LiveFileMetaData> tables;
    db_->GetLiveFilesMetaData(&tables);
    std::vector<std::string> names;
    for (const auto& table : tables) {
        names.push_back(table.name.substr(1));
    }
    std::unique_ptr<rocksdb::LogFile> log;
    const bool has_log = db_->GetCurrentWalFile(&log).ok();
    // If there is none, its name is not known: one that no file has.
    names.push_back(has_log ? log->PathName().substr(1) : "000000.log");
    return names;
}

void Store::reopen() {
    closed_ = true;
    const std::lock_guard alone(in_use_);
    close_database();
    open_database();
    closed_ = false;
}

std::shared_lock<std::shared_mutex> Store::use() const {
    // Asked before the lock, so that a store that is to be opened again is not kept busy for ever.
    if (closed_) {
        throw StorageError("the database is being opened again");
    }
    std::shared_lock lock(in_use_);
    if (closed_) {
        throw StorageError("the database could not be opened again");
    }
    return lock;
}

std::unique_ptr<Store> Store::open_beside(const fs::path& data, const fs::path& scratch) {
    require_data_directory(data, false);
    const fs::path database = database_directory(data);
    // A picture takes milliseconds, and even a busy writer moves rows between files only now and
    // then: where it did, the next picture will do.
    constexpr int attempts_max = 100;
    for (int attempt = 0; attempt < attempts_max; ++attempt) {
        const fs::path picture = scratch / fmt::format("picture-{}", attempt);
        const ManifestState before = manifest_state(database);
        if (take_still_picture(database, picture)) {
            std::unique_ptr<Store> store(new Store(data, StoreOptions{}, false));
            const auto status = store->open_still(picture);
            if (status.ok()) {
                return store;
            }
            if (manifest_state(database) == before) {
                require_ok(status, "opening the database for reading");
            }
        }
        fs::remove_all(picture);
    }
    throw StorageError("the files change faster than they can be opened: try again");
}

rocksdb::Status Store::open_still(const fs::path& picture) {
    std::vector<std::string> there;
    auto status = rocksdb::DB::ListColumnFamilies(database_options(), picture.string(), &there);
    if (!status.ok()) {
        return status;
    }
    auto tables = table_descriptors(options_.cache_mebibytes);
    const auto is_missing = [&there](const rocksdb::ColumnFamilyDescriptor& table) {
        return std::find(there.begin(), there.end(), table.name) == there.end();
    };
    std::vector<std::size_t> missing;
    for (std::size_t i = 0; i < tables.size(); ++i) {
        if (is_missing(tables[i])) {
            missing.push_back(i);
        }
    }
    tables.erase(std::remove_if(tables.begin(), tables.end(), is_missing), tables.end());
    rocksdb::DB* db = nullptr;
    // All tables are opened here and now (max_open_files -1): deleting them later does no harm.
    status =
        rocksdb::DB::OpenForReadOnly(database_options(), picture.string(), tables, &handles_, &db);
    db_.reset(db);
    if (status.ok()) {
        for (const std::size_t i : missing) {
            handles_.insert(handles_.begin() + static_cast<std::ptrdiff_t>(i), nullptr);
        }
    }
    return status;
}

std::unique_ptr<Store> Store::copy_to(const fs::path& unfinished) const {
    const auto lock = use();
    const HighWaterMark known = read_mark(own_data());
    rocksdb::Checkpoint* made = nullptr;
    require_ok(rocksdb::Checkpoint::Create(db_.get(), &made), "preparing a copy");
    const std::unique_ptr<rocksdb::Checkpoint> checkpoint(made);
    const fs::path database = database_directory(unfinished);
    require_ok(checkpoint->CreateCheckpoint(database.string()), "copying the database");

    std::unique_ptr<Store> copy(new Store(unfinished, StoreOptions{}, false));
    require_ok(copy->open_still(database), "opening the copy");
    const Position position = last_position(ReadView(*copy));
    if (position < known.position) {
        throw StorageError(
            fmt::format("the log in {} ends at position {}, and was known to be {} "
                        "long",
                        data_.string(), position, known.position));
    }
    // Read after the copy was made: what was answered for good until then stays final.
    HighWaterMarkFile(unfinished).set({position, read_mark(own_data()).answered_until});
    return copy;
}

void Store::check_files() const {
    const auto lock = use();
    require_ok(db_->VerifyChecksum(rocksdb::ReadOptions()), "checking the files");
}

Store::~Store() {
    close_database();
}

std::optional<std::string> Store::get(Table table, std::string_view key) const {
    const auto lock = use();
    return row_of(*db_, rocksdb::ReadOptions(), handle(table), key);
}

void Store::write(rocksdb::WriteBatch& batch) {
    require_own_directory();
    rocksdb::WriteOptions options;
    options.sync = true;
    require_ok(db_->Write(options, &batch), "writing a group");
    // What was written to a file that is not there any more is lost.
    require_own_directory();
}

void Store::write_unsynced(rocksdb::WriteBatch& batch) {
    if (const auto fault = held_->name_fault()) {
        throw StorageError(fmt::format("{}: {}", data_.string(), *fault));
    }
    require_ok(db_->Write(rocksdb::WriteOptions(), &batch), "writing rows");
}

void Store::clear(Table table) {
    // A mark that removes nothing would be written out and moved from file to file all the same.
    const std::unique_ptr<rocksdb::Iterator> rows(
        db_->NewIterator(rocksdb::ReadOptions(), handle(table)));
    rows->SeekToFirst();
    require_ok(rows->status(), "looking for the rows of a table");
    if (!rows->Valid()) {
        return;
    }
    // Keys are at most a product, an element of two texts and an id: shorter than this one.
    const std::string beyond(8192, '\xff');
    require_ok(db_->DeleteRange(rocksdb::WriteOptions(), handle(table), "", beyond),
               "removing the rows of a table");
    past_->let_go();
    final_details_->forget();
}

void Store::flush() {
    require_ok(db_->Flush(rocksdb::FlushOptions(), handles_), "writing memory tables out");
}

ReadView::ReadView(const Store& store) : store_(store), lock_(store.use()) {
    if (store.is_writable()) {
        snapshot_ = store.db_->GetSnapshot();
    }
}

ReadView::ReadView(const Store& store, Of /*of*/) : store_(store), lock_(store.use()) {}

ReadView::~ReadView() {
    if (snapshot_ != nullptr) {
        store_.db_->ReleaseSnapshot(snapshot_);
    }
}

rocksdb::ReadOptions ReadView::options() const {
    rocksdb::ReadOptions options;
    options.snapshot = snapshot_;
    return options;
}

std::optional<std::string> ReadView::get(Table table, std::string_view key) const {
    return row_of(*store_.db_, options(), store_.handle(table), key);
}

std::unique_ptr<rocksdb::Iterator> ReadView::iterate(Table table) const {
    return rows_of(*store_.db_, options(), store_.handle(table));
}

std::unique_ptr<rocksdb::Iterator> ReadView::iterate_once(Table table) const {
    auto once = options();
    once.fill_cache = false;
    return rows_of(*store_.db_, once, store_.handle(table));
}

std::unique_ptr<rocksdb::Iterator> ReadView::iterate_whole(Table table) const {
    auto whole = options();
    whole.readahead_size = read_ahead_bytes;
    whole.fill_cache = false;
    return rows_of(*store_.db_, whole, store_.handle(table));
}

std::optional<std::string> ReadView::get_final(Table table, std::string_view key) const {
    ImmutableRowCache* const kept = table == Table::details ? store_.final_details_.get() : nullptr;
    if (kept == nullptr) {
        return get(table, key);
    }
    auto row = kept->find(key);
    if (!row) {
        row = get(table, key);
        if (row) {
            kept->keep(key, *row);
        }
    }
    return row;
}

std::optional<ReadView::Row> ReadView::last_at_or_before(Table table, std::string_view key,
                                                         std::string_view prefix) const {
    rocksdb::ColumnFamilyHandle* const handle = store_.handle(table);
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
    const bool may_use_kept = has_time && store_.is_writable() && snapshot_ == nullptr;
    const auto status = told_read(reading, [&](const rocksdb::ReadOptions& options) {
        return may_use_kept
                   ? seek(*store_.past_->use(*store_.db_, handle, options.read_tier, micros))
                   : seek(*rows_of(*store_.db_, options, handle));
    });
    require_read(status, "seeking a row");
    return row;
}

void ReadView::scan(Table table, std::string_view prefix, std::string_view from,
                    const Visit& visit) const {
    const auto iterator = iterate(table);
    for (iterator->Seek(from);
         iterator->Valid() && iterator->key().ToStringView().starts_with(prefix);
         iterator->Next()) {
        note_row_of_work();
        if (!visit(iterator->key().ToStringView(), iterator->value().ToStringView())) {
            break;
        }
    }
    require_read(iterator->status(), "reading rows");
}

std::uint64_t ReadView::approximate_bytes(Table table, std::string_view prefix) const {
    rocksdb::ColumnFamilyHandle* const handle = store_.handle(table);
    if (handle == nullptr) {
        return 0;
    }
    // No key is longer than this beyond its prefix.
    const std::string end = std::string(prefix) + std::string(8192, '\xff');
    const rocksdb::Range range(prefix, end);
    rocksdb::SizeApproximationOptions counting;
    counting.include_memtables = true;
    std::uint64_t bytes = 0;
    require_read(store_.db_->GetApproximateSizes(counting, handle, &range, 1, &bytes),
                 "sizing rows");
    return bytes;
}

Position last_position(const ReadView& view) {
    const auto iterator = view.iterate(Table::events);
    iterator->SeekToLast();
    require_read(iterator->status(), "finding the end of the log");
    return iterator->Valid() ? read_be64(iterator->key().ToStringView()) : 0;
}

}  // namespace threatatlas
