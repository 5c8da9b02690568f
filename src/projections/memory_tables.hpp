#pragma once

// The tables in plain containers: for a product at a past moment, for the replay tool, for the
// verification.

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "projections/tables.hpp"

namespace threatatlas {

// Rows in the order of their keys. What was asked for last is found without a search: a fold asks
// for the same row several times, and in a map of millions each search waits for memory.
template <class Key, class Row>
class RecentRows {
  public:
    RecentRows() = default;
    RecentRows(const RecentRows& other) : rows_(other.rows_) {}
    RecentRows(RecentRows&& other) noexcept : rows_(std::move(other.rows_)) {
        other.asked_.reset();
    }
    RecentRows& operator=(RecentRows other) noexcept {
        rows_ = std::move(other.rows_);
        asked_.reset();
        return *this;
    }
    ~RecentRows() = default;

    // Null where there is none.
    const Row* find(const Key& key) {
        seek(key);
        return is_there(key) ? &at_->second : nullptr;
    }
    // Makes the row where there is none.
    Row& edit(const Key& key) {
        seek(key);
        if (!is_there(key)) {
            at_ = rows_.emplace_hint(at_, key, Row{});
        }
        return at_->second;
    }
    const std::map<Key, Row>& rows() const { return rows_; }

  private:
    void seek(const Key& key) {
        if (asked_ != key) {
            at_ = rows_.lower_bound(key);
            asked_ = key;
        }
    }
    bool is_there(const Key& key) const { return at_ != rows_.end() && at_->first == key; }

    std::map<Key, Row> rows_;
    std::optional<Key> asked_;
    typename std::map<Key, Row>::iterator at_;  // where asked_ stands, or would
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

    // Read-only looks at all rows, in the order of their keys. Elements that are empty() do not
    // count as rows. Coverage as the keys that the store has for it.
    const std::map<ProductId, Product>& products() const { return products_.rows(); }
    const std::map<ProductRow, Threat>& threats() const { return threats_.rows(); }
    const std::map<ProductRow, Mitigation>& mitigations() const { return mitigations_.rows(); }
    const std::map<std::pair<ProductId, ElementName>, Element>& elements() const {
        return elements_;
    }
    const std::map<TokenId, Token>& tokens() const { return tokens_; }
    const std::set<std::string>& coverage() const { return coverage_; }

  private:
    Sinks sinks_;
    RecentRows<ProductId, Product> products_;
    RecentRows<ProductRow, Threat> threats_;
    RecentRows<ProductRow, Mitigation> mitigations_;
    std::map<std::pair<ProductId, ElementName>, Element> elements_;
    std::map<TokenId, Token> tokens_;
    std::set<std::string> coverage_;
};

}  // namespace threatatlas
