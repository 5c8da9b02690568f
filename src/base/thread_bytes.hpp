#pragma once

#include <cstdint>

namespace threatatlas::base {

/// Bytes the calling thread has allocated minus those it has freed, as counted by jemalloc. Only
/// differences are meaningful. Always 0 if the program is linked with another allocator.
std::int64_t thread_bytes();

/// Returns freed memory to the operating system, which jemalloc would otherwise keep for about half
/// a minute. Takes some milliseconds per hundred mebibytes.
void purge_freed_memory();

}  // namespace threatatlas::base
