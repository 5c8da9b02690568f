#pragma once

/// @file
/// Owners, such as tokens, that share a limited amount of something.

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace threatatlas::base {

/// Identifies an owner, for example by token id.
using ShareOwner = std::uint64_t;

/// One owner's share: half of a pool, but at least 1.
constexpr std::size_t share_of(std::size_t pool) {
    return std::max<std::size_t>(1, pool / 2);
}

}  // namespace threatatlas::base
