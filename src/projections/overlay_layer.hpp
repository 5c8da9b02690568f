#pragma once

/// @file
/// One table of the overlay. Lookups go from the rows of the group being decided, including those
/// of the open transaction, to those of the in-flight group and then to the store. For use by one
/// thread.

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "events/store/keys.hpp"
#include "events/store/read_view.hpp"
#include "events/store/row_batch.hpp"
#include "events/store/store.hpp"
#include "projections/key_hash.hpp"
#include "projections/rows.hpp"

namespace threatatlas::projections {

using PairKey = std::pair<std::uint64_t, std::uint64_t>;

/// True if the row is empty; empty rows are not stored.
template <class Row>
bool is_void(const Row& row) {
    if constexpr (requires { row.empty(); }) {
        return row.empty();
    } else {
        return false;
    }
}

/// Encodes numbers as key bytes without an allocation.
class NumberKey {
  public:
    explicit NumberKey(std::uint64_t key) { put(key); }
    explicit NumberKey(const PairKey& key) {
        put(key.first);
        put(key.second);
    }
    std::string_view bytes() const { return {bytes_.data(), size_}; }

  private:
    void put(std::uint64_t number) {
        store::put_be64(bytes_.data() + size_, number);
        size_ += store::be64_bytes;
    }

    std::array<char, 2 * store::be64_bytes> bytes_;
    std::size_t size_ = 0;
};

/// A text that is already the bytes of a key.
class TextKey {
  public:
    explicit TextKey(const std::string& key) : key_(key) {}
    std::string_view bytes() const { return key_; }

  private:
    const std::string& key_;
};

/// The key bytes of an exposure (table elements).
class ExposureKey {
  public:
    explicit ExposureKey(const PairKey& key) {
        store::put_be64(bytes_.data(), key.first);
        bytes_[store::be64_bytes] = threat_tag;
        store::put_be64(bytes_.data() + store::be64_bytes + 1, key.second);
    }
    std::string_view bytes() const { return {bytes_.data(), bytes_.size()}; }

  private:
    std::array<char, 2 * store::be64_bytes + 1> bytes_;
};

/// The key of which `bytes` are the bytes.
template <class Key>
Key key_of(std::string_view bytes) {
    if constexpr (std::is_same_v<Key, std::string>) {
        return Key(bytes);
    } else {
        return store::read_be64(bytes);
    }
}

template <class Key>
using BytesOf = std::conditional_t<std::is_same_v<Key, std::string>, TextKey, NumberKey>;

/// One table of typed rows. The open transaction changes rows of the group in place, and keeps
/// their previous values until it ends: most transactions are kept.
template <class Key, class Row, class Bytes = BytesOf<Key>>
class Layer {
  public:
    Layer(const store::Store& store, store::Table table) : store_(store), table_(table) {}

    const Row* find(const Key& key) {
        const auto& cell = group_cell(key);
        return cell.row ? &*cell.row : nullptr;
    }

    Row& edit(const Key& key) { return open(group_cell(key)); }

    /// For a row that is known to exist neither in the store nor in the in-flight group: avoids the
    /// lookup.
    Row& create(const Key& key) { return open(remember(*group_.try_emplace(key).first)); }

    void expect(std::size_t rows) { group_.reserve(group_.size() + rows); }

    void keep() {
        before_.clear();
        ++transaction_;
    }
    void drop() {
        for (auto change = before_.rbegin(); change != before_.rend(); ++change) {
            Cell& cell = *change->cell;
            cell.changed = change->changed;
            if (change->row) {
                *cell.row = std::move(*change->row);
            } else {
                cell.row.reset();
            }
        }
        keep();
    }
    void submit() {
        newest_ = nullptr;
        in_flight_ = std::move(group_);
        group_.clear();
    }
    void commit() { in_flight_.clear(); }
    void clear() {
        newest_ = nullptr;
        before_.clear();
        group_.clear();
        in_flight_.clear();
    }

    // In key order, in which inserting into the memory table is fastest.
    void write_to(store::RowBatch& batch) const {
        std::vector<std::pair<Key, const Row*>> changed;
        changed.reserve(group_.size());
        for (const auto& [key, cell] : group_) {
            if (cell.changed) {
                changed.emplace_back(key, &*cell.row);
            }
        }
        std::sort(changed.begin(), changed.end());
        std::string bytes;
        for (const auto& [name, changed_row] : changed) {
            const Bytes key(name);
            const Row& row = *changed_row;
            if (is_void(row)) {
                batch.erase(table_, key.bytes());
                continue;
            }
            bytes = encode(row, std::move(bytes));
            batch.put(table_, key.bytes(), bytes);
        }
    }

