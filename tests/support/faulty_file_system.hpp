#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include <rocksdb/env.h>

namespace threatatlas::testing {

/// Faults of the write-ahead log.
enum class WalFault {
    none,
    sync_fails,    ///< writes succeed, but sync reports an error
    sync_loses,    ///< the same, and unsynced bytes are lost when the file is closed
    disk_is_full,  ///< every write fails without writing
    half_a_write,  ///< writes fail after writing some bytes
    sync_hangs     ///< sync blocks until another fault is set
};

/// The real file system with injectable faults: failing write-ahead logs, unreadable tables, and
/// full directories.
class FaultyFileSystem {
  public:
    FaultyFileSystem();
    ~FaultyFileSystem();

    /// Value for StoreOptions::environment; must outlive the store.
    rocksdb::Env* environment() { return environment_.get(); }
    void set(WalFault fault);
    /// True while a sync blocks because of WalFault::sync_hangs.
    bool is_sync_hanging() const;
    /// If `fail`, reads of open tables fail, and tables cannot be opened.
    void let_reads_fail(bool fail);
    /// Below directories of this name, tables can be neither created nor linked, as on a full disk.
    /// Call it before the store is opened.
    void fill(const std::string& directory_name);

    /// Copies a data directory as a power cut at this moment could leave it: write-ahead logs end
    /// at most `torn_bytes` after their last sync. `to` must not exist.
    void copy_after_power_cut(const std::filesystem::path& data, const std::filesystem::path& to,
                              std::uintmax_t torn_bytes = 0) const;

    struct State;

  private:
    std::shared_ptr<State> state_;
    std::unique_ptr<rocksdb::Env> environment_;
};

}  // namespace threatatlas::testing
