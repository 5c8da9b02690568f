#include "events/log_cursor.hpp"

#include "events/store/errors.hpp"
#include "events/store/keys.hpp"

namespace threatatlas::events {

LogCursor::LogCursor(const store::ReadView& view, Position first)
    : rows_(view.iterate_whole(store::Table::events, "reading the log")), first_(first) {}

bool LogCursor::next() {
    // Positions begin at 1, so 0 means that nothing was read yet.
    if (position_ == 0) {
        first_ <= 1 ? rows_.seek_to_first() : rows_.seek(store::be64_key(first_));
    } else {
        rows_.next();
    }
    if (!rows_.valid()) {
        return false;
    }
    const std::string_view key = rows_.key();
    if (key.size() != store::be64_bytes || store::read_be64(key) == 0) {
        throw store::ReadError("reading the log: a row's key is not a position");
    }
    position_ = store::read_be64(key);
    return true;
}

}  // namespace threatatlas::events
