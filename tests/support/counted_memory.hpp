#pragma once

#include <cstdint>

namespace threatatlas::testing {

/// Linked into a test, it counts the memory of `new` and `delete`, separately per thread.

/// Bytes that the calling thread has allocated and not freed.
std::int64_t counted_bytes();
/// Maximum of counted_bytes() since the last start_peak(), relative to its value at that time.
void start_peak();
std::int64_t peak_bytes();

}  // namespace threatatlas::testing
