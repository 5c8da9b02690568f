#pragma once

// Small files that are there whole or not at all.

#include <filesystem>
#include <string_view>

namespace threatatlas {

// Durably, in place of what was there, and for its owner alone to read. Throws StorageError.
void write_durable_file(const std::filesystem::path& path, std::string_view content);

}  // namespace threatatlas
