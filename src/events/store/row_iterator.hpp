#pragma once

/// Iterates over the rows of a table in key order.

#include <memory>
#include <string_view>

namespace rocksdb {
class Iterator;
}

namespace threatatlas::store {

/// Not at a row before the first move and beyond either end. Created by a ReadView, which must
/// outlive it. For use by one thread at a time.
class RowIterator {
  public:
    /// `doing` describes the work in error messages and must outlive the iterator (a literal).
    RowIterator(std::unique_ptr<rocksdb::Iterator> rows, std::string_view doing);
    ~RowIterator();
    RowIterator(RowIterator&& other) noexcept;
    RowIterator& operator=(RowIterator&& other) noexcept;

    // The functions up to next() throw ReadError if the row cannot be read.

    /// Moves to the first row whose key is not less than `key`.
    void seek(std::string_view key);
    void seek_to_first();
    void seek_to_last();
    /// Moves to the next row. Requires valid().
    void next();

    /// True if the iterator is at a row.
    bool valid() const { return is_valid_; }
    /// The current row, in the database's memory; valid until the next move.
    std::string_view key() const { return key_; }
    std::string_view value() const { return value_; }

  private:
    void take_row();

    std::unique_ptr<rocksdb::Iterator> rows_;
    std::string_view doing_;
    bool is_valid_ = false;
    std::string_view key_;
    std::string_view value_;
};

}  // namespace threatatlas::store
