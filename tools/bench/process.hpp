#pragma once

/// Resources used by a running process, from /proc.

#include <cstdint>
#include <filesystem>
#include <sys/types.h>

namespace threatatlas::bench {

/// Processor time in seconds, user and system, since its start. Resolution: 10 ms.
double processor_seconds_of(pid_t pid);

struct Memory {
    std::uint64_t resident_bytes = 0;       ///< current
    std::uint64_t resident_peak_bytes = 0;  ///< maximum since its start
    std::uint64_t anonymous_bytes = 0;      ///< the current ones without pages of mapped files
};
Memory memory_of(pid_t pid);

/// Drops the directory's files from the page cache, so that the next reader goes to the disk. Waits
/// until writes have reached the disk.
void forget_pages_of(const std::filesystem::path& directory);

}  // namespace threatatlas::bench