    template <class Visit>
    void for_each_row(Visit visit) {
        const store::ReadView view(store_);
        view.scan(table_, "", "", [&](std::string_view key, std::string_view value) {
            const Key id = key_of<Key>(key);
            if (!group_.contains(id) && !in_flight_.contains(id)) {
                visit(id, decode<Row>(value));
            }
            return true;
        });
        for (const auto& [key, cell] : in_flight_) {
            if (cell.row && !group_.contains(key)) {
                visit(key, *cell.row);
            }
        }
        for (const auto& [key, cell] : group_) {
            if (cell.row) {
                visit(key, *cell.row);
            }
        }
    }

    template <class Visit>
    void for_each_changed(Visit visit) const {
        for (const auto& [key, cell] : group_) {
            if (cell.changed) {
                visit(key, *cell.row);
            }
        }
    }

    /// The highest key in the groups and the store; 0 if there is none.
    std::uint64_t last_key() const requires std::is_same_v<Key, std::uint64_t> {
        std::uint64_t last = 0;
        for (const auto* cells : {&group_, &in_flight_}) {
            for (const auto& [key, cell] : *cells) {
                if (cell.row) {
                    last = std::max(last, key);
                }
            }
        }
        const store::ReadView view(store_);
        store::RowIterator rows = view.iterate(table_, "finding the last row");
        rows.seek_to_last();
        return rows.valid() ? std::max(last, store::read_be64(rows.key())) : last;
    }

  private:
    struct Cell {
        std::optional<Row> row;  ///< nullopt: not in the store either
        bool changed = false;
        std::uint64_t changed_by = 0;  ///< the newest transaction that changed the row
    };
    using Cells = std::unordered_map<Key, Cell, KeyHash>;

    /// The previous value of a cell. Cells do not move.
    struct Before {
        Cell* cell;
        bool changed;
        std::unique_ptr<Row> row;  ///< null if there was no row
    };

    /// Returns the row of a cell for a change by the open transaction.
    Row& open(Cell& cell) {
        if (cell.changed_by != transaction_) {
            before_.push_back(
                {&cell, cell.changed, cell.row ? std::make_unique<Row>(*cell.row) : nullptr});
            cell.changed_by = transaction_;
            cell.changed = true;
        }
        return cell.row ? *cell.row : cell.row.emplace();
    }

    Cell& remember(typename Cells::value_type& entry) {
        newest_ = &entry;
        return entry.second;
    }

    Cell& group_cell(const Key& key) {
        if (newest_ != nullptr && newest_->first == key) {
            return newest_->second;
        }
        const auto known = group_.find(key);
        if (known != group_.end()) {
            return remember(*known);
        }
        Cell cell;
        if (const auto found = in_flight_.find(key); found != in_flight_.end()) {
            cell.row = found->second.row;
        } else if (const auto bytes = store_.get(table_, Bytes(key).bytes())) {
            cell.row = decode<Row>(*bytes);
        }
        return remember(*group_.emplace(key, std::move(cell)).first);
    }

    const store::Store& store_;
    const store::Table table_;
    Cells in_flight_;
    Cells group_;
    /// the cell of group_ used last, which is often used again
    typename Cells::value_type* newest_ = nullptr;
    std::vector<Before> before_;
    std::uint64_t transaction_ = 1;  ///< number of the open transaction, from 1
};

/// Rows that are written without being read. keep() merges the transaction's rows into the group's;
/// the later value wins.
template <class Value>
class WriteOnlyLayer {
  public:
    using Rows = std::map<std::string, Value>;

    void put(std::string key, Value value) { transaction_[std::move(key)] = std::move(value); }
    void keep() {
        group_.merge(transaction_);
        for (auto& [key, value] : transaction_) {  // keys that the group already had
            group_.find(key)->second = std::move(value);
        }
        transaction_.clear();
    }
    void drop() { transaction_.clear(); }
    void submit() {
        in_flight_ = std::move(group_);
        group_.clear();
    }
    void commit() { in_flight_.clear(); }
    void clear() {
        transaction_.clear();
        group_.clear();
        in_flight_.clear();
    }
    const Rows& in_flight() const { return in_flight_; }
    const Rows& group() const { return group_; }
    const Rows& transaction() const { return transaction_; }

  private:
    Rows in_flight_;
    Rows group_;
    Rows transaction_;
};

/// Adds the keys of a write-only layer with empty rows to the batch: a put if the value is true, a
/// deletion if it is false.
inline void write_keys(store::RowBatch& batch, store::Table table,
                       const std::map<std::string, bool>& keys) {
    for (const auto& [key, is_present] : keys) {
        is_present ? batch.put(table, key, "") : batch.erase(table, key);
    }
}

/// Adds the rows of a write-only layer to the batch: a put, or a deletion if the value is empty.
inline void write_rows(store::RowBatch& batch, store::Table table,
                       const std::map<std::string, std::string>& rows) {
    for (const auto& [key, value] : rows) {
        value.empty() ? batch.erase(table, key) : batch.put(table, key, value);
    }
}

}  // namespace threatatlas::projections
