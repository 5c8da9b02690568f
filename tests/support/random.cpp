#include "support/random.hpp"

#include <cstdlib>
#include <iostream>
#include <string>

namespace threatatlas {

std::uint64_t test_seed() {
    const char* given = std::getenv("THREATATLAS_SEED");
    const std::uint64_t seed = given != nullptr ? std::stoull(given) : std::random_device{}();
    std::cout << "THREATATLAS_SEED=" << seed << std::endl;
    return seed;
}

std::uint64_t test_rounds(std::uint64_t usual) {
    const char* given = std::getenv("THREATATLAS_ROUNDS");
    return given != nullptr ? std::stoull(given) : usual;
}

}  // namespace threatatlas
