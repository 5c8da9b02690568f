#include "events/store/store.hpp"

#include <mutex>

#include <fmt/format.h>

#include "events/store/data_directory.hpp"
#include "events/store/database.hpp"
#include "events/store/held_directory.hpp"
#include "events/store/keys.hpp"
#include "events/store/read_view.hpp"

namespace threatatlas::store {

Store::Store(std::filesystem::path data, const StoreOptions& options, bool writable)
    : data_(std::move(data)),
      options_(options),
      writable_(writable),
      held_(writable ? std::make_unique<HeldDirectory>(data_) : nullptr),
      database_(std::make_unique<Database>()) {}

Store::~Store() = default;

std::unique_ptr<Store> Store::open(const std::filesystem::path& data, const StoreOptions& options) {
    require_data_directory(data, options.create);
    require_safe_directory(data);
    std::unique_ptr<Store> store(new Store(data, options, true));
    store->open_database();
    // Not before no other program has it open: an earlier version could not start on it any more.
    upgrade_data_directory(store->own_data());
    return store;
}

std::unique_ptr<Store> Store::open_for_import(const std::filesystem::path& data) {
    begin_import_directory(data);
    return open_unfinished(data);
}

std::unique_ptr<Store> Store::open_unfinished(const std::filesystem::path& data) {
    std::unique_ptr<Store> store(new Store(data, StoreOptions{}, true));
    store->open_database();
    return store;
}

void Store::finish_import() {
    require_own_directory();
    finish_import_directory(own_data());
}

void Store::open_database() {
    database_->open(held_->database(), data_, options_.cache_mebibytes, options_.environment);
}

void Store::reopen() {
    closed_ = true;
    const std::lock_guard alone(in_use_);
    log_end_.reset();
    database_->close();
    open_database();
    closed_ = false;
}

std::shared_lock<std::shared_mutex> Store::use() const {
    // Checked before locking, so that readers do not keep a store busy that is to be reopened.
    if (closed_) {
        throw StorageError("the database is being opened again");
    }
    std::shared_lock lock(in_use_);
    if (closed_) {
        throw StorageError("the database could not be opened again");
    }
    return lock;
}

std::optional<std::string> Store::get(Table table, std::string_view key) const {
    const auto lock = use();
    return database_->get(rocksdb::ReadOptions(), table, key);
}

void Store::commit(const LogAppend& log, ProjectionChanges& projections) {
    write_group(log, projections, Sync::yes);
}

void Store::commit_unsynced(const LogAppend& log, ProjectionChanges& projections) {
    write_group(log, projections, Sync::no);
}

void Store::write_group(const LogAppend& log, ProjectionChanges& projections, Sync sync) {
    if (!log_end_) {
        log_end_ = last_position(ReadView(*this));
    }
    if (log.expected() != *log_end_) {
        throw StorageError(
            fmt::format("a group continues a log of {} events, and the log has {}: nothing was "
                        "written",
                        log.expected(), *log_end_));
    }
    if (projections.applied != log.end()) {
        throw StorageError(
            fmt::format("a group ends at position {}, and its projections at {}: nothing was "
                        "written",
                        log.end(), projections.applied));
    }
    RowBatch& all = projections.rows;
    log.for_each_line([&](Position position, std::string_view line) {
        all.put(Table::events, be64_key(position), line);
    });
    for (const LogAppend::Row& row : log.rows()) {
        all.put(row.table, row.key, row.value);
    }
    write_changes(all, sync);
    log_end_ = log.end();
}

void Store::write(RowBatch& batch) {
    write_changes(batch, Sync::yes);
}

void Store::write_unsynced(RowBatch& batch) {
    write_changes(batch, Sync::no);
}

void Store::write_changes(RowBatch& batch, Sync sync) {
    if (batch.changes_log_) {
        log_end_.reset();
    }
    rocksdb::WriteOptions options;
    if (sync == Sync::no) {
        if (const auto fault = held_->name_fault()) {
            throw StorageError(fmt::format("{}: {}", data_.string(), *fault));
        }
        require_ok(database_->db().Write(options, batch.changes_.get()), "writing rows");
        return;
    }
    require_own_directory();
    options.sync = true;
    require_ok(database_->db().Write(options, batch.changes_.get()), "writing a group");
    // What was written to a file that was removed meanwhile is lost.
    require_own_directory();
}

void Store::clear(Table table) {
    if (table == Table::events) {
        log_end_.reset();
    }
    // A range deletion that covers nothing would be flushed and compacted all the same.
    const auto rows = database_->rows(rocksdb::ReadOptions(), table);
    rows->SeekToFirst();
    require_ok(rows->status(), "looking for the rows of a table");
    if (!rows->Valid()) {
        return;
    }
    require_ok(database_->db().DeleteRange(rocksdb::WriteOptions(), database_->handle(table), "",
                                           key_beyond_all()),
               "removing the rows of a table");
    database_->forget_cached_rows();
}

void Store::flush() {
    require_ok(database_->db().Flush(rocksdb::FlushOptions(), database_->handles()),
               "writing memory tables out");
}

std::optional<std::string> Store::background_fault() const {
    return database_->background_fault();
}

StoreUse Store::use_of_memory_and_files() const {
    const auto lock = use();
    rocksdb::DB& db = database_->db();
    const auto sum_of = [&db](const rocksdb::Slice& property) {
        std::uint64_t sum = 0;
        static_cast<void>(db.GetAggregatedIntProperty(property, &sum));
        return sum;
    };
    StoreUse used{.memory_table_bytes = sum_of(rocksdb::DB::Properties::kSizeAllMemTables),
                  .cache_bytes = 0,
                  .reader_bytes = sum_of(rocksdb::DB::Properties::kEstimateTableReadersMem),
                  .files = 0};
    // All tables share one cache.
    static_cast<void>(db.GetIntProperty(database_->handle(Table::events),
                                        rocksdb::DB::Properties::kBlockCacheUsage,
                                        &used.cache_bytes));
    std::vector<rocksdb::LiveFileMetaData> files;
    db.GetLiveFilesMetaData(&files);
    used.files = files.size();
    return used;
}

std::vector<std::filesystem::path> Store::files_of(Table table) const {
    const auto lock = use();
    rocksdb::ColumnFamilyMetaData known;
    database_->db().GetColumnFamilyMetaData(database_->handle(table), &known);
    std::vector<std::filesystem::path> files;
    for (const rocksdb::LevelMetaData& level : known.levels) {
        for (const rocksdb::SstFileMetaData& file : level.files) {
            files.emplace_back(file.db_path + file.name);
        }
    }
    return files;
}

const std::filesystem::path& Store::own_data() const {
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
    database_->db().GetLiveFilesMetaData(&tables);
    std::vector<std::string> names;
    names.reserve(tables.size() + 1);
    for (const auto& table : tables) {
        names.push_back(table.name.substr(1));
    }
    std::unique_ptr<rocksdb::LogFile> log;
    const bool has_log = database_->db().GetCurrentWalFile(&log).ok();
    // Without one its name is not known: stand in a name that no file has.
    names.push_back(has_log ? log->PathName().substr(1) : "000000.log");
    return names;
}

}  // namespace threatatlas::store
