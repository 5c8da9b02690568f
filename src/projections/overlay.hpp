#pragma once

/// @file
/// The tables of the store with changes that are not written yet on top: those of the in-flight
/// group, those of the group being decided, and those of one transaction, which can be rolled back.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "events/store/store.hpp"
#include "projections/coverage.hpp"
#include "projections/rows.hpp"
#include "projections/tables.hpp"

namespace threatatlas::projections {

/// For use by one thread: the sequencer's or a rebuild's. Reads throw StorageError.
class Overlay final : public Tables {
  public:
    /// `store` must outlive the overlay.
    explicit Overlay(const store::Store& store);
    ~Overlay() override;

    const Product* product(ProductId product) override;
    const Threat* threat(ProductId product, ThreatId threat) override;
    const Mitigation* mitigation(ProductId product, MitigationId mitigation) override;
    const Acceptance* acceptance(ProductId product, AcceptanceId acceptance) override;
    const Check* check(ProductId product, CheckId check) override;
    const Exposure* exposure(ProductId product, ThreatId threat) override;
    const Element* element(ProductId product, const ElementKey& element) override;
    const Token* token(TokenId token) override;
    const PolicyVersion* policy(const std::string& name) override;

    Product& edit_product(ProductId product) override;
    Threat& edit_threat(ProductId product, ThreatId threat) override;
    Mitigation& edit_mitigation(ProductId product, MitigationId mitigation) override;
    Acceptance& edit_acceptance(ProductId product, AcceptanceId acceptance) override;
    Check& edit_check(ProductId product, CheckId check) override;
    Exposure& edit_exposure(ProductId product, ThreatId threat) override;
    Element& edit_element(ProductId product, const ElementKey& element) override;
    Token& edit_token(TokenId token) override;
    PolicyVersion& edit_policy(const std::string& name) override;

    void set_link(ProductId product, ThreatId threat, MitigationId mitigation,
                  bool present) override;
    void set_seat(ProductId product, const ElementKey& element, MitigationId mitigation,
                  bool present) override;
    void set_external_id(ProductId product, std::string_view external_id, bool present) override;
    void set_policy_user(ProductId product, std::string_view policy, bool present) override;
    void put_seen(ProductId product, const SeenKey& key, std::string_view digests) override;
    void put_history(ProductId product, base::Instant time, const HistoryRow& row) override;
    void put_details(ProductId product, base::Instant time, const DetailsRow& row) override;
    void put_policy_version(std::string_view name, base::Instant time,
                            const PolicyVersion& row) override;

    /// The active mitigations that cover a threat, including the changes of this transaction that
    /// have been counted (fold.hpp). The cost depends on how many are listed, not on how many there
    /// are.
    CoveringIds covered_by(ProductId product, ThreatId id, const Threat& threat);

    /// The lowest id of the live products other than `except` with this external_id, including
    /// changes of this transaction. Costs one seek, regardless of how many products have it.
    std::optional<ProductId> holder_of(std::string_view external_id, ProductId except);

    /// The lowest id of the live products that have this policy, including changes of this
    /// transaction.
    std::optional<ProductId> user_of(std::string_view policy);

    /// The number of policies that are not removed.
    std::size_t policy_count();

    /// The next free ids, taking into account those used by the group.
    ProductId next_product_id();
    TokenId next_token_id();

    /// Visits every token, in no particular order.
    void scan_tokens(const std::function<void(TokenId, const Token&)>& visit);

    /// Reserves memory for `rows` threats and mitigations.
    void expect(std::size_t rows);

    /// Add the changes of the transaction to the group, or discard them.
    void keep_transaction();
    void drop_transaction();

    // Adds every row that the group changed to the batch, each once and each table's in order.
    void write_to(store::RowBatch& batch) const;
    /// The tokens that the group changed.
    std::map<TokenId, Token> changed_tokens() const;
    /// Makes the group the in-flight one and begins a new group on top of it. The store may or may
    /// not contain the in-flight rows from now on. The previous in-flight group must have been
    /// ended with commit().
    void submit();
    /// The in-flight group is in the store; forgets its rows.
    void commit();
    /// Discards all groups, after they were written or abandoned.
    void clear();

  private:
    class Layers;
    std::unique_ptr<Layers> layers_;
};

}  // namespace threatatlas::projections
