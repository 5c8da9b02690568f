#include "projections/overlay.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "events/keys.hpp"
#include "projections/coverage.hpp"
#include "projections/key_hash.hpp"

namespace threatatlas {
namespace {

using PairKey = std::pair<std::uint64_t, std::uint64_t>;

constexpr std::string_view adding_row = "adding a row to a group";

// A row that says nothing has no place in the store.
template <class Row>
bool is_void(const Row& row) {
    if constexpr (requires { row.empty(); }) {
        return row.empty();
    } else {
        return false;
    }
}

// The bytes of numbers as keys, without an allocation.
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
        put_be64(bytes_.data() + size_, number);
        size_ += be64_bytes;
    }

    std::array<char, 2 * be64_bytes> bytes_;
    std::size_t size_ = 0;
};

class TextKey {
  public:
    explicit TextKey(const std::string& key) : key_(key) {}
    std::string_view bytes() const { return key_; }

  private:
    const std::string& key_;
};

template <class Key>
using BytesOf = std::conditional_t<std::is_same_v<Key, std::string>, TextKey, NumberKey>;

// One table: the rows of the group, above those of the group on its way to the disk, above the
// store. What the open transaction changes is changed in the group's rows, and kept as it was
// before until the transaction ends: most of them are kept.
template <class Key, class Row>
class Layer {
  public:
    Layer(const Store& store, Table table) : store_(store), table_(table) {}

    const Row* find(const Key& key) {
        const auto& cell = group_cell(key);
        return cell.row ? &*cell.row : nullptr;
    }

    Row& edit(const Key& key) { return open(group_cell(key)); }

    // For a row that is known not to be in the store or on its way there: spares the look.
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
    void depart() {
        newest_ = nullptr;
        departed_ = std::move(group_);
        group_.clear();
    }
    void land() { departed_.clear(); }
    void clear() {
        newest_ = nullptr;
        before_.clear();
        group_.clear();
        departed_.clear();
    }

    // In the order of the keys, in which the memory table takes them in most quickly.
    void write_to(rocksdb::WriteBatch& batch) const {
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
            const BytesOf<Key> key(name);
            const Row& row = *changed_row;
            if (is_void(row)) {
                require_ok(batch.Delete(store_.handle(table_), key.bytes()), adding_row);
                continue;
            }
            bytes = encode(row, std::move(bytes));
            require_ok(batch.Put(store_.handle(table_), key.bytes(), bytes), adding_row);
        }
    }

    template <class Visit>
    void for_each_row(Visit visit) {
        const ReadView view(store_);
        view.scan(table_, "", "", [&](std::string_view key, std::string_view value) {
            const Key id = read_be64(key);
            if (!group_.contains(id) && !departed_.contains(id)) {
                visit(id, decode<Row>(value));
            }
            return true;
        });
        for (const auto& [key, cell] : departed_) {
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

    // The highest key of the groups and the store; 0 where there is none.
    std::uint64_t last_key() const requires std::is_same_v<Key, std::uint64_t> {
        std::uint64_t last = 0;
        for (const auto* cells : {&group_, &departed_}) {
            for (const auto& [key, cell] : *cells) {
                if (cell.row) {
                    last = std::max(last, key);
                }
            }
        }
        const ReadView view(store_);
        const auto iterator = view.iterate(table_);
        iterator->SeekToLast();
        require_read(iterator->status(), "finding the last row");
        return iterator->Valid() ? std::max(last, read_be64(iterator->key().ToStringView())) : last;
    }

  private:
    struct Cell {
        std::optional<Row> row;  // nothing = the store has none either
        bool changed = false;
        std::uint64_t changed_by = 0;  // the newest transaction that did
    };
    using Cells = std::unordered_map<Key, Cell, KeyHash>;

    // What the open transaction found; cells stay where they are.
    struct Before {
        Cell* cell;
        bool changed;
        std::unique_ptr<Row> row;  // null where there was none
    };

    // The row of a cell, to be changed by the open transaction.
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
        if (const auto departed = departed_.find(key); departed != departed_.end()) {
            cell.row = departed->second.row;
        } else if (const auto bytes = store_.get(table_, BytesOf<Key>(key).bytes())) {
            cell.row = decode<Row>(*bytes);
        }
        return remember(*group_.emplace(key, std::move(cell)).first);
    }

    const Store& store_;
    const Table table_;
    Cells departed_;
    Cells group_;
    typename Cells::value_type* newest_ = nullptr;  // of group_, asked for last: often again
    std::vector<Before> before_;
    std::uint64_t transaction_ = 1;  // the open one, counted from 1
};

