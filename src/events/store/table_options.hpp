#pragma once

/// RocksDB's options of each table and of the database: compression, compaction, filters, memory.
/// Private to events/store.

#include <vector>

#include <rocksdb/db.h>

namespace threatatlas::store {

rocksdb::DBOptions database_options();

/// One for each table, in the order of Table, and RocksDB's default, which has no rows. They share
/// one new cache.
std::vector<rocksdb::ColumnFamilyDescriptor> table_descriptors(std::size_t cache_mebibytes);

}  // namespace threatatlas::store
