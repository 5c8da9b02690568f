#pragma once

/// @file
/// Sequential access to the lines of the log, for full scans.

#include <memory>
#include <string_view>

#include "events/store/store.hpp"
#include "events/vocabulary.hpp"

namespace threatatlas {

/// Uses read-ahead and does not fill the block cache. For use by one thread.
class LogCursor {
  public:
    /// Starts before the line at position `first`. `view` must outlive the cursor.
    explicit LogCursor(const ReadView& view, Position first = 1);

    /// Advances to the next line; returns false at the end. Throws StorageError.
    bool next();

    /// The position of the current line. Valid only after next() returned true. It is the key of
    /// the row: the caller checks whether positions have gaps and match the content of the lines.
    Position position() const { return position_; }
    /// The current line. Valid until the next call of next().
    std::string_view line() const;

  private:
    std::unique_ptr<rocksdb::Iterator> iterator_;
    const Position first_;
    Position position_ = 0;
};

}  // namespace threatatlas
