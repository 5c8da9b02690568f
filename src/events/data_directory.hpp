#pragma once

// The directory around the database: whose it is, and of which format.

#include <cstddef>
#include <filesystem>

namespace threatatlas {

// Makes sure that `data` is a data directory of a format that this program knows; makes one of an
// empty or missing directory where `create` is set. Throws StoreRefused or StorageError
// (store.hpp).
void require_data_directory(const std::filesystem::path& data, bool create);

// Makes a data directory of an empty or missing one that counts as unfinished, and is refused by
// the function above, until the import into it is finished. Both throw StoreRefused or
// StorageError.
void begin_import_directory(const std::filesystem::path& data);
void finish_import_directory(const std::filesystem::path& data);

// Whether that many bytes can be written into the directory and reach the disk.
bool has_room(const std::filesystem::path& data, std::size_t bytes);

}  // namespace threatatlas