// Rows that are written without being read: the transaction's join the group's, the later one wins.
template <class Value>
class WriteOnlyLayer {
  public:
    using Rows = std::map<std::string, Value>;

    void put(std::string key, Value value) { transaction_[std::move(key)] = std::move(value); }
    const Value* find(const std::string& key) const {
        for (const Rows* rows : {&transaction_, &group_, &departed_}) {
            const auto found = rows->find(key);
            if (found != rows->end()) {
                return &found->second;
            }
        }
        return nullptr;
    }
    void keep() {
        group_.merge(transaction_);
        for (auto& [key, value] : transaction_) {  // those that the group had already
            group_.find(key)->second = std::move(value);
        }
        transaction_.clear();
    }
    void drop() { transaction_.clear(); }
    void depart() {
        departed_ = std::move(group_);
        group_.clear();
    }
    void land() { departed_.clear(); }
    void clear() {
        transaction_.clear();
        group_.clear();
        departed_.clear();
    }
    const Rows& departed() const { return departed_; }
    const Rows& group() const { return group_; }
    const Rows& transaction() const { return transaction_; }

  private:
    Rows departed_;
    Rows group_;
    Rows transaction_;
};

// Rows of a write-only layer as puts or, where the value is empty, deletes.
void write_rows(rocksdb::WriteBatch& batch, const Store& store, Table table,
                const std::map<std::string, std::string>& rows) {
    for (const auto& [key, value] : rows) {
        require_ok(value.empty() ? batch.Delete(store.handle(table), key)
                                 : batch.Put(store.handle(table), key, value),
                   adding_row);
    }
}

}  // namespace

class Overlay::Layers {
  public:
    explicit Layers(const Store& the_store)
        : store(the_store),
          products(store, Table::products),
          threats(store, Table::threats),
          mitigations(store, Table::mitigations),
          elements(store, Table::elements),
          tokens(store, Table::tokens) {}

    template <class Visit>
    void for_each(Visit visit) {
        visit(products);
        visit(threats);
        visit(mitigations);
        visit(elements);
        visit(tokens);
        visit(coverage);
        visit(history);
        visit(details);
        for (auto& [table, rows] : raw) {
            visit(rows);
        }
    }

    // The store need not be asked for ids that their product has never used.
    bool has_used_threat(ProductId product, ThreatId threat) {
        const Product* owner = products.find(product);
        return owner != nullptr && threat <= owner->last_threat_id;
    }
    bool has_used_mitigation(ProductId product, MitigationId mitigation) {
        const Product* owner = products.find(product);
        return owner != nullptr && mitigation <= owner->last_mitigation_id;
    }

    void scan_coverage(std::string_view prefix,
                       const std::function<void(std::string_view)>& visit) const {
        std::map<std::string, bool> present;
        ReadView(store).scan(Table::coverage, prefix, prefix, [&](auto key, auto) {
            present.emplace(key, true);
            return true;
        });
        for (const auto* rows :
             {&coverage.departed(), &coverage.group(), &coverage.transaction()}) {
            for (auto row = rows->lower_bound(std::string(prefix));
                 row != rows->end() && row->first.starts_with(prefix); ++row) {
                present[row->first] = row->second;
            }
        }
        for (const auto& [key, is_present] : present) {
            if (is_present) {
                visit(key);
            }
        }
    }

    const Store& store;
    Layer<ProductId, Product> products;
    Layer<PairKey, Threat> threats;
    Layer<PairKey, Mitigation> mitigations;
    Layer<std::string, Element> elements;
    Layer<TokenId, Token> tokens;
    WriteOnlyLayer<bool> coverage;
    WriteOnlyLayer<std::string> history;
    WriteOnlyLayer<std::string> details;
    std::map<Table, WriteOnlyLayer<std::string>> raw;
};

Overlay::Overlay(const Store& store) : layers_(std::make_unique<Layers>(store)) {}
Overlay::~Overlay() = default;

const Product* Overlay::product(ProductId product) {
    return layers_->products.find(product);
}

const Threat* Overlay::threat(ProductId product, ThreatId threat) {
    return layers_->has_used_threat(product, threat) ? layers_->threats.find({product, threat})
                                                     : nullptr;
}

const Mitigation* Overlay::mitigation(ProductId product, MitigationId mitigation) {
    return layers_->has_used_mitigation(product, mitigation)
               ? layers_->mitigations.find({product, mitigation})
               : nullptr;
}

const Element* Overlay::element(ProductId product, const ElementName& name) {
    return layers_->elements.find(element_key(product, name));
}

