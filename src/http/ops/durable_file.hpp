#pragma once

/// Small files that are replaced atomically.

#include <filesystem>
#include <string_view>

namespace threatatlas::ops {

/// Replaces the file durably; the new one is readable only by its owner. Throws StorageError.
void write_durable_file(const std::filesystem::path& path, std::string_view content);

}  // namespace threatatlas::ops
