#include "support/faulty_file_system.hpp"

#include <thread>

#include <rocksdb/file_system.h>

namespace threatatlas {
namespace {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;
using FaultSwitch = std::shared_ptr<std::atomic<WalFault>>;

class FaultyFile final : public rocksdb::FSWritableFileOwnerWrapper {
  public:
    FaultyFile(std::unique_ptr<rocksdb::FSWritableFile> file, FaultSwitch fault)
        : FSWritableFileOwnerWrapper(std::move(file)), fault_(std::move(fault)) {}

    IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* debug) override {
        switch (fault_->load()) {
            case WalFault::disk_is_full:
                return IOStatus::NoSpace("the test's disk is full");
            case WalFault::half_a_write: {
                const Slice half(data.data(), data.size() / 2);
                static_cast<void>(FSWritableFileOwnerWrapper::Append(half, options, debug));
                return IOStatus::IOError("the test's disk broke off");
            }
            default:
                return FSWritableFileOwnerWrapper::Append(data, options, debug);
        }
    }
    IOStatus Append(const Slice& data, const IOOptions& options,
                    const rocksdb::DataVerificationInfo&, IODebugContext* debug) override {
        return Append(data, options, debug);
    }
    IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
        while (fault_->load() == WalFault::sync_hangs) {
            std::this_thread::sleep_for(std::chrono::milliseconds{1});
        }
        return fault_->load() == WalFault::none
                   ? FSWritableFileOwnerWrapper::Sync(options, debug)
                   : IOStatus::IOError("the test's disk does not answer");
    }
    IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
        return Sync(options, debug);
    }

  private:
    FaultSwitch fault_;
};

class FileSystemWithFaults final : public rocksdb::FileSystemWrapper {
  public:
    FileSystemWithFaults(FaultSwitch fault, std::shared_ptr<std::string> full)
        : FileSystemWrapper(rocksdb::FileSystem::Default()),
          fault_(std::move(fault)),
          full_(std::move(full)) {}

    const char* Name() const override { return "FileSystemWithFaults"; }

    IOStatus NewWritableFile(const std::string& path, const FileOptions& options,
                             std::unique_ptr<rocksdb::FSWritableFile>* file,
                             IODebugContext* debug) override {
        if (is_full(path)) {
            return IOStatus::NoSpace("the test's disk is full");
        }
        const auto status = FileSystemWrapper::NewWritableFile(path, options, file, debug);
        if (status.ok() && path.ends_with(".log")) {
            *file = std::make_unique<FaultyFile>(std::move(*file), fault_);
        }
        return status;
    }

    IOStatus LinkFile(const std::string& from, const std::string& to, const IOOptions& options,
                      IODebugContext* debug) override {
        return is_full(to) ? IOStatus::NoSpace("the test's disk is full")
                           : FileSystemWrapper::LinkFile(from, to, options, debug);
    }

  private:
    bool is_full(const std::string& path) const {
        return !full_->empty() && path.ends_with(".sst") && path.find(*full_) != std::string::npos;
    }

    FaultSwitch fault_;
    std::shared_ptr<std::string> full_;
};

}  // namespace

FaultyFileSystem::FaultyFileSystem()
    : fault_(std::make_shared<std::atomic<WalFault>>(WalFault::none)),
      full_(std::make_shared<std::string>()),
      environment_(
          rocksdb::NewCompositeEnv(std::make_shared<FileSystemWithFaults>(fault_, full_))) {}

FaultyFileSystem::~FaultyFileSystem() = default;

}  // namespace threatatlas
