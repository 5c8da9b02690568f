#pragma once

// The lines of the log one after the other, for those who read all of them.

#include <memory>
#include <string_view>

#include "events/store/store.hpp"
#include "events/vocabulary.hpp"

namespace threatatlas {

// Reads far ahead, and does not fill the block cache. For use by one thread.
class LogCursor {
  public:
    // Stands before the line of that position. The view is the caller's and outlives the cursor.
    explicit LogCursor(const ReadView& view, Position first = 1);

    // Moves on to the next line; false at the end. Throws StorageError.
    bool next();

    // Where it stands; both only after next() said true. A position is the key of the row: whether
    // positions have gaps, or agree with what the lines say, is for the caller to judge.
    Position position() const { return position_; }
    // Good until next() is called again.
    std::string_view line() const;

  private:
    std::unique_ptr<rocksdb::Iterator> iterator_;
    const Position first_;
    Position position_ = 0;
};

}  // namespace threatatlas
