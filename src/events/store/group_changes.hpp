#pragma once

/// What one group of transactions changes, in the two parts that a store commits together: what it
/// appends to the log, and what it changes in the projections. They are separate types so that the
/// log can be kept elsewhere one day. The projections would then be written on their own and fall
/// behind the log, which is why their changes say up to which position they are applied.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "events/store/ids.hpp"
#include "events/store/row_batch.hpp"
#include "events/store/table.hpp"

namespace threatatlas::store {

/// Lines that follow the end of the log, and rows of the log's own tables that belong to them. For
/// use by one thread.
class LogAppend {
  public:
    /// A row of a table that describes the log: tiles of its Merkle tree, its checkpoint.
    struct Row {
        Table table;
        std::string key;
        std::string value;
    };

    /// Forgets what was added, keeps the memory, and continues a log that ends at `expected` (0 if
    /// it is empty).
    void begin_after(Position expected) {
        expected_ = expected;
        lines_.clear();
        ends_.clear();
        rows_.clear();
    }

    /// Copies the line, which gets the next position.
    void add_line(std::string_view line) {
        lines_ += line;
        ends_.push_back(lines_.size());
    }
    void add_row(Row row) { rows_.push_back(std::move(row)); }

    /// The position at which the log has to end when this is committed.
    Position expected() const { return expected_; }
    /// The position at which it ends then.
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
    std::string lines_;              // one after the other
    std::vector<std::size_t> ends_;  // of each, in lines_
    std::vector<Row> rows_;
};

/// Rows of the projections, and of the operational tables that change with them.
struct ProjectionChanges {
    explicit ProjectionChanges(const Store& store) : rows(store) {}

    /// The log up to this position is folded into the projections once the rows are written. No row
    /// stores it: lines and rows share one atomic write, so it is the end of the log.
    Position applied = 0;
    RowBatch rows;
};

}  // namespace threatatlas::store
