#pragma once

// Bodies for POST …/events, as large as they may be.

#include <string>
#include <vector>

namespace threatatlas::bench {

struct BulkBody {
    std::string ndjson;
    std::size_t items = 0;
};

// Different bodies for products that have nothing yet: threats, mitigations and changes of them,
// with ids. Each at one of the limits, of items or of bytes.
std::vector<BulkBody> make_bulk_bodies(std::uint64_t seed, std::size_t count);

}  // namespace threatatlas::bench
