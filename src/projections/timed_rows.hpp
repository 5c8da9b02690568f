#pragma once

// Verification of the tables that keep a row for every step of a product's past: history, details.

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "events/instant.hpp"
#include "events/store.hpp"
#include "projections/difference.hpp"

namespace threatatlas {

// Rows are made in the order of the log and stored in the order of products. So they are gathered
// up to a bound, sorted, and then held against the table product by product, each going on where it
// left off. What lies between two rows of a product that follow each other is thereby seen, too.
class TimedRows {
  public:
    // The view is the caller's and outlives this.
    TimedRows(const ReadView& view, Table table);

    // A row that must be there; `position` is the newest that it takes in. Times of a product never
    // fall from call to call. The same product and time again, in the next call, replaces the row.
    void expect(ProductId product, Instant time, Position position, std::string_view bytes);

    // Whether enough is gathered to be worth comparing.
    bool is_full() const;
    // Compares what was gathered and forgets it. The first difference by position.
    std::optional<Difference> compare();
    // After the last row: compares the rest, and looks for rows of which no event tells.
    std::optional<Difference> finish();

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

    std::optional<Difference> compare_product(Rows row, Rows end);
    std::optional<Difference> find_stray();

    const Table table_;
    const std::unique_ptr<rocksdb::Iterator> iterator_;
    std::vector<Row> rows_;
    std::string bytes_;
    std::unordered_map<ProductId, Last> last_;
    std::uint64_t compared_ = 0;
};

}  // namespace threatatlas
