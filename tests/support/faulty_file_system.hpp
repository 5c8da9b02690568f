#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include <rocksdb/env.h>

namespace threatatlas {

/// What happens to the write-ahead log from now on.
enum class WalFault {
    none,
    sync_fails,    // bytes are taken, and the disk then says that they did not arrive
    sync_loses,    // the same, and they are gone indeed when the file is closed
    disk_is_full,  // no byte is taken
    half_a_write,  // some bytes are taken, and no more
    sync_hangs     // bytes are taken, and the disk says nothing until it is set to something else
};

/// The real file system, whose write-ahead logs fail on demand, whose tables can become unreadable,
/// and which may be full in places.
class FaultyFileSystem {
  public:
    FaultyFileSystem();
    ~FaultyFileSystem();

    /// For StoreOptions::environment; must outlive the store.
    rocksdb::Env* environment() { return environment_.get(); }
    void set(WalFault fault);
    /// Tables that are open cannot be read any more, and others not be opened.
    void let_reads_fail(bool fail);
    /// Tables can neither be made nor linked below directories of this name: their disk is full.
    /// Before the store is opened.
    void fill(const std::string& directory_name);

    /// What a power cut at this moment would leave of a data directory: write-ahead logs end where
    /// they were last synced, and `torn_bytes` later at most. `to` must not be there.
    void copy_after_power_cut(const std::filesystem::path& data, const std::filesystem::path& to,
                              std::uintmax_t torn_bytes = 0) const;

    struct State;

  private:
    std::shared_ptr<State> state_;
    std::unique_ptr<rocksdb::Env> environment_;
};

}  // namespace threatatlas
