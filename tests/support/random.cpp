#include "support/random.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <string>

namespace threatatlas::testing {

std::uint64_t test_seed() {
    const char* given = std::getenv("THREATATLAS_SEED");
    const std::uint64_t seed = given != nullptr ? std::stoull(given) : std::random_device{}();
    std::cout << "THREATATLAS_SEED=" << seed << std::endl;
    return seed;
}

std::uint64_t test_rounds(std::uint64_t usual) {
    if (const char* const given = std::getenv("THREATATLAS_ROUNDS")) {
        return std::stoull(given);
    }
    const char* const percent = std::getenv("THREATATLAS_ROUNDS_PERCENT");
    return percent == nullptr ? usual
                              : std::max<std::uint64_t>(usual * std::stoull(percent) / 100, 1);
}

}  // namespace threatatlas::testing
