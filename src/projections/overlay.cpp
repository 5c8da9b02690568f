#include "projections/overlay.hpp"

#include "events/store/keys.hpp"
#include "projections/overlay_layer.hpp"

namespace threatatlas::projections {

class Overlay::Layers {
    // Applies the changes of a layer's parts to keys that begin with a prefix, oldest first.
    static void change_keys(std::map<std::string, bool>& present, const WriteOnlyLayer<bool>& layer,
                            std::string_view prefix) {
        for (const auto* rows : {&layer.in_flight(), &layer.group(), &layer.transaction()}) {
            for (auto row = rows->lower_bound(std::string(prefix));
                 row != rows->end() && row->first.starts_with(prefix); ++row) {
                present[row->first] = row->second;
            }
        }
    }

    // Iterates over the changed keys in order.
    class ChangedKeys {
      public:
        ChangedKeys(const WriteOnlyLayer<bool>& layer, std::string_view prefix) : prefix_(prefix) {
            for (const auto* rows : {&layer.transaction(), &layer.group(), &layer.in_flight()}) {
                rows_.emplace_back(rows->lower_bound(prefix_), rows->end());
            }
            find_first();
        }

        // True if there is a key and it is less than `end` (if given).
        bool is_before(std::optional<std::string_view> end) const {
            return first_ != nullptr && (!end || first_->first < *end);
        }
        bool is_at(std::string_view key) const { return first_ != nullptr && first_->first == key; }
        std::string_view key() const { return first_->first; }
        bool is_present() const { return first_->second; }
        void next() {
            const std::string_view passed = first_->first;
            for (auto& [next, end] : rows_) {
                next = next != end && next->first == passed ? std::next(next) : next;
            }
            find_first();
        }

      private:
        using Iterator = WriteOnlyLayer<bool>::Rows::const_iterator;

        // If several parts have the key, the newest one, which comes first, takes precedence.
        void find_first() {
            first_ = nullptr;
            for (const auto& [next, end] : rows_) {
                if (next != end && next->first.starts_with(prefix_) &&
                    (first_ == nullptr || next->first < first_->first)) {
                    first_ = &*next;
                }
            }
        }

        const std::string prefix_;
        std::vector<std::pair<Iterator, Iterator>> rows_;
        const WriteOnlyLayer<bool>::Rows::value_type* first_ = nullptr;
    };

  public:
    explicit Layers(const store::Store& the_store)
        : store(the_store),
          products(store, store::Table::products),
          threats(store, store::Table::threats),
          mitigations(store, store::Table::mitigations),
          acceptances(store, store::Table::acceptances),
          checks(store, store::Table::checks),
          exposures(store, store::Table::elements),
          elements(store, store::Table::elements),
          tokens(store, store::Table::tokens),
          policies(store, store::Table::policies) {}

    template <class Visit>
    void for_each(Visit visit) {
        visit(products);
        visit(threats);
        visit(mitigations);
        visit(acceptances);
        visit(checks);
        visit(exposures);
        visit(elements);
        visit(tokens);
        visit(policies);
        visit(policy_versions);
        visit(policy_users);
        visit(coverage);
        visit(external_ids);
        visit(imports);
        visit(history);
        visit(details);
    }

    // Avoids reading the store for ids that the product has never used.
    bool has_used_threat(ProductId product, ThreatId threat) {
        const Product* owner = products.find(product);
        return owner != nullptr && threat <= owner->last_threat_id;
    }
    bool has_used_mitigation(ProductId product, MitigationId mitigation) {
        const Product* owner = products.find(product);
        return owner != nullptr && mitigation <= owner->last_mitigation_id;
    }

    bool has_used_check(ProductId product, CheckId check) {
        const Product* owner = products.find(product);
        return owner != nullptr && check <= owner->last_check_id;
    }
    bool has_used_acceptance(ProductId product, AcceptanceId acceptance) {
        const Product* owner = products.find(product);
        return owner != nullptr && acceptance <= owner->last_acceptance_id;
    }

    // Visits the keys of the table that begin with a prefix, in order, until `visit` returns false:
    // the keys in the store with the changes of the layers applied.
    void scan_coverage(std::string_view prefix,
                       const std::function<bool(std::string_view)>& visit) const {
        ChangedKeys changed(coverage, prefix);
        bool goes_on = true;
        const auto visit_changed_until = [&](std::optional<std::string_view> end) {
            for (; goes_on && changed.is_before(end); changed.next()) {
                goes_on = !changed.is_present() || visit(changed.key());
            }
        };
        store::ReadView(store).scan(store::Table::coverage, prefix, prefix,
                                    [&](std::string_view key, auto) {
                                        visit_changed_until(key);
                                        if (goes_on && !changed.is_at(key)) {
                                            goes_on = visit(key);
                                        }
                                        return goes_on;
                                    });
        visit_changed_until(std::nullopt);
    }

