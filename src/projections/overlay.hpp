#pragma once

// The tables of the store, seen through changes that are not written yet: those of a group that is
// in flight to the disk, those of the group that is being decided and, above them, those of one
// transaction, which can be taken back.

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

namespace threatatlas {

// For use by one thread: the sequencer's, or a rebuild's. Throws StorageError on reads.
class Overlay final : public Tables {
  public:
    // The store is the caller's and outlives the overlay.
    explicit Overlay(const Store& store);
    ~Overlay() override;

    const Product* product(ProductId product) override;
    const Threat* threat(ProductId product, ThreatId threat) override;
    const Mitigation* mitigation(ProductId product, MitigationId mitigation) override;
    const Exposure* exposure(ProductId product, ThreatId threat) override;
    const Element* element(ProductId product, const ElementKey& element) override;
    const Token* token(TokenId token) override;

    Product& edit_product(ProductId product) override;
    Threat& edit_threat(ProductId product, ThreatId threat) override;
    Mitigation& edit_mitigation(ProductId product, MitigationId mitigation) override;
    Exposure& edit_exposure(ProductId product, ThreatId threat) override;
    Element& edit_element(ProductId product, const ElementKey& element) override;
    Token& edit_token(TokenId token) override;

    void set_link(ProductId product, ThreatId threat, MitigationId mitigation,
                  bool present) override;
    void set_seat(ProductId product, const ElementKey& element, MitigationId mitigation,
                  bool present) override;
    void set_external_id(ProductId product, std::string_view external_id, bool present) override;
    void put_history(ProductId product, Instant time, const HistoryRow& row) override;
    void put_details(ProductId product, Instant time, const DetailsRow& row) override;

    // Active mitigations that cover a threat, with this transaction's changes as far as they are
    // counted (fold.hpp). Costs what is listed, however many there are.
    CoveringIds covered_by(ProductId product, ThreatId id, const Threat& threat);

    // The lowest id of the live products other than `except` that have this external_id, with this
    // transaction's changes. Costs a seek, however many have it.
    std::optional<ProductId> holder_of(std::string_view external_id, ProductId except);

    // Ids the group will have used: the next ones to give.
    ProductId next_product_id();
    TokenId next_token_id();

    // Every token there is, in no order.
    void scan_tokens(const std::function<void(TokenId, const Token&)>& visit);

    // Makes room for so many threats and mitigations at once.
    void expect(std::size_t rows);

    // The changes of the transaction join those of the group, or are forgotten.
    void keep_transaction();
    void drop_transaction();

    // Adds every row that the group changed to the batch, each once and each table's in order.
    void write_to(rocksdb::WriteBatch& batch) const;
    // Tokens that the group changed.
    std::map<TokenId, Token> changed_tokens() const;
    /// The group is in flight and a new one begins on top of it, while the store may or may not
    /// have its rows yet. The group before has been committed.
    void submit();
    /// The rows of the group in flight are in the store.
    void commit();
    // Forgets all groups: they are written, or given up.
    void clear();

  private:
    class Layers;
    std::unique_ptr<Layers> layers_;
};

}  // namespace threatatlas
