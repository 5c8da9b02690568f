#pragma once

/// Reads the lines of the log in order.

#include <string_view>

#include "events/store/ids.hpp"
#include "events/store/read_view.hpp"

namespace threatatlas::events {

/// Reads ahead, and does not fill the block cache. For use by one thread.
class LogCursor {
  public:
    /// The first call of next() moves to the line at `first`. `view` must outlive the cursor.
    explicit LogCursor(const store::ReadView& view, Position first = 1);

    /// Moves to the next line; false at the end. Throws ReadError.
    bool next();

    /// The next two require that next() has returned true. The position is the key of the row: the
    /// caller checks that positions have no gaps and agree with the lines.
    Position position() const { return position_; }
    /// Valid until the next call of next().
    std::string_view line() const { return rows_.value(); }

  private:
    store::RowIterator rows_;
    const Position first_;
    Position position_ = 0;
};

}  // namespace threatatlas::events
