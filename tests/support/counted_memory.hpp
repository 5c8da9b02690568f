#pragma once

#include <cstdint>

namespace threatatlas::testing {

/// A suite that is linked with this counts what `new` and `delete` do, on each thread by itself.

/// What the calling thread has allocated and not freed.
std::int64_t counted_bytes();
/// The most that was since the last start_peak(), beyond what it was then.
void start_peak();
std::int64_t peak_bytes();

}  // namespace threatatlas::testing
