#pragma once

/// Stores in each file of a table with keys (id, time) the earliest time in it. New files contain
/// recent times, so a read at an earlier instant can skip them. Private to events/store.

#include <cstdint>
#include <memory>

#include <rocksdb/table_properties.h>

namespace threatatlas::store {

/// For the options of such a table. Thread-safe.
std::shared_ptr<rocksdb::TablePropertiesCollectorFactory> earliest_time_collectors();

/// In microseconds, as in keys. 0 for a file that does not contain the property or has deletions.
std::uint64_t earliest_time_in(const rocksdb::TableProperties& file);

}  // namespace threatatlas::store
