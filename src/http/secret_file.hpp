#pragma once

// Files that hold a secret, in one line, for their owner alone to read.

#include <filesystem>
#include <string_view>

namespace threatatlas {

// Durably, in place of what was there. Throws StorageError.
void write_secret_file(const std::filesystem::path& path, std::string_view secret);

}  // namespace threatatlas
