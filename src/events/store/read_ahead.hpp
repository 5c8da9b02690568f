#pragma once

/// Fills the page cache after a start. Reading megabytes sequentially takes as long as a few
/// hundred requests that each wait for one block.

#include <cstdint>
#include <functional>
#include <vector>

#include "events/store/table.hpp"

namespace threatatlas::store {

class Store;

/// Reads the files of the tables into the page cache: at most `bytes_max` in total, in the order of
/// `tables`, while `goes_on` returns true, in pieces small enough not to delay other readers.
/// Ignores files that cannot be read. Throws StorageError like Store::reopen().
void read_ahead(const Store& store, const std::vector<Table>& tables, std::uint64_t bytes_max,
                const std::function<bool()>& goes_on);

}  // namespace threatatlas::store
