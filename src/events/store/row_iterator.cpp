#include "events/store/row_iterator.hpp"

#include <rocksdb/iterator.h>

#include "events/store/status.hpp"

namespace threatatlas::store {

RowIterator::RowIterator(std::unique_ptr<rocksdb::Iterator> rows, std::string_view doing)
    : rows_(std::move(rows)), doing_(doing) {}
RowIterator::~RowIterator() = default;
RowIterator::RowIterator(RowIterator&& other) noexcept = default;
RowIterator& RowIterator::operator=(RowIterator&& other) noexcept = default;

void RowIterator::seek(std::string_view key) {
    rows_->Seek(key);
    take_row();
}

void RowIterator::seek_to_first() {
    rows_->SeekToFirst();
    take_row();
}

void RowIterator::seek_to_last() {
    rows_->SeekToLast();
    take_row();
}

void RowIterator::next() {
    rows_->Next();
    take_row();
}

// Cached, because each is a virtual call.
void RowIterator::take_row() {
    is_valid_ = rows_->Valid();
    if (is_valid_) {
        key_ = rows_->key().ToStringView();
        value_ = rows_->value().ToStringView();
    } else {
        require_read(rows_->status(), doing_);
    }
}

}  // namespace threatatlas::store
