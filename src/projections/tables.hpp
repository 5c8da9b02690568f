#pragma once

// The tables that a fold reads and changes, whatever keeps them: memory (memory_tables.hpp) or the
// store, seen through changes that are not written yet (overlay.hpp).

#include <map>
#include <string_view>

#include "projections/model.hpp"

namespace threatatlas {

// What mitigations covered before the transaction at hand changed it, as long as the change is not
// counted: the counts move once a transaction, however often a mitigation changes in it.
struct UncountedCoverage {
    ProductId product = 0;
    Instant time{};                                // of the transaction
    std::map<MitigationId, CoverageScope> before;  // empty for what was not active
};

// Pointers and references are good until the next call that changes the same table, or ends a
// transaction. edit_…() makes the row where there is none. For use by one thread.
class Tables {
  public:
    virtual ~Tables() = default;

    virtual const Product* product(ProductId product) = 0;
    virtual const Threat* threat(ProductId product, ThreatId threat) = 0;
    virtual const Mitigation* mitigation(ProductId product, MitigationId mitigation) = 0;
    virtual const Exposure* exposure(ProductId product, ThreatId threat) = 0;
    virtual const Element* element(ProductId product, const ElementKey& element) = 0;
    virtual const Token* token(TokenId token) = 0;

    virtual Product& edit_product(ProductId product) = 0;
    virtual Threat& edit_threat(ProductId product, ThreatId threat) = 0;
    virtual Mitigation& edit_mitigation(ProductId product, MitigationId mitigation) = 0;
    virtual Exposure& edit_exposure(ProductId product, ThreatId threat) = 0;
    virtual Element& edit_element(ProductId product, const ElementKey& element) = 0;
    virtual Token& edit_token(TokenId token) = 0;

    // The index of what covers what: whether an active mitigation names a threat or, naming none,
    // sits on an element.
    virtual void set_link(ProductId product, ThreatId threat, MitigationId mitigation,
                          bool present) = 0;
    virtual void set_seat(ProductId product, const ElementKey& element, MitigationId mitigation,
                          bool present) = 0;
    // The index of products by external_id: whether a product that is not archived has this one.
    virtual void set_external_id(ProductId product, std::string_view external_id, bool present) = 0;

    virtual void put_history(ProductId product, Instant time, const HistoryRow& row) = 0;
    virtual void put_details(ProductId product, Instant time, const DetailsRow& row) = 0;

    // The fold's (fold.hpp).
    UncountedCoverage& uncounted_coverage() { return uncounted_coverage_; }
    const UncountedCoverage& uncounted_coverage() const { return uncounted_coverage_; }

  private:
    UncountedCoverage uncounted_coverage_;
};

}  // namespace threatatlas
