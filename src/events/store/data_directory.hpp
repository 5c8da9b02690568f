#pragma once

// The directory around the database: whose it is, and of which format.

#include <cstddef>
#include <cstdint>
#include <filesystem>

namespace threatatlas {

// Makes sure that `data` is a data directory of a format that this program knows; makes one of an
// empty or missing directory where `create` is set. Throws StoreRefused or StorageError
// (store.hpp).
void require_data_directory(const std::filesystem::path& data, bool create);

// Throws StoreRefused if everybody on the machine may write to the directory.
void require_safe_directory(const std::filesystem::path& data);

// Says that the directory has the current format if it has an earlier one: rows and lines are about
// to be written that earlier programs do not know. Throws StoreRefused or StorageError.
void upgrade_data_directory(const std::filesystem::path& data);

// Makes a data directory of an empty or missing one that counts as unfinished, and is refused by
// the function above, until the import into it is finished. Both throw StoreRefused or
// StorageError.
void begin_import_directory(const std::filesystem::path& data);
void finish_import_directory(const std::filesystem::path& data);

// A data directory that is being filled with a copy of another one. Until finish() it counts as
// unfinished and is refused, so that half a copy never passes for a whole one.
class UnfinishedDirectory {
  public:
    // Makes the directory, or takes an empty one. Throws StoreRefused, StorageError or
    // filesystem_error.
    explicit UnfinishedDirectory(std::filesystem::path data);
    // Leaves nothing of it behind, unless it was finished.
    ~UnfinishedDirectory();
    UnfinishedDirectory(const UnfinishedDirectory&) = delete;
    UnfinishedDirectory& operator=(const UnfinishedDirectory&) = delete;

    // Sees to it that everything is on the disk, and makes it a whole one. Nobody writes to it
    // meanwhile. Throws StorageError.
    void finish();

    const std::filesystem::path& path() const { return data_; }

  private:
    void remove();

    std::filesystem::path data_;
    bool was_there_;
    bool finished_ = false;
};

// Waits until a file, or the names in a directory, are on the disk. Throws StorageError.
void sync_path(const std::filesystem::path& path);

// Of all files below. Throws filesystem_error.
std::uintmax_t bytes_of(const std::filesystem::path& directory);

// Whether that many bytes can be written into the directory and reach the disk.
bool has_room(const std::filesystem::path& data, std::size_t bytes);

}  // namespace threatatlas