const Token* Overlay::token(TokenId token) {
    return layers_->tokens.find(token);
}

Product& Overlay::edit_product(ProductId product) {
    return layers_->products.edit(product);
}

Threat& Overlay::edit_threat(ProductId product, ThreatId threat) {
    const PairKey key{product, threat};
    return layers_->has_used_threat(product, threat) ? layers_->threats.edit(key)
                                                     : layers_->threats.create(key);
}

Mitigation& Overlay::edit_mitigation(ProductId product, MitigationId mitigation) {
    const PairKey key{product, mitigation};
    return layers_->has_used_mitigation(product, mitigation) ? layers_->mitigations.edit(key)
                                                             : layers_->mitigations.create(key);
}

Element& Overlay::edit_element(ProductId product, const ElementName& name) {
    return layers_->elements.edit(element_key(product, name));
}

Token& Overlay::edit_token(TokenId token) {
    return layers_->tokens.edit(token);
}

void Overlay::set_link(ProductId product, ThreatId threat, MitigationId mitigation, bool present) {
    layers_->coverage.put(link_prefix(product, threat) + be64_key(mitigation), present);
}

void Overlay::set_seat(ProductId product, const ElementName& name, MitigationId mitigation,
                       bool present) {
    layers_->coverage.put(seat_prefix(product, name) + be64_key(mitigation), present);
}

void Overlay::put_history(ProductId product, Instant time, const HistoryRow& row) {
    layers_->history.put(be64_key(product, micros_of(time)), encode(row));
}

void Overlay::put_details(ProductId product, Instant time, const DetailsRow& row) {
    layers_->details.put(be64_key(product, micros_of(time)), encode(row));
}

std::optional<std::string> Overlay::raw(Table table, const std::string& key) {
    if (const std::string* value = layers_->raw[table].find(key)) {
        return value->empty() ? std::nullopt : std::optional(*value);
    }
    return layers_->store.get(table, key);
}

void Overlay::put_raw(Table table, const std::string& key, std::string value) {
    layers_->raw[table].put(key, std::move(value));
}

std::vector<MitigationId> Overlay::covered_by(ProductId product, ThreatId id,
                                              const Threat& threat) {
    auto found = candidates_for(product, id, threat, [this](std::string_view prefix, auto& visit) {
        layers_->scan_coverage(prefix, visit);
    });
    std::erase_if(found, [&](MitigationId candidate) {
        const Mitigation* row = mitigation(product, candidate);
        return row == nullptr || !is_active(*row);
    });
    return found;
}

ProductId Overlay::next_product_id() {
    return layers_->products.last_key() + 1;
}
TokenId Overlay::next_token_id() {
    return layers_->tokens.last_key() + 1;
}

void Overlay::scan_tokens(const std::function<void(TokenId, const Token&)>& visit) {
    layers_->tokens.for_each_row(visit);
}

void Overlay::expect(std::size_t rows) {
    layers_->threats.expect(rows);
    layers_->mitigations.expect(rows);
}

void Overlay::keep_transaction() {
    layers_->for_each([](auto& layer) { layer.keep(); });
}

void Overlay::drop_transaction() {
    layers_->for_each([](auto& layer) { layer.drop(); });
}

void Overlay::depart() {
    layers_->for_each([](auto& layer) { layer.depart(); });
}

void Overlay::land() {
    layers_->for_each([](auto& layer) { layer.land(); });
}

void Overlay::clear() {
    layers_->for_each([](auto& layer) { layer.clear(); });
}

void Overlay::write_to(rocksdb::WriteBatch& batch) const {
    const Store& store = layers_->store;
    layers_->products.write_to(batch);
    layers_->threats.write_to(batch);
    layers_->mitigations.write_to(batch);
    layers_->elements.write_to(batch);
    layers_->tokens.write_to(batch);
    for (const auto& [key, present] : layers_->coverage.group()) {
        auto* table = store.handle(Table::coverage);
        require_ok(present ? batch.Put(table, key, "") : batch.Delete(table, key), adding_row);
    }
    write_rows(batch, store, Table::history, layers_->history.group());
    write_rows(batch, store, Table::details, layers_->details.group());
    for (const auto& [table, rows] : layers_->raw) {
        write_rows(batch, store, table, rows.group());
    }
}

std::map<TokenId, Token> Overlay::changed_tokens() const {
    std::map<TokenId, Token> changed;
    layers_->tokens.for_each_changed(
        [&](TokenId id, const Token& token) { changed.emplace(id, token); });
    return changed;
}

}  // namespace threatatlas
