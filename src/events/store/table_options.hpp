#pragma once

/// RocksDB options of the tables and of the database: compression, compaction, filters, memory.
/// Private to events/store.

#include <vector>

#include <rocksdb/db.h>

namespace threatatlas::store {

rocksdb::DBOptions database_options();

/// One descriptor per table, in the order of Table, followed by RocksDB's default column family,
/// which has no rows. They share one new cache.
std::vector<rocksdb::ColumnFamilyDescriptor> table_descriptors(std::size_t cache_mebibytes);

}  // namespace threatatlas::store
