#include "projections/overlay.hpp"

#include "events/keys.hpp"
#include "projections/coverage.hpp"
#include "projections/overlay_layer.hpp"

namespace threatatlas {

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
