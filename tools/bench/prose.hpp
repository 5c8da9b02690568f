#pragma once

// Made-up texts of the length and repetitiveness of real threat models.

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>

namespace threatatlas::bench {

// Everything random in the benchmarks comes from one of these, so that a seed gives the same log.
using Random = std::mt19937_64;

// Uniform in 0..bound - 1; bound > 0.
std::uint64_t below(Random& random, std::uint64_t bound);
bool chance(Random& random, unsigned percent);

// Words with a capital in front, without a final point: a title.
std::string make_title(Random& random, std::size_t words);
// Sentences of that many words in all.
std::string make_prose(Random& random, std::size_t words);
// The length of a description in words: mostly some dozens, one in fifty is many hundreds.
std::size_t description_words(Random& random);

}  // namespace threatatlas::bench
