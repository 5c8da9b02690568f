#pragma once

/// @file
/// Verifies the tables with one row for every step of a product's past: history and details.

#include <cstdint>
#include <future>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/instant.hpp"
#include "events/store/read_view.hpp"
#include "projections/audit/difference.hpp"

namespace threatatlas::audit {

/// Rows are produced in log order but stored in product order. They are therefore collected up to a
/// limit, sorted, and compared with the table product by product, each continuing after its last
/// compared row. That also detects extra rows between two consecutive rows of a product.
///
/// For use by one thread. A second thread compares collected rows while more are collected.
class TimedRows {
  public:
    /// `view` must outlive this object.
    TimedRows(const store::ReadView& view, store::Table table);

    /// Adds a row that must exist; `position` is the newest one the row includes. Times of a
    /// product never decrease between calls. The same product and time in the next call replaces
    /// the row.
    void expect(ProductId product, base::Instant time, Position position, std::string_view bytes);

    /// True if enough rows are collected to be worth comparing.
    bool is_full() const;
    /// Starts to compare the collected rows except the last one, which may still be replaced.
    /// Returns the first difference, by position, of the previous comparison.
    std::optional<Difference> compare();
    /// Call after the last row: compares the rest, and looks for rows that no event explains.
    std::optional<Difference> finish();

    /// The number of compared rows, after finish().
    std::uint64_t compared() const { return compared_; }

  private:
    struct Row {
        ProductId product = 0;
        std::uint64_t micros = 0;
        Position position = 0;
        std::size_t bytes_at = 0;  ///< offset in bytes_
        std::size_t byte_count = 0;
    };
    struct Last {
        std::string key;  ///< key of the product's newest compared row
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

    const store::Table table_;
    Gathered gathered_;

    // Used by the second thread while it compares.
    store::RowIterator rows_;
    Gathered in_work_;
    std::unordered_map<ProductId, Last> last_;
    std::uint64_t compared_ = 0;

    /// last member: its destructor waits for the thread
    std::future<std::optional<Difference>> result_;
};

}  // namespace threatatlas::audit
