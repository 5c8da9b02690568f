#pragma once

/// @file
/// Hash functions for the keys of rows.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <utility>

#include "projections/model.hpp"

namespace threatatlas::projections {

/// Hashes the key types of the overlay and of memory tables.
struct KeyHash {
    std::size_t operator()(std::uint64_t key) const { return std::hash<std::uint64_t>{}(key); }
    std::size_t operator()(const std::pair<std::uint64_t, std::uint64_t>& key) const {
        // The odd constant is 2^64 divided by the golden ratio (Fibonacci hashing); it spreads
        // neighbouring ids.
        return std::hash<std::uint64_t>{}(key.first * 0x9E3779B97F4A7C15U ^ key.second);
    }
    std::size_t operator()(const std::string& key) const { return std::hash<std::string>{}(key); }
    /// A digest is uniformly distributed, so any part of it is a good hash.
    std::size_t operator()(const ElementKey& element) const {
        std::size_t hash = 0;
        std::memcpy(&hash, element.data(), sizeof hash);
        return hash;
    }
};

}  // namespace threatatlas::projections
