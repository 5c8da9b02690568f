#pragma once

/// @file
/// Counter arithmetic of the fold.

#include <cassert>
#include <cstdint>

namespace threatatlas::projections {

/// Adds `by` to a counter, or subtracts it if `up` is false. A counter that would become negative
/// indicates a bug in the fold.
inline void count(std::uint64_t& counter, bool up, std::uint64_t by = 1) {
    assert(up || counter >= by);
    counter = up ? counter + by : counter - by;
}

}  // namespace threatatlas::projections
