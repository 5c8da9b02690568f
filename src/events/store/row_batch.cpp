#include "events/store/row_batch.hpp"

#include <rocksdb/write_batch.h>

#include "events/store/database.hpp"
#include "events/store/store.hpp"

namespace threatatlas::store {

RowBatch::RowBatch(const Store& store)
    : store_(&store), changes_(std::make_unique<rocksdb::WriteBatch>()) {}
RowBatch::~RowBatch() = default;
RowBatch::RowBatch(RowBatch&& other) noexcept = default;
RowBatch& RowBatch::operator=(RowBatch&& other) noexcept = default;

void RowBatch::put(Table table, std::string_view key, std::string_view value) {
    changes_log_ |= table == Table::events;
    require_ok(changes_->Put(store_->database_->handle(table), key, value),
               "adding a row to a batch");
}

void RowBatch::erase(Table table, std::string_view key) {
    changes_log_ |= table == Table::events;
    require_ok(changes_->Delete(store_->database_->handle(table), key),
               "adding the removal of a row to a batch");
}

void RowBatch::clear() {
    changes_->Clear();
    changes_log_ = false;
}

std::size_t RowBatch::count() const {
    return changes_->Count();
}

std::size_t RowBatch::bytes() const {
    return changes_->GetDataSize();
}

}  // namespace threatatlas::store
