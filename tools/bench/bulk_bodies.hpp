#pragma once

/// Request bodies of the maximum size for POST …/events.

#include <string>
#include <vector>

namespace threatatlas::bench {

struct BulkBody {
    std::string ndjson;
    std::size_t items = 0;
};

/// Different bodies for empty products: threats, mitigations and changes of them, with ids. Each
/// reaches one of the limits, of items or of bytes.
std::vector<BulkBody> make_bulk_bodies(std::uint64_t seed, std::size_t count);

}  // namespace threatatlas::bench
