#pragma once

// Verification of the tables that keep a row for every step of a product's past: history, details.

#include <cstdint>
#include <future>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/instant.hpp"
#include "events/store/read_view.hpp"
#include "projections/audit/difference.hpp"

namespace threatatlas {

// Rows are made in the order of the log and stored in the order of products. So they are gathered
// up to a bound, sorted, and then held against the table product by product, each going on where it
// left off. What lies between two rows of a product that follow each other is thereby seen, too.
//
// For use by one thread. A second one compares what was gathered while more is.
class TimedRows {
  public:
    // The view is the caller's and outlives this.
    TimedRows(const ReadView& view, Table table);

    // A row that must be there; `position` is the newest that it takes in. Times of a product never
    // fall from call to call. The same product and time again, in the next call, replaces the row.
    void expect(ProductId product, Instant time, Position position, std::string_view bytes);

    // Whether enough is gathered to be worth comparing.
    bool is_full() const;
    // Begins to compare what was gathered, but for the last row, which may still be replaced. The
    // first difference, by position, in what was gathered before.
    std::optional<Difference> compare();
    // After the last row: compares the rest, and looks for rows of which no event tells.
    std::optional<Difference> finish();

    // After finish().
    std::uint64_t compared() const { return compared_; }

  private:
    struct Row {
        ProductId product = 0;
        std::uint64_t micros = 0;
        Position position = 0;
        std::size_t bytes_at = 0;  // in bytes_
        std::size_t byte_count = 0;
    };
    struct Last {
        std::string key;  // of the product's newest row that was compared
        Position position = 0;
    };
    using Rows = std::vector<Row>::const_iterator;

    struct Gathered {
        void add(ProductId product, std::uint64_t micros, Position position,
                 std::string_view bytes);
        std::string_view bytes_of(const Row& row) const {
            return std::string_view(bytes).substr(row.bytes_at, row.byte_count);
        }
        void clear();

        std::vector<Row> rows;
        std::string bytes;
    };

    std::optional<Difference> take_result();
    std::optional<Difference> compare_gathered();
    std::optional<Difference> compare_product(Rows row, Rows end);
    std::optional<Difference> find_stray();

    const Table table_;
    Gathered gathered_;

    // The second thread's while it compares.
    RowIterator rows_;
    Gathered in_work_;
    std::unordered_map<ProductId, Last> last_;
    std::uint64_t compared_ = 0;

    std::future<std::optional<Difference>> result_;  // last: waits for the thread
};

}  // namespace threatatlas
