#pragma once

/// Each file of a table with keys (id, time) states the earliest time in it. New files have recent
/// times: a question about an earlier instant need not look into them. Private to events/store.

#include <cstdint>
#include <memory>

#include <rocksdb/table_properties.h>

namespace threatatlas::store {

/// For the options of such a table. For any thread.
std::shared_ptr<rocksdb::TablePropertiesCollectorFactory> earliest_time_collectors();

/// Microseconds, as in keys. 0 for a file that does not state it, or that has deletions.
std::uint64_t earliest_time_in(const rocksdb::TableProperties& file);

}  // namespace threatatlas::store
