#pragma once

// Files that the programs make: for their owner alone, and never through a name that somebody else
// has put there.

#include <filesystem>
#include <string_view>

namespace threatatlas {

// Makes a file of mode 0600 and opens it for writing; -1, with errno, if it cannot be made, also if
// the name is taken, be it by a link.
int make_own_file(const std::filesystem::path& path);

// The same in place of a file or a link that is there, which is left by something that was cut
// short or was planted. Never writes to what a link points to.
int make_own_file_anew(const std::filesystem::path& path);

// Writes all of it. Whether that succeeded.
bool write_whole(int file, std::string_view content);

}  // namespace threatatlas
