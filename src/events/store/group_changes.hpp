#pragma once

/// The changes of one group of transactions, in the two parts that a store commits together: lines
/// appended to the log, and changes of the projections. The types are separate so that the log
/// could be stored elsewhere. The projections would then be written separately and could lag behind
/// the log, so their changes state the position up to which they are applied.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "events/store/ids.hpp"
#include "events/store/row_batch.hpp"
#include "events/store/table.hpp"

namespace threatatlas::store {

/// Lines to append to the log, and rows of the log's own tables that belong to them. For use by one
/// thread.
class LogAppend {
  public:
    /// A row of a table that describes the log: a tile of its Merkle tree, or its checkpoint.
    struct Row {
        Table table;
        std::string key;
        std::string value;
    };

    /// Discards the contents, keeps the memory, and continues a log that ends at `expected` (0 if
    /// it is empty).
    void begin_after(Position expected) {
        expected_ = expected;
        lines_.clear();
        ends_.clear();
        rows_.clear();
    }

    /// Copies the line and gives it the next position.
    void add_line(std::string_view line) {
        lines_ += line;
        ends_.push_back(lines_.size());
    }
    void add_row(Row row) { rows_.push_back(std::move(row)); }

    /// The position at which the log must end before this is committed.
    Position expected() const { return expected_; }
    /// The position at which the log ends afterwards.
    Position end() const { return expected_ + ends_.size(); }

    bool has_lines() const { return !ends_.empty(); }
    bool empty() const { return ends_.empty() && rows_.empty(); }

    /// Calls `visit(position, line)` for each line, in order.
    template <class Visit>
    void for_each_line(const Visit& visit) const {
        Position position = expected_;
        std::size_t begin = 0;
        for (const std::size_t end : ends_) {
            visit(++position, std::string_view(lines_).substr(begin, end - begin));
            begin = end;
        }
    }
    const std::vector<Row>& rows() const { return rows_; }

  private:
    Position expected_ = 0;
    std::string lines_;              // concatenated
    std::vector<std::size_t> ends_;  // end of each line in lines_
    std::vector<Row> rows_;
};

/// Changed rows of the projections and of the operational tables that change with them.
struct ProjectionChanges {
    explicit ProjectionChanges(const Store& store) : rows(store) {}

    /// The position up to which the log is folded into the projections once the rows are written.
    /// It is not stored: lines and rows share one atomic write, so it is the end of the log.
    Position applied = 0;
    RowBatch rows;
};

}  // namespace threatatlas::store