    // The lowest id at the end of the keys that begin with a prefix, other than `except`.
    std::optional<ProductId> first_product(store::Table table, const WriteOnlyLayer<bool>& layer,
                                           const std::string& prefix, ProductId except) const {
        std::map<std::string, bool> changed;
        change_keys(changed, layer, prefix);
        std::optional<ProductId> first;
        const auto note = [&](std::string_view key) {
            const ProductId holder = store::read_be64(key.substr(prefix.size()));
            if (holder != except && (!first || holder < *first)) {
                first = holder;
            }
        };
        for (const auto& [key, is_present] : changed) {
            if (is_present) {
                note(key);
            }
        }
        // Keys are ordered by product id, so the first unchanged holder other than `except` is the
        // result.
        store::ReadView(store).scan(table, prefix, prefix, [&](std::string_view key, auto) {
            if (changed.contains(std::string(key))) {
                return true;
            }
            note(key);
            return store::read_be64(key.substr(prefix.size())) == except;
        });
        return first;
    }

    const store::Store& store;
    Layer<ProductId, Product> products;
    Layer<PairKey, Threat> threats;
    Layer<PairKey, Mitigation> mitigations;
    Layer<PairKey, Acceptance> acceptances;
    Layer<PairKey, Check> checks;
    Layer<PairKey, Exposure, ExposureKey> exposures;
    Layer<std::string, Element> elements;
    Layer<TokenId, Token> tokens;
    Layer<std::string, PolicyVersion> policies;
    WriteOnlyLayer<std::string> policy_versions;
    WriteOnlyLayer<bool> policy_users;  // value: whether the row exists
    WriteOnlyLayer<bool> coverage;      // value: whether the row exists
    WriteOnlyLayer<bool> external_ids;  // value: whether the row exists
    WriteOnlyLayer<std::string> imports;
    WriteOnlyLayer<std::string> history;
    WriteOnlyLayer<std::string> details;
};

Overlay::Overlay(const store::Store& store) : layers_(std::make_unique<Layers>(store)) {}
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

const Acceptance* Overlay::acceptance(ProductId product, AcceptanceId acceptance) {
    return layers_->has_used_acceptance(product, acceptance)
               ? layers_->acceptances.find({product, acceptance})
               : nullptr;
}

const Check* Overlay::check(ProductId product, CheckId check) {
    return layers_->has_used_check(product, check) ? layers_->checks.find({product, check})
                                                   : nullptr;
}

const Exposure* Overlay::exposure(ProductId product, ThreatId threat) {
    return layers_->has_used_threat(product, threat) ? layers_->exposures.find({product, threat})
                                                     : nullptr;
}

const Element* Overlay::element(ProductId product, const ElementKey& element) {
    return layers_->elements.find(element_key(product, element));
}

const Token* Overlay::token(TokenId token) {
    return layers_->tokens.find(token);
}
const PolicyVersion* Overlay::policy(const std::string& name) {
    return layers_->policies.find(name);
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

Acceptance& Overlay::edit_acceptance(ProductId product, AcceptanceId acceptance) {
    const PairKey key{product, acceptance};
    return layers_->has_used_acceptance(product, acceptance) ? layers_->acceptances.edit(key)
                                                             : layers_->acceptances.create(key);
}

Check& Overlay::edit_check(ProductId product, CheckId check) {
    const PairKey key{product, check};
    return layers_->has_used_check(product, check) ? layers_->checks.edit(key)
                                                   : layers_->checks.create(key);
}

Exposure& Overlay::edit_exposure(ProductId product, ThreatId threat) {
    const PairKey key{product, threat};
    return layers_->has_used_threat(product, threat) ? layers_->exposures.edit(key)
                                                     : layers_->exposures.create(key);
}

Element& Overlay::edit_element(ProductId product, const ElementKey& element) {
    return layers_->elements.edit(element_key(product, element));
}

Token& Overlay::edit_token(TokenId token) {
    return layers_->tokens.edit(token);
}

PolicyVersion& Overlay::edit_policy(const std::string& name) {
    return layers_->policies.edit(name);
}

void Overlay::set_link(ProductId product, ThreatId threat, MitigationId mitigation, bool present) {
    layers_->coverage.put(link_prefix(product, threat) + store::be64_key(mitigation), present);
}

void Overlay::set_seat(ProductId product, const ElementKey& element, MitigationId mitigation,
                       bool present) {
    layers_->coverage.put(seat_prefix(product, element) + store::be64_key(mitigation), present);
}

void Overlay::set_external_id(ProductId product, std::string_view external_id, bool present) {
    layers_->external_ids.put(external_id_prefix(external_id) + store::be64_key(product), present);
}

void Overlay::set_policy_user(ProductId product, std::string_view policy, bool present) {
    layers_->policy_users.put(policy_prefix(policy) + store::be64_key(product), present);
}

void Overlay::put_policy_version(std::string_view name, base::Instant time,
                                 const PolicyVersion& row) {
    layers_->policy_versions.put(policy_prefix(name) + store::be64_key(store::micros_of(time)),
                                 encode(row));
}

void Overlay::put_seen(ProductId product, const SeenKey& key, std::string_view digests) {
    layers_->imports.put(seen_key(product, key), std::string(digests));
}

void Overlay::put_history(ProductId product, base::Instant time, const HistoryRow& row) {
    layers_->history.put(store::be64_key(product, store::micros_of(time)), encode(row));
}

void Overlay::put_details(ProductId product, base::Instant time, const DetailsRow& row) {
    layers_->details.put(store::be64_key(product, store::micros_of(time)), encode(row));
}

CoveringIds Overlay::covered_by(ProductId product, ThreatId id, const Threat& threat) {
    const ScanCoverage scan = [this](std::string_view prefix, const auto& visit) {
        layers_->scan_coverage(prefix, visit);
    };
    const Exposure* const exposed = exposure(product, id);
    const std::uint64_t links = exposed == nullptr ? 0 : exposed->active_links;
    auto naming = lowest_ids(link_prefix(product, id), links, scan);
    const auto key = element_key_of(threat);
    const Element* const place = key ? element(product, *key) : nullptr;
    if (place == nullptr) {
        return covering(std::move(naming), links, {}, 0);
    }
    const std::uint64_t seats = place->active_mitigations;
    return covering(std::move(naming), links, lowest_ids(seat_prefix(product, *key), seats, scan),
                    seats);
}

std::optional<ProductId> Overlay::holder_of(std::string_view external_id, ProductId except) {
    return layers_->first_product(store::Table::external_ids, layers_->external_ids,
                                  external_id_prefix(external_id), except);
}

std::optional<ProductId> Overlay::user_of(std::string_view policy) {
    return layers_->first_product(store::Table::policy_users, layers_->policy_users,
                                  policy_prefix(policy), 0);
}

std::size_t Overlay::policy_count() {
    std::size_t count = 0;
    layers_->policies.for_each_row(
        [&](const std::string&, const PolicyVersion& row) { count += row.removed ? 0 : 1; });
    return count;
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
    layers_->exposures.expect(rows);
    layers_->mitigations.expect(rows);
}

void Overlay::keep_transaction() {
    layers_->for_each([](auto& layer) { layer.keep(); });
}

void Overlay::drop_transaction() {
    layers_->for_each([](auto& layer) { layer.drop(); });
    uncounted_coverage() = {};
}

void Overlay::submit() {
    layers_->for_each([](auto& layer) { layer.submit(); });
}

void Overlay::commit() {
    layers_->for_each([](auto& layer) { layer.commit(); });
}

void Overlay::clear() {
    layers_->for_each([](auto& layer) { layer.clear(); });
}

void Overlay::write_to(store::RowBatch& batch) const {
    layers_->products.write_to(batch);
    layers_->threats.write_to(batch);
    layers_->mitigations.write_to(batch);
    layers_->acceptances.write_to(batch);
    layers_->checks.write_to(batch);
    layers_->elements.write_to(batch);
    layers_->exposures.write_to(batch);
    layers_->tokens.write_to(batch);
    layers_->policies.write_to(batch);
    write_rows(batch, store::Table::policy_versions, layers_->policy_versions.group());
    write_keys(batch, store::Table::policy_users, layers_->policy_users.group());
    write_keys(batch, store::Table::coverage, layers_->coverage.group());
    write_keys(batch, store::Table::external_ids, layers_->external_ids.group());
    write_rows(batch, store::Table::imports, layers_->imports.group());
    write_rows(batch, store::Table::history, layers_->history.group());
    write_rows(batch, store::Table::details, layers_->details.group());
}

std::map<TokenId, Token> Overlay::changed_tokens() const {
    std::map<TokenId, Token> changed;
    layers_->tokens.for_each_changed(
        [&](TokenId id, const Token& token) { changed.emplace(id, token); });
    return changed;
}

}  // namespace threatatlas::projections
