#pragma once

// What a running process takes, as /proc tells it.

#include <cstdint>
#include <filesystem>
#include <sys/types.h>

namespace threatatlas::bench {

// Seconds of processor time, user and system, since it began. Steps of 10 ms.
double processor_seconds_of(pid_t pid);

struct Memory {
    std::uint64_t resident_bytes = 0;       // now
    std::uint64_t resident_peak_bytes = 0;  // at most, since it began
    std::uint64_t anonymous_bytes = 0;      // of those now: its own, not pages of mapped files
};
Memory memory_of(pid_t pid);

// Lets the system forget what it holds of the directory's files, so that the next reader goes to
// the disk. Waits until what was written is on the disk.
void forget_pages_of(const std::filesystem::path& directory);

}  // namespace threatatlas::bench
