#pragma once

/// The directory around the database: its owner, its format, and whether it is complete.

#include <cstddef>
#include <cstdint>
#include <filesystem>

namespace threatatlas::store {

/// The layout of keys, rows and lines. A directory of another format is refused or migrated.
inline constexpr int format_version = 2;

/// Checks that `data` is a data directory of a format that this program knows; creates one in an
/// empty or missing directory if `create` is set. Throws StoreRefused or StorageError (errors.hpp).
void require_data_directory(const std::filesystem::path& data, bool create);

/// Throws StoreRefused if all users of the machine may write to the directory.
void require_safe_directory(const std::filesystem::path& data);

/// Marks a directory of an earlier format as one of the current format: rows and lines that earlier
/// versions do not know are about to be written. Throws StoreRefused or StorageError.
void upgrade_data_directory(const std::filesystem::path& data);

/// The first creates a data directory in an empty or missing one; it counts as unfinished, and
/// require_data_directory() refuses it, until the second is called. Both throw StoreRefused or
/// StorageError.
void begin_import_directory(const std::filesystem::path& data);
void finish_import_directory(const std::filesystem::path& data);

/// A data directory that is being filled with a copy of another one. Until finish() it counts as
/// unfinished and is refused, so that half a copy is never taken for a whole one.
class UnfinishedDirectory {
  public:
    /// Creates the directory, or uses an empty one. Throws StoreRefused, StorageError or
    /// filesystem_error.
    explicit UnfinishedDirectory(std::filesystem::path data);
    /// Removes everything, unless it was finished.
    ~UnfinishedDirectory();
    UnfinishedDirectory(const UnfinishedDirectory&) = delete;
    UnfinishedDirectory& operator=(const UnfinishedDirectory&) = delete;

    /// Waits until all files are on the disk, and marks the directory as complete. Nothing may
    /// write to it meanwhile. Throws StorageError.
    void finish();

    const std::filesystem::path& path() const { return data_; }

  private:
    void remove();

    std::filesystem::path data_;
    bool was_there_;
    bool finished_ = false;
};

/// Waits until a file, or the names in a directory, are on the disk. Throws StorageError.
void sync_path(const std::filesystem::path& path);

/// The size of all files below. Throws filesystem_error.
std::uintmax_t bytes_of(const std::filesystem::path& directory);

/// Whether that many bytes can be written into the directory and reach the disk.
bool has_room(const std::filesystem::path& data, std::size_t bytes);

}  // namespace threatatlas::store
