#pragma once

// The tables in plain containers: for a product at a past moment, for the replay tool, for the
// verification.

#include <functional>
#include <map>
#include <set>
#include <string>
#include <unordered_map>

#include "projections/tables.hpp"

namespace threatatlas {

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
    const std::map<ProductId, Product>& products() const { return products_; }
    const std::map<ProductRow, Threat>& threats() const { return threats_; }
    const std::map<ProductRow, Mitigation>& mitigations() const { return mitigations_; }
    const std::map<std::pair<ProductId, ElementName>, Element>& elements() const {
        return elements_;
    }
    const std::map<TokenId, Token>& tokens() const { return tokens_; }
    const std::set<std::string>& coverage() const { return coverage_; }

  private:
    Sinks sinks_;
    std::map<ProductId, Product> products_;
    std::map<ProductRow, Threat> threats_;
    std::map<ProductRow, Mitigation> mitigations_;
    std::map<std::pair<ProductId, ElementName>, Element> elements_;
    std::map<TokenId, Token> tokens_;
    std::set<std::string> coverage_;
};

}  // namespace threatatlas
