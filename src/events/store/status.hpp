#pragma once

/// RocksDB's status as an exception of the store. Private to events/store.

#include <string_view>

#include <rocksdb/status.h>

namespace threatatlas::store {

/// Throws StorageError unless the status is success. `doing` names the operation for the message.
void require_ok(const rocksdb::Status& status, std::string_view doing);

/// The same for reads of rows: throws ReadError.
void require_read(const rocksdb::Status& status, std::string_view doing);

}  // namespace threatatlas::store
