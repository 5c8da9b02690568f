#include "support/faulty_file_system.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <thread>

#include <rocksdb/file_system.h>

namespace threatatlas::testing {

struct FaultyFileSystem::State {
    std::atomic<WalFault> wal = WalFault::none;
    std::atomic<bool> is_sync_hanging = false;
    std::atomic<bool> reads_fail = false;
    std::string full;  // constant while a store is open

    std::mutex mutex;
    std::map<std::string, std::uintmax_t> synced;  // bytes of write-ahead logs; guarded by mutex
};

namespace {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;
using StatePointer = std::shared_ptr<FaultyFileSystem::State>;

IOStatus disk_is_full() {
    return IOStatus::NoSpace("the test's disk is full");
}

// The server may access its directory through a descriptor (/proc/self/fd).
std::string resolved(const std::string& path) {
    return std::filesystem::weakly_canonical(path);
}

IOStatus unreadable() {
    return IOStatus::IOError("the test's disk cannot be read");
}

class FaultyLogFile final : public rocksdb::FSWritableFileOwnerWrapper {
  public:
    FaultyLogFile(std::unique_ptr<rocksdb::FSWritableFile> file, std::string path,
                  StatePointer state)
        : FSWritableFileOwnerWrapper(std::move(file)),
          path_(std::move(path)),
          state_(std::move(state)) {
        note_synced();
    }

    IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* debug) override {
        switch (state_->wal.load()) {
            case WalFault::disk_is_full:
                return disk_is_full();
            case WalFault::half_a_write: {
                const Slice half(data.data(), data.size() / 2);
                static_cast<void>(FSWritableFileOwnerWrapper::Append(half, options, debug));
                return IOStatus::IOError("the test's disk broke off");
            }
            default:
                bytes_ += data.size();
                return FSWritableFileOwnerWrapper::Append(data, options, debug);
        }
    }
    IOStatus Append(const Slice& data, const IOOptions& options,
                    const rocksdb::DataVerificationInfo&, IODebugContext* debug) override {
        return Append(data, options, debug);
    }
    IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
        while (state_->wal.load() == WalFault::sync_hangs) {
            state_->is_sync_hanging = true;
            std::this_thread::sleep_for(std::chrono::milliseconds{1});
        }
        state_->is_sync_hanging = false;
        if (state_->wal.load() != WalFault::none) {
            lost_ = lost_ || state_->wal.load() == WalFault::sync_loses;
            return IOStatus::IOError("the test's disk does not answer");
        }
        const auto status = FSWritableFileOwnerWrapper::Sync(options, debug);
        if (status.ok()) {
            note_synced();
        }
        return status;
    }
    IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
        return Sync(options, debug);
    }
    IOStatus Close(const IOOptions& options, IODebugContext* debug) override {
        const auto status = FSWritableFileOwnerWrapper::Close(options, debug);
        if (lost_) {
            std::filesystem::resize_file(path_, synced_);
        }
        return status;
    }

  private:
    void note_synced() {
        synced_ = bytes_;
        const std::lock_guard lock(state_->mutex);
        state_->synced[path_] = synced_;
    }

    const std::string path_;
    const StatePointer state_;
    std::uintmax_t bytes_ = 0;  // bytes accepted by Append
    std::uintmax_t synced_ = 0;
    bool lost_ = false;  // unsynced bytes were lost
};

class FaultyTableFile final : public rocksdb::FSRandomAccessFileOwnerWrapper {
  public:
    FaultyTableFile(std::unique_ptr<rocksdb::FSRandomAccessFile> file, StatePointer state)
        : FSRandomAccessFileOwnerWrapper(std::move(file)), state_(std::move(state)) {}

    IOStatus Read(std::uint64_t offset, std::size_t bytes, const IOOptions& options, Slice* result,
                  char* scratch, IODebugContext* debug) const override {
        return state_->reads_fail ? unreadable()
                                  : FSRandomAccessFileOwnerWrapper::Read(offset, bytes, options,
                                                                         result, scratch, debug);
    }
    IOStatus MultiRead(rocksdb::FSReadRequest* requests, std::size_t count,
                       const IOOptions& options, IODebugContext* debug) override {
        return state_->reads_fail
                   ? unreadable()
                   : FSRandomAccessFileOwnerWrapper::MultiRead(requests, count, options, debug);
    }

  private:
    const StatePointer state_;
};

class FileSystemWithFaults final : public rocksdb::FileSystemWrapper {
  public:
    explicit FileSystemWithFaults(StatePointer state)
        : FileSystemWrapper(rocksdb::FileSystem::Default()), state_(std::move(state)) {}

    const char* Name() const override { return "FileSystemWithFaults"; }

    IOStatus NewWritableFile(const std::string& path, const FileOptions& options,
                             std::unique_ptr<rocksdb::FSWritableFile>* file,
                             IODebugContext* debug) override {
        if (is_full(path)) {
            return disk_is_full();
        }
        const auto status = FileSystemWrapper::NewWritableFile(path, options, file, debug);
        if (status.ok() && path.ends_with(".log")) {
            *file = std::make_unique<FaultyLogFile>(std::move(*file), resolved(path), state_);
        }
        return status;
    }

    IOStatus NewRandomAccessFile(const std::string& path, const FileOptions& options,
                                 std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                                 IODebugContext* debug) override {
        const auto status = FileSystemWrapper::NewRandomAccessFile(path, options, file, debug);
        if (status.ok() && path.ends_with(".sst")) {
            *file = std::make_unique<FaultyTableFile>(std::move(*file), state_);
        }
        return status;
    }

    IOStatus LinkFile(const std::string& from, const std::string& to, const IOOptions& options,
                      IODebugContext* debug) override {
        return is_full(to) ? disk_is_full() : FileSystemWrapper::LinkFile(from, to, options, debug);
    }

  private:
    bool is_full(const std::string& path) const {
        return !state_->full.empty() && path.ends_with(".sst") &&
               resolved(path).find(state_->full) != std::string::npos;
    }

    const StatePointer state_;
};

}  // namespace

FaultyFileSystem::FaultyFileSystem()
    : state_(std::make_shared<State>()),
      environment_(rocksdb::NewCompositeEnv(std::make_shared<FileSystemWithFaults>(state_))) {}

FaultyFileSystem::~FaultyFileSystem() = default;

void FaultyFileSystem::set(WalFault fault) {
    state_->wal = fault;
}

bool FaultyFileSystem::is_sync_hanging() const {
    return state_->is_sync_hanging;
}

void FaultyFileSystem::let_reads_fail(bool fail) {
    state_->reads_fail = fail;
}

void FaultyFileSystem::fill(const std::string& directory_name) {
    state_->full = "/" + directory_name + "/";
}

void FaultyFileSystem::copy_after_power_cut(const std::filesystem::path& data,
                                            const std::filesystem::path& to,
                                            std::uintmax_t torn_bytes) const {
    namespace fs = std::filesystem;
    fs::copy(data, to, fs::copy_options::recursive);
    const std::lock_guard lock(state_->mutex);
    for (const auto& [path, bytes] : state_->synced) {
        const fs::path copy = to / fs::path(path).lexically_relative(fs::canonical(data));
        if (fs::exists(copy)) {
            fs::resize_file(copy, std::min(fs::file_size(copy), bytes + torn_bytes));
        }
    }
}

}  // namespace threatatlas::testing
