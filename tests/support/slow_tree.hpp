#pragma once

// Reference implementation for tlog/merkle.hpp: the definitions of RFC 6962, section 2.1, applied
// literally to the list of all leaves. Nothing is cached; every hash is recomputed.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.hpp"

namespace threatatlas::testing {

using Entries = std::span<const std::string>;

/// MTH(D[n])
base::Digest slow_root(Entries entries);
/// PATH(m, D[n])
std::vector<base::Digest> slow_path(std::uint64_t index, Entries entries);
/// PROOF(m, D[n]); `old_size` is not 0.
std::vector<base::Digest> slow_proof(std::uint64_t old_size, Entries entries);

}  // namespace threatatlas::testing
