#pragma once

/// @file
/// Creates files that only their owner can access, and never follows a link that was placed at the
/// path.

#include <filesystem>
#include <string_view>

namespace threatatlas::base {

/// Creates a file of mode 0600 and opens it for writing. Returns -1 and sets errno on failure,
/// including if the path exists, even as a dangling link.
int make_own_file(const std::filesystem::path& path);

/// Like make_own_file(), but first removes an existing file or link at the path, such as one left
/// by an interrupted run or planted by someone else. Never writes to the target of a link.
int make_own_file_anew(const std::filesystem::path& path);

/// Writes all of `content`. Returns false on failure, with errno set.
bool write_whole(int file, std::string_view content);

}  // namespace threatatlas::base
