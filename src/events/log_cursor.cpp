#include "events/log_cursor.hpp"

#include "events/store/keys.hpp"

namespace threatatlas {

LogCursor::LogCursor(const ReadView& view, Position first)
    : iterator_(view.iterate_whole(Table::events)), first_(first) {}

bool LogCursor::next() {
    // Positions start at 1, so 0 means that nothing has been read yet.
    if (position_ == 0) {
        first_ <= 1 ? iterator_->SeekToFirst() : iterator_->Seek(be64_key(first_));
    } else {
        iterator_->Next();
    }
    if (!iterator_->Valid()) {
        require_read(iterator_->status(), "reading the log");
        return false;
    }
    const std::string_view key = iterator_->key().ToStringView();
    if (key.size() != be64_bytes || read_be64(key) == 0) {
        throw ReadError("reading the log: a row's key is not a position");
    }
    position_ = read_be64(key);
    return true;
}

std::string_view LogCursor::line() const {
    return iterator_->value().ToStringView();
}

}  // namespace threatatlas
