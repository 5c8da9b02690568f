#pragma once

// After a start the system may have forgotten the files. Read in order, megabytes take as long as a
// few hundred questions, each of which would wait for a block of its own.

#include <cstdint>
#include <functional>
#include <vector>

#include "events/store/store.hpp"

namespace threatatlas {

// Reads the files of the tables, for the system to keep in memory of its own, which it takes back
// whenever it needs it: at most `bytes_max` in all, tables in their order, as long as `goes_on`, in
// pieces so small that others who read hardly wait. What cannot be read is left to whoever needs
// it. Throws StorageError as Store::reopen() says.
void read_ahead(const Store& store, const std::vector<Table>& tables, std::uint64_t bytes_max,
                const std::function<bool()>& goes_on);

}  // namespace threatatlas
