#pragma once

// Each file of a table with keys (id, time) says which is the earliest time in it. New files hold
// what happened lately: a question about an earlier instant need not look into them.

#include <cstdint>
#include <functional>
#include <memory>

#include <rocksdb/table_properties.h>

namespace threatatlas {

// For the options of such a table. For any thread.
std::shared_ptr<rocksdb::TablePropertiesCollectorFactory> earliest_time_collectors();

// For reading rows with a time of `micros` at the latest: whether a file may hold any. Files that
// do not say, or hold more than rows, may.
std::function<bool(const rocksdb::TableProperties&)> may_hold_times_until(std::uint64_t micros);

}  // namespace threatatlas
