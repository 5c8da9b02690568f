#pragma once

#include <cstdint>
#include <random>
#include <vector>

namespace threatatlas {

/// Random choices that a seed repeats exactly, with any standard library.
class Random {
  public:
    explicit Random(std::uint64_t seed) : engine_(seed) {}

    std::uint64_t number() { return engine_(); }
    /// From 0 to `count` - 1; `count` is not 0.
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

/// THREATATLAS_SEED where it is set, else another one each time. Printed, so that a failure can be
/// repeated.
std::uint64_t test_seed();

/// THREATATLAS_ROUNDS where it is set, else `usual`: how often a suite plays through something
/// random.
std::uint64_t test_rounds(std::uint64_t usual);

}  // namespace threatatlas
