#pragma once

// How RocksDB keeps each table, and the database: compression, merging, filters, memory.

#include <vector>

#include <rocksdb/db.h>

namespace threatatlas {

rocksdb::DBOptions database_options();

// One for each table, in the order of Table, and RocksDB's own, which has no rows. They share one
// new cache.
std::vector<rocksdb::ColumnFamilyDescriptor> table_descriptors(std::size_t cache_mebibytes);

}  // namespace threatatlas
