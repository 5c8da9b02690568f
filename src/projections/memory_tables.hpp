#pragma once

/// @file
/// In-memory implementation of Tables: for a product at a past moment, the replay tool and
/// verification.

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

namespace threatatlas::projections {

/// The rows of one product by id. Ids are normally assigned consecutively from 1; such rows are in
/// a vector, where finding one avoids the cache misses of a map lookup among millions. Rows with
/// ids chosen by a client are in a map until the ids below them are in use, too.
template <class Row>
class IdRows {
  public:
    /// Returns null if there is no such row.
    const Row* find(std::uint64_t id) const {
        if (id - 1 < dense_.size()) {
            return &dense_[id - 1];
        }
        const auto found = sparse_.find(id);
        return found == sparse_.end() ? nullptr : &found->second;
    }
    /// Returns the row, creating it if needed; creating one may move other rows. Ids are greater
    /// than 0.
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

    /// Visits all rows in order of id until `visit` returns false.
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
    std::vector<Row> dense_;               ///< ids 1, 2, …
    std::map<std::uint64_t, Row> sparse_;  ///< ids beyond those
};

/// For use by one thread.
class MemoryTables final : public Tables {
  public:
    /// All rows of one product. Elements that are empty() do not count as rows.
    struct ProductRows {
        Product product;
        IdRows<Threat> threats;
        IdRows<Exposure> exposures;
        IdRows<Mitigation> mitigations;
        std::unordered_map<ElementKey, Element, KeyHash> elements;
        std::map<AcceptanceId, Acceptance> acceptances;
        std::map<CheckId, Check> checks;
        std::map<std::string, std::string> imports;  ///< digests by seen_key()
    };

    /// Receives history and details rows as they are produced. Without sinks they are discarded.
    struct Sinks {
        std::function<void(ProductId, base::Instant, const HistoryRow&)> history;
        std::function<void(ProductId, base::Instant, const DetailsRow&)> details;
    };
    MemoryTables() = default;
    explicit MemoryTables(Sinks sinks) : sinks_(std::move(sinks)) {}
    MemoryTables(const MemoryTables&) = delete;
    MemoryTables& operator=(const MemoryTables&) = delete;

    const Product* product(ProductId product) override;
    const Threat* threat(ProductId product, ThreatId threat) override;
    const Mitigation* mitigation(ProductId product, MitigationId mitigation) override;
    const Acceptance* acceptance(ProductId product, AcceptanceId acceptance) override;
    const Check* check(ProductId product, CheckId check) override;
    const Exposure* exposure(ProductId product, ThreatId threat) override;
    const Element* element(ProductId product, const ElementKey& element) override;
    const Token* token(TokenId token) override;
    const PolicyVersion* policy(const std::string& name) override;

    /// The product must exist before anything that belongs to it.
    Product& edit_product(ProductId product) override;
    Threat& edit_threat(ProductId product, ThreatId threat) override;
    Mitigation& edit_mitigation(ProductId product, MitigationId mitigation) override;
    Acceptance& edit_acceptance(ProductId product, AcceptanceId acceptance) override;
    Check& edit_check(ProductId product, CheckId check) override;
    Exposure& edit_exposure(ProductId product, ThreatId threat) override;
    Element& edit_element(ProductId product, const ElementKey& element) override;
    Token& edit_token(TokenId token) override;
    PolicyVersion& edit_policy(const std::string& name) override;

    /// Coverage, external id and policy user indexes are not kept: they can be derived from the
    /// mitigations (coverage.hpp) and products.
    void set_link(ProductId, ThreatId, MitigationId, bool) override {}
    void set_seat(ProductId, const ElementKey&, MitigationId, bool) override {}
    void set_external_id(ProductId, std::string_view, bool) override {}
    void set_policy_user(ProductId, std::string_view, bool) override {}
    void put_seen(ProductId product, const SeenKey& key, std::string_view digests) override;
    void put_history(ProductId product, base::Instant time, const HistoryRow& row) override;
    void put_details(ProductId product, base::Instant time, const DetailsRow& row) override;
    void put_policy_version(std::string_view name, base::Instant time,
                            const PolicyVersion& row) override;

    /// Prefetches memory that folding the next events will access. Call once per event, before
    /// folding it. Has no visible effect.
    void expect(const events::PrefetchingReader& events) const;

    /// Removes all rows.
    void clear();

    /// Access to all rows: one product (or null), the products in order of id,
    /// the tokens and the policies.
    const ProductRows* find(ProductId product) const;
    std::vector<std::pair<ProductId, const ProductRows*>> products() const;
    const std::map<TokenId, Token>& tokens() const { return tokens_; }
    const std::map<std::string, PolicyVersion>& policies() const { return policies_; }
    /// Encoded rows of all versions of the policies, by key.
    const std::map<std::string, std::string>& policy_versions() const { return policy_versions_; }

  private:
    void fetch_product(const events::Event& event) const;
    void fetch_object(const events::Event& event) const;
    ProductRows* rows_of(ProductId product) const;
    ProductRows& require(ProductId product);

    Sinks sinks_;
    IdRows<std::unique_ptr<ProductRows>> products_;  ///< ids of products are consecutive, too
    std::map<TokenId, Token> tokens_;
    std::map<std::string, PolicyVersion> policies_;
    std::map<std::string, std::string> policy_versions_;
};

}  // namespace threatatlas::projections
