#pragma once

// Counters of the fold.

#include <cassert>
#include <cstdint>

namespace threatatlas {

// Moves a counter; one that would fall below zero means that the fold is wrong.
inline void count(std::uint64_t& counter, bool up, std::uint64_t by = 1) {
    assert(up || counter >= by);
    counter = up ? counter + by : counter - by;
}

}  // namespace threatatlas
