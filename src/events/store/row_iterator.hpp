#pragma once

/// Rows of a table in the order of their keys.

#include <memory>
#include <string_view>

namespace rocksdb {
class Iterator;
}

namespace threatatlas::store {

/// At a row, or at none: before the first move, and beyond either end. Made by a ReadView, which
/// outlives it. For use by one thread at a time.
class RowIterator {
  public:
    /// `doing` names the work in messages; it outlives the iterator (a literal).
    RowIterator(std::unique_ptr<rocksdb::Iterator> rows, std::string_view doing);
    ~RowIterator();
    RowIterator(RowIterator&& other) noexcept;
    RowIterator& operator=(RowIterator&& other) noexcept;

    /// Each moves to a row and throws ReadError if that cannot be read.

    /// To the first row whose key is not less than `key`.
    void seek(std::string_view key);
    void seek_to_first();
    void seek_to_last();
    /// From a row to the one after it.
    void next();

    /// Whether it is at a row.
    bool valid() const { return is_valid_; }
    /// Of that row, in the database's memory: good until the next move.
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
