#pragma once

#include <cstdint>
#include <random>
#include <vector>

namespace threatatlas::testing {

/// Random choices that depend only on the seed, with any standard library.
class Random {
  public:
    explicit Random(std::uint64_t seed) : engine_(seed) {}

    std::uint64_t number() { return engine_(); }
    /// From 0 to `count` - 1; `count` must not be 0.
    std::uint64_t below(std::uint64_t count) { return engine_() % count; }
    std::uint64_t between(std::uint64_t first, std::uint64_t last) {
        return first + below(last - first + 1);
    }
    bool chance(std::uint64_t percent) { return below(100) < percent; }

    template <class Range>
    const auto& pick(const Range& range) {
        return range[below(std::size(range))];
    }

  private:
    std::mt19937_64 engine_;
};

/// THREATATLAS_SEED if it is set, else a new seed. Printed, so that a failure can be reproduced.
std::uint64_t test_seed();

/// THREATATLAS_ROUNDS if it is set, else `usual`: the number of rounds of a randomized test.
std::uint64_t test_rounds(std::uint64_t usual);

}  // namespace threatatlas::testing
