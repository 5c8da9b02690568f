#pragma once

// The tables in plain containers: for a product at a past moment, for the replay tool, for the
// verification.

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "events/prefetching_reader.hpp"
#include "projections/key_hash.hpp"
#include "projections/tables.hpp"

namespace threatatlas {

// The rows of one product by their ids. As a rule ids are given one after the other, from 1 on:
// such a row is found by counting, where a search among millions waits for memory several times.
// Rows with ids that somebody chose wait beside them until the ids between are used, too.
template <class Row>
class IdRows {
  public:
    // Null where there is none.
    const Row* find(std::uint64_t id) const {
        if (id - 1 < dense_.size()) {
            return &dense_[id - 1];
        }
        const auto found = sparse_.find(id);
        return found == sparse_.end() ? nullptr : &found->second;
    }
    // Makes the row where there is none; then other rows may move. Ids are above 0.
    Row& edit(std::uint64_t id) {
        if (id - 1 < dense_.size()) {
            return dense_[id - 1];
        }
        if (id - 1 > dense_.size()) {
            return sparse_[id];
        }
        dense_.emplace_back();
        while (!sparse_.empty() && sparse_.begin()->first == dense_.size() + 1) {
            dense_.push_back(std::move(sparse_.begin()->second));
            sparse_.erase(sparse_.begin());
        }
        return dense_[id - 1];
    }

    // All of them in the order of their ids, until `visit` says false.
    template <class Visit>
    void for_each(Visit visit) const {
        for (std::size_t i = 0; i < dense_.size(); ++i) {
            if (!visit(static_cast<std::uint64_t>(i) + 1, dense_[i])) {
                return;
            }
        }
        for (const auto& [id, row] : sparse_) {
            if (!visit(id, row)) {
                return;
            }
        }
    }

  private:
    std::vector<Row> dense_;               // of ids 1, 2, …
    std::map<std::uint64_t, Row> sparse_;  // beyond those
};

class MemoryTables final : public Tables {
  public:
    // All there is of one product. Elements that are empty() do not count as rows.
    struct ProductRows {
        Product product;
        IdRows<Threat> threats;
        IdRows<Exposure> exposures;
        IdRows<Mitigation> mitigations;
        std::unordered_map<ElementKey, Element, KeyHash> elements;
    };

    // History and details rows are handed on here as they are made; without, they are let go.
    struct Sinks {
        std::function<void(ProductId, Instant, const HistoryRow&)> history;
        std::function<void(ProductId, Instant, const DetailsRow&)> details;
    };
    MemoryTables() = default;
    explicit MemoryTables(Sinks sinks) : sinks_(std::move(sinks)) {}
    MemoryTables(const MemoryTables&) = delete;
    MemoryTables& operator=(const MemoryTables&) = delete;

    const Product* product(ProductId product) override;
    const Threat* threat(ProductId product, ThreatId threat) override;
    const Mitigation* mitigation(ProductId product, MitigationId mitigation) override;
    const Exposure* exposure(ProductId product, ThreatId threat) override;
    const Element* element(ProductId product, const ElementKey& element) override;
    const Token* token(TokenId token) override;

    // What belongs to a product is made after it.
    Product& edit_product(ProductId product) override;
    Threat& edit_threat(ProductId product, ThreatId threat) override;
    Mitigation& edit_mitigation(ProductId product, MitigationId mitigation) override;
    Exposure& edit_exposure(ProductId product, ThreatId threat) override;
    Element& edit_element(ProductId product, const ElementKey& element) override;
    Token& edit_token(TokenId token) override;

    // The indexes are not kept: they follow from the mitigations (coverage.hpp) and the products.
    void set_link(ProductId, ThreatId, MitigationId, bool) override {}
    void set_seat(ProductId, const ElementKey&, MitigationId, bool) override {}
    void set_external_id(ProductId, std::string_view, bool) override {}
    void put_history(ProductId product, Instant time, const HistoryRow& row) override;
    void put_details(ProductId product, Instant time, const DetailsRow& row) override;

    // Has the memory brought near that folding the next events will need, before it is waited for.
    // Called once for each event, before it is folded. Changes nothing.
    void expect(const PrefetchingReader& events) const;

    // Forgets all rows.
    void clear();

    // Looks at all there is: a product, or null; the products by their ids; tokens.
    const ProductRows* find(ProductId product) const;
    std::vector<std::pair<ProductId, const ProductRows*>> products() const;
    const std::map<TokenId, Token>& tokens() const { return tokens_; }

  private:
    void fetch_product(const Event& event) const;
    void fetch_object(const Event& event) const;
    ProductRows* rows_of(ProductId product) const;
    ProductRows& require(ProductId product);

    Sinks sinks_;
    IdRows<std::unique_ptr<ProductRows>> products_;  // ids are given one after the other here, too
    std::map<TokenId, Token> tokens_;
};

}  // namespace threatatlas
