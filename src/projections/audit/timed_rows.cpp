#include "projections/audit/timed_rows.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "events/store/keys.hpp"

namespace threatatlas::audit {
namespace {

// Large enough that the seek to each product's rows is cheap compared with reading on from there.
constexpr std::size_t gathered_rows_max = 131'072;
constexpr std::size_t gathered_bytes_max = std::size_t{16} << 20U;

}  // namespace

void TimedRows::Gathered::add(ProductId product, std::uint64_t micros, Position position,
                              std::string_view row_bytes) {
    rows.push_back({product, micros, position, bytes.size(), row_bytes.size()});
    bytes += row_bytes;
}

void TimedRows::Gathered::clear() {
    rows.clear();
    bytes.clear();
}

TimedRows::TimedRows(const store::ReadView& view, store::Table table)
    : table_(table), rows_(view.iterate(table)) {}

void TimedRows::expect(ProductId product, base::Instant time, Position position,
                       std::string_view bytes) {
    const std::uint64_t micros = store::micros_of(time);
    auto& rows = gathered_.rows;
    if (!rows.empty() && rows.back().product == product && rows.back().micros == micros) {
        rows.pop_back();
    }
    gathered_.add(product, micros, position, bytes);
}

bool TimedRows::is_full() const {
    return gathered_.rows.size() >= gathered_rows_max ||
           gathered_.bytes.size() >= gathered_bytes_max;
}

std::optional<Difference> TimedRows::compare() {
    auto difference = take_result();
    if (gathered_.rows.size() < 2) {
        return difference;
    }
    std::swap(gathered_, in_work_);
    gathered_.clear();
    const Row last = in_work_.rows.back();
    gathered_.add(last.product, last.micros, last.position, in_work_.bytes_of(last));
    in_work_.rows.pop_back();
    result_ = std::async(std::launch::async, [this] { return compare_gathered(); });
    return difference;
}

std::optional<Difference> TimedRows::finish() {
    if (auto difference = take_result()) {
        return difference;
    }
    std::swap(gathered_, in_work_);
    gathered_.clear();
    if (auto difference = compare_gathered()) {
        return difference;
    }
    return find_stray();
}

std::optional<Difference> TimedRows::take_result() {
    return result_.valid() ? result_.get() : std::nullopt;
}

std::optional<Difference> TimedRows::compare_gathered() {
    std::vector<Row>& rows = in_work_.rows;
    std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
        return std::pair(a.product, a.micros) < std::pair(b.product, b.micros);
    });
    std::optional<Difference> first;
    for (auto row = rows.cbegin(); row != rows.cend();) {
        const auto end = std::find_if(
            row, rows.cend(), [&](const Row& other) { return other.product != row->product; });
        const auto difference = compare_product(row, end);
        if (difference && (!first || difference->position < first->position)) {
            first = difference;
        }
        row = end;
    }
    return first;
}

std::optional<Difference> TimedRows::compare_product(Rows row, Rows end) {
    Last& last = last_[row->product];
    // The smallest key after the last one compared or, initially, the first key of the product.
    rows_.seek(last.key.empty() ? store::be64_key(row->product) : last.key + '\0');
    for (; row != end; ++row) {
        const std::string key = store::be64_key(row->product, row->micros);
        const std::string_view folded = in_work_.bytes_of(*row);
        if (rows_.valid() && rows_.key() < key) {
            return difference_at(table_, rows_.key(), last.position,
                                 "no event of the log makes this row");
        }
        if (!rows_.valid() || rows_.key() != key) {
            return difference_at(table_, key, row->position, "the row is missing");
        }
        if (rows_.value() != folded) {
            return difference_at(table_, key, row->position, describe_bytes(rows_.value(), folded));
        }
        ++compared_;
        last = {key, row->position};
        rows_.next();
    }
    return std::nullopt;
}

// Steps from product to product, to the key after the last row that each should have.
std::optional<Difference> TimedRows::find_stray() {
    rows_.seek_to_first();
    while (rows_.valid()) {
        const std::string_view key = rows_.key();
        const auto last = key.size() < store::be64_bytes
                              ? last_.end()
                              : last_.find(store::read_be64(key.substr(0, store::be64_bytes)));
        if (last == last_.end() || key > last->second.key) {
            return difference_at(table_, key, last == last_.end() ? 0 : last->second.position,
                                 "no event of the log makes this row");
        }
        rows_.seek(last->second.key + '\0');
    }
    return std::nullopt;
}

}  // namespace threatatlas::audit
