#pragma once

// The tables in plain containers: for a product at a past moment, for the replay tool, for the
// verification.

#include <functional>
#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "projections/key_hash.hpp"
#include "projections/tables.hpp"

namespace threatatlas {

// Rows by their keys. The row that was found last is found again without a search: a fold asks for
// the same one several times, and among millions each search waits for memory.
template <class Key, class Row>
class RecentRows {
  public:
    using Rows = std::unordered_map<Key, Row, KeyHash>;

    RecentRows() = default;
    RecentRows(const RecentRows& other) : rows_(other.rows_) {}
    RecentRows(RecentRows&& other) noexcept : rows_(std::move(other.rows_)) {
        other.newest_ = nullptr;
    }
    RecentRows& operator=(RecentRows other) noexcept {
        rows_ = std::move(other.rows_);
        newest_ = nullptr;
        return *this;
    }
    ~RecentRows() = default;

    // Null where there is none.
    const Row* find(const Key& key) {
        if (newest_ == nullptr || newest_->first != key) {
            const auto found = rows_.find(key);
            if (found == rows_.end()) {
                return nullptr;
            }
            newest_ = &*found;
        }
        return &newest_->second;
    }
    // Makes the row where there is none.
    Row& edit(const Key& key) {
        if (newest_ == nullptr || newest_->first != key) {
            newest_ = &*rows_.try_emplace(key).first;
        }
        return newest_->second;
    }
    const Rows& rows() const { return rows_; }

  private:
    Rows rows_;
    typename Rows::value_type* newest_ = nullptr;  // of rows_, which stay where they are
};

class MemoryTables final : public Tables {
  public:
    using ProductRow = std::pair<ProductId, std::uint64_t>;  // product, id within it

    // History and details rows are handed on here as they are made; without, they are let go.
    struct Sinks {
        std::function<void(ProductId, Instant, const HistoryRow&)> history;
        std::function<void(ProductId, Instant, const DetailsRow&)> details;
    };
    MemoryTables() = default;
    explicit MemoryTables(Sinks sinks) : sinks_(std::move(sinks)) {}

    const Product* product(ProductId product) override;
    const Threat* threat(ProductId product, ThreatId threat) override;
    const Mitigation* mitigation(ProductId product, MitigationId mitigation) override;
    const Element* element(ProductId product, const ElementName& name) override;
    const Token* token(TokenId token) override;

    Product& edit_product(ProductId product) override;
    Threat& edit_threat(ProductId product, ThreatId threat) override;
    Mitigation& edit_mitigation(ProductId product, MitigationId mitigation) override;
    Element& edit_element(ProductId product, const ElementName& name) override;
    Token& edit_token(TokenId token) override;

    void set_link(ProductId product, ThreatId threat, MitigationId mitigation,
                  bool present) override;
    void set_seat(ProductId product, const ElementName& name, MitigationId mitigation,
                  bool present) override;
    void put_history(ProductId product, Instant time, const HistoryRow& row) override;
    void put_details(ProductId product, Instant time, const DetailsRow& row) override;

    // Read-only looks at all rows, those of products in no order. Elements that are empty() do not
    // count as rows. Elements and coverage by the keys that the store has for them.
    const RecentRows<ProductId, Product>::Rows& products() const { return products_.rows(); }
    const RecentRows<ProductRow, Threat>::Rows& threats() const { return threats_.rows(); }
    const RecentRows<ProductRow, Mitigation>::Rows& mitigations() const {
        return mitigations_.rows();
    }
    const RecentRows<std::string, Element>::Rows& elements() const { return elements_.rows(); }
    const std::map<TokenId, Token>& tokens() const { return tokens_; }
    const std::unordered_set<std::string>& coverage() const { return coverage_; }

  private:
    Sinks sinks_;
    RecentRows<ProductId, Product> products_;
    RecentRows<ProductRow, Threat> threats_;
    RecentRows<ProductRow, Mitigation> mitigations_;
    RecentRows<std::string, Element> elements_;
    std::map<TokenId, Token> tokens_;
    std::unordered_set<std::string> coverage_;
};

}  // namespace threatatlas
