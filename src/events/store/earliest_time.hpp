#pragma once

// Each file of a table with keys (id, time) says which is the earliest time in it. New files hold
// what happened lately: a question about an earlier instant need not look into them.

#include <cstdint>
#include <memory>

#include <rocksdb/table_properties.h>

namespace threatatlas {

// For the options of such a table. For any thread.
std::shared_ptr<rocksdb::TablePropertiesCollectorFactory> earliest_time_collectors();

// In microseconds, as in keys. The earliest that there is for a file that does not say, or holds
// more than rows.
std::uint64_t earliest_time_in(const rocksdb::TableProperties& file);

}  // namespace threatatlas
