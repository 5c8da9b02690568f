#pragma once

/// After a start the files may not be in the system's page cache. Reading megabytes in order takes
/// as long as a few hundred questions that each wait for a block of their own.

#include <cstdint>
#include <functional>
#include <vector>

#include "events/store/table.hpp"

namespace threatatlas::store {

class Store;

/// Reads the files of the tables into the page cache: at most `bytes_max` in all, in the order of
/// `tables`, as long as `goes_on` returns true, in pieces so small that other readers hardly wait.
/// Ignores files that cannot be read. Throws StorageError as Store::reopen() says.
void read_ahead(const Store& store, const std::vector<Table>& tables, std::uint64_t bytes_max,
                const std::function<bool()>& goes_on);

}  // namespace threatatlas::store
