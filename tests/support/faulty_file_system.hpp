#pragma once

#include <atomic>
#include <memory>
#include <string>

#include <rocksdb/env.h>

namespace threatatlas {

/// What happens to the write-ahead log from now on.
enum class WalFault {
    none,
    sync_fails,    // bytes are taken, and the disk then says that they did not arrive
    disk_is_full,  // no byte is taken
    half_a_write,  // some bytes are taken, and no more
    sync_hangs     // bytes are taken, and the disk says nothing until it is set to something else
};

/// The real file system, whose write-ahead logs fail on demand, and which may be full in places.
class FaultyFileSystem {
  public:
    FaultyFileSystem();
    ~FaultyFileSystem();

    /// For StoreOptions::environment; must outlive the store.
    rocksdb::Env* environment() { return environment_.get(); }
    void set(WalFault fault) { *fault_ = fault; }
    /// Tables can neither be made nor linked below directories of this name: their disk is full.
    /// Before the store is opened.
    void fill(const std::string& directory_name) { *full_ = "/" + directory_name + "/"; }

  private:
    std::shared_ptr<std::atomic<WalFault>> fault_;
    std::shared_ptr<std::string> full_;
    std::unique_ptr<rocksdb::Env> environment_;
};

}  // namespace threatatlas
