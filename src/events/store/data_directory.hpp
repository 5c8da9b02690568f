#pragma once

/// The data directory that contains the database: its format and permissions, and whether it is
/// complete.

#include <cstddef>
#include <cstdint>
#include <filesystem>

namespace threatatlas::store {

/// The version of the layout of keys, rows and lines. A directory with another version is refused
/// or migrated.
inline constexpr int format_version = 5;

/// Checks that `data` is a data directory of a supported format. If `create` is set, creates one in
/// an empty or missing directory. Throws StoreRefused or StorageError (errors.hpp).
void require_data_directory(const std::filesystem::path& data, bool create);

/// Throws StoreRefused if the directory is writable by all users of the machine.
void require_safe_directory(const std::filesystem::path& data);

/// Changes the format of a directory to the current one, before rows and lines are written that
/// earlier versions cannot read. Throws StoreRefused or StorageError.
void upgrade_data_directory(const std::filesystem::path& data);

/// begin_import_directory() creates a data directory in an empty or missing directory. Until
/// finish_import_directory() is called it counts as unfinished, and require_data_directory()
/// refuses it. Both throw StoreRefused or StorageError.
void begin_import_directory(const std::filesystem::path& data);
void finish_import_directory(const std::filesystem::path& data);

/// A data directory that is being filled with a copy of another one. Until finish() it counts as
/// unfinished and is refused, so that an incomplete copy is never used.
class UnfinishedDirectory {
  public:
    /// Creates the directory, or uses an empty one. Throws StoreRefused, StorageError or
    /// filesystem_error.
    explicit UnfinishedDirectory(std::filesystem::path data);
    /// Removes everything unless finish() was called.
    ~UnfinishedDirectory();
    UnfinishedDirectory(const UnfinishedDirectory&) = delete;
    UnfinishedDirectory& operator=(const UnfinishedDirectory&) = delete;

    /// Syncs all files and marks the directory as complete. Nothing may write to it meanwhile.
    /// Throws StorageError.
    void finish();

    const std::filesystem::path& path() const { return data_; }

  private:
    void remove();

    std::filesystem::path data_;
    bool was_there_;
    bool finished_ = false;
};

/// Syncs a file, or the entries of a directory, to disk. Throws StorageError.
void sync_path(const std::filesystem::path& path);

/// The total size of all files in the directory and its subdirectories. Throws filesystem_error.
std::uintmax_t bytes_of(const std::filesystem::path& directory);

/// Returns true if that many bytes can be written and synced in the directory.
bool has_room(const std::filesystem::path& data, std::size_t bytes);

}  // namespace threatatlas::store
