#pragma once

#include <cstdint>

namespace threatatlas {

// What the calling thread has allocated and not freed, as jemalloc counts it; only differences mean
// something. Always 0 in a program that is linked with another allocator.
std::int64_t thread_bytes();

// Gives what was freed back to the system, which jemalloc would keep for half a minute. Takes some
// milliseconds for a hundred mebibytes.
void give_freed_memory_back();

}  // namespace threatatlas
