#include "events/store/database.hpp"

#include <algorithm>
#include <mutex>

#include <fmt/format.h>
#include <rocksdb/listener.h>

#include "events/store/errors.hpp"
#include "events/store/table_options.hpp"

namespace threatatlas::store {
namespace {

// Every database has this file, which RocksDB writes last when it creates one.
constexpr const char* current_file = "CURRENT";

// RocksDB has no specific status for this, and "lock" alone may be part of any path.
bool is_lock_conflict(const rocksdb::Status& status) {
    const std::string text = status.ToString();
    return status.IsIOError() && (text.find("While lock file: ") != std::string::npos ||
                                  text.find("lock hold by current process") != std::string::npos);
}

}  // namespace

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

std::filesystem::path database_directory(const std::filesystem::path& data) {
    return data / "rocksdb";
}

std::string key_beyond_all() {
    return std::string(8192, '\xff');
}

// Called on RocksDB's own threads.
class Database::FaultListener final : public rocksdb::EventListener {
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

Database::Database()
    : faults_(std::make_shared<FaultListener>()),
      history_iterators_(std::make_shared<IteratorCache>(std::string(table_name(Table::history)))),
      details_rows_(std::make_unique<ImmutableRowCache>()) {}

Database::~Database() {
    close();
}

void Database::open(const std::filesystem::path& files, const std::filesystem::path& shown,
                    std::size_t cache_mebibytes, rocksdb::Env* environment) {
    auto options = database_options();
    options.create_if_missing = true;
    options.create_missing_column_families = true;
    if (environment != nullptr) {
        options.env = environment;
    }
    faults_->forget();
    options.listeners = {faults_, history_iterators_};
    const auto tables = table_descriptors(cache_mebibytes);
    const bool is_new = options.env->FileExists((files / current_file).string()).IsNotFound();
    rocksdb::DB* db = nullptr;
    const auto status = rocksdb::DB::Open(
        options, files.string(), is_new ? std::vector{tables.back()} : tables, &handles_, &db);
    if (is_lock_conflict(status)) {
        throw StoreRefused(
            fmt::format("{} is in use by another process: stop that one first", shown.string()));
    }
    require_ok(status, "opening the database");
    db_.reset(db);
    if (is_new) {
        // All at once: DB::Open would write, synchronize and read its file of options for each
        // table.
        std::vector<rocksdb::ColumnFamilyHandle*> created;
        const auto creation =
            db_->CreateColumnFamilies({tables.begin(), tables.end() - 1}, &created);
        handles_.insert(handles_.begin(), created.begin(), created.end());
        require_ok(creation, "creating the tables");
    }
    // Compactions must not take processor time from requests.
    static_cast<void>(
        db_->GetEnv()->LowerThreadPoolCPUPriority(rocksdb::Env::LOW, rocksdb::CpuPriority::kLow));
}

rocksdb::Status Database::open_read_only(const std::filesystem::path& files,
                                         std::size_t cache_mebibytes) {
    std::vector<std::string> present;
    auto status = rocksdb::DB::ListColumnFamilies(database_options(), files.string(), &present);
    if (!status.ok()) {
        return status;
    }
    auto tables = table_descriptors(cache_mebibytes);
    const auto is_missing = [&present](const rocksdb::ColumnFamilyDescriptor& table) {
        return std::find(present.begin(), present.end(), table.name) == present.end();
    };
    std::vector<std::size_t> missing;
    for (std::size_t i = 0; i < tables.size(); ++i) {
        if (is_missing(tables[i])) {
            missing.push_back(i);
        }
    }
    tables.erase(std::remove_if(tables.begin(), tables.end(), is_missing), tables.end());
    rocksdb::DB* db = nullptr;
    // All files are opened here (max_open_files is -1), so that they may be deleted afterwards.
    status =
        rocksdb::DB::OpenForReadOnly(database_options(), files.string(), tables, &handles_, &db);
    db_.reset(db);
    if (status.ok()) {
        for (const std::size_t i : missing) {
            handles_.insert(handles_.begin() + static_cast<std::ptrdiff_t>(i), nullptr);
        }
    }
    return status;
}

void Database::close() {
    if (!db_) {
        return;
    }
    forget_cached_rows();
    for (auto* handle : handles_) {
        if (handle != nullptr) {
            static_cast<void>(db_->DestroyColumnFamilyHandle(handle));
        }
    }
    handles_.clear();
    static_cast<void>(db_->Close());
    db_.reset();
}

std::optional<std::string> Database::get(const rocksdb::ReadOptions& options, Table table,
                                         std::string_view key, base::IoWaitHook* hook) const {
    rocksdb::ColumnFamilyHandle* const family = handle(table);
    if (family == nullptr) {
        return std::nullopt;
    }
    std::string value;
    const auto status = read_with_hook(options, hook, [&](const rocksdb::ReadOptions& reading) {
        return db_->Get(reading, family, key, &value);
    });
    if (status.IsNotFound()) {
        return std::nullopt;
    }
    require_read(status, "reading a row");
    return value;
}

std::unique_ptr<rocksdb::Iterator> Database::rows(const rocksdb::ReadOptions& options,
                                                  Table table) const {
    rocksdb::ColumnFamilyHandle* const family = handle(table);
    return std::unique_ptr<rocksdb::Iterator>(
        family == nullptr ? rocksdb::NewEmptyIterator() : db_->NewIterator(options, family));
}

void Database::forget_cached_rows() {
    history_iterators_->release_all();
    details_rows_->clear();
}

std::optional<std::string> Database::background_fault() const {
    return faults_->fault();
}

}  // namespace threatatlas::store
