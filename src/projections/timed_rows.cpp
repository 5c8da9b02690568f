#include "projections/timed_rows.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "events/keys.hpp"

namespace threatatlas {
namespace {

// Enough rows that seeking to each product's place is cheap beside reading on from there.
constexpr std::size_t gathered_rows_max = 65'536;
constexpr std::size_t gathered_bytes_max = std::size_t{16} << 20U;

}  // namespace

TimedRows::TimedRows(const ReadView& view, Table table)
    : table_(table), iterator_(view.iterate(table)) {}

void TimedRows::expect(ProductId product, Instant time, Position position, std::string_view bytes) {
    const std::uint64_t micros = micros_of(time);
    if (!rows_.empty() && rows_.back().product == product && rows_.back().micros == micros) {
        rows_.pop_back();
    }
    rows_.push_back({product, micros, position, bytes_.size(), bytes.size()});
    bytes_ += bytes;
}

bool TimedRows::is_full() const {
    return rows_.size() >= gathered_rows_max || bytes_.size() >= gathered_bytes_max;
}

std::optional<Difference> TimedRows::compare() {
    std::sort(rows_.begin(), rows_.end(), [](const Row& a, const Row& b) {
        return std::pair(a.product, a.micros) < std::pair(b.product, b.micros);
    });
    std::optional<Difference> first;
    for (auto row = rows_.cbegin(); row != rows_.cend();) {
        const auto end = std::find_if(
            row, rows_.cend(), [&](const Row& other) { return other.product != row->product; });
        const auto difference = compare_product(row, end);
        if (difference && (!first || difference->position < first->position)) {
            first = difference;
        }
        row = end;
    }
    rows_.clear();
    bytes_.clear();
    return first;
}

std::optional<Difference> TimedRows::finish() {
    if (auto difference = compare()) {
        return difference;
    }
    return find_stray();
}

std::optional<Difference> TimedRows::compare_product(Rows row, Rows end) {
    Last& last = last_[row->product];
    // The smallest key behind the last one, or the first of the product.
    iterator_->Seek(last.key.empty() ? be64_key(row->product) : last.key + '\0');
    for (; row != end; ++row) {
        const std::string key = be64_key(row->product, row->micros);
        const std::string_view folded =
            std::string_view(bytes_).substr(row->bytes_at, row->byte_count);
        require_read(iterator_->status(), "reading rows");
        if (iterator_->Valid() && iterator_->key().ToStringView() < key) {
            return difference_at(table_, iterator_->key().ToStringView(), last.position,
                                 "no event of the log makes this row");
        }
        if (!iterator_->Valid() || iterator_->key().ToStringView() != key) {
            return difference_at(table_, key, row->position, "the row is missing");
        }
        if (iterator_->value().ToStringView() != folded) {
            return difference_at(table_, key, row->position,
                                 describe_bytes(iterator_->value().ToStringView(), folded));
        }
        ++compared_;
        last = {key, row->position};
        iterator_->Next();
    }
    return std::nullopt;
}

// From product to product, behind the last row that each of them should have.
std::optional<Difference> TimedRows::find_stray() {
    iterator_->SeekToFirst();
    while (iterator_->Valid()) {
        const std::string_view key = iterator_->key().ToStringView();
        const auto last = key.size() < be64_bytes
                              ? last_.end()
                              : last_.find(read_be64(key.substr(0, be64_bytes)));
        if (last == last_.end() || key > last->second.key) {
            return difference_at(table_, key, last == last_.end() ? 0 : last->second.position,
                                 "no event of the log makes this row");
        }
        iterator_->Seek(last->second.key + '\0');
    }
    require_read(iterator_->status(), "reading rows");
    return std::nullopt;
}

}  // namespace threatatlas
