#pragma once

/// Generated texts with the length and repetitiveness of real threat models.

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>

namespace threatatlas::bench {

/// The only source of randomness in the benchmarks, so that a seed always gives the same log.
using Random = std::mt19937_64;

/// Uniform in 0..bound - 1; bound > 0.
std::uint64_t below(Random& random, std::uint64_t bound);
bool chance(Random& random, unsigned percent);

/// `count` capitalized words without a full stop: a title.
std::string make_title(Random& random, std::size_t count);
/// Sentences with `count` words in total.
std::string make_prose(Random& random, std::size_t count);
/// Length of a description in words: usually a few dozen; one in fifty has many hundreds.
std::size_t description_words(Random& random);

}  // namespace threatatlas::bench
