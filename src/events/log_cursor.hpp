#pragma once

/// The lines of the log in order, for reading all of them.

#include <string_view>

#include "events/store/ids.hpp"
#include "events/store/read_view.hpp"

namespace threatatlas::events {

/// Reads ahead, and does not fill the block cache. For use by one thread.
class LogCursor {
  public:
    /// Before the line of that position. The view is the caller's and outlives the cursor.
    explicit LogCursor(const store::ReadView& view, Position first = 1);

    /// Moves to the next line; false at the end. Throws ReadError.
    bool next();

    /// Both only after next() returned true. A position is the key of the row: the caller checks
    /// whether positions have gaps, and whether they agree with the lines.
    Position position() const { return position_; }
    /// Good until next() is called again.
    std::string_view line() const { return rows_.value(); }

  private:
    store::RowIterator rows_;
    const Position first_;
    Position position_ = 0;
};

}  // namespace threatatlas::events
