#pragma once

// The tables that a fold reads and changes, whatever keeps them: memory (memory_tables.hpp) or the
// store, seen through changes that are not written yet (overlay.hpp).

#include <string_view>

#include "projections/model.hpp"

namespace threatatlas {

// Pointers and references are good until the next call that changes the same table, or ends a
// transaction. edit_…() makes the row where there is none. For use by one thread.
class Tables {
  public:
    virtual ~Tables() = default;

    virtual const Product* product(ProductId product) = 0;
    virtual const Threat* threat(ProductId product, ThreatId threat) = 0;
    virtual const Mitigation* mitigation(ProductId product, MitigationId mitigation) = 0;
    virtual const Element* element(ProductId product, const ElementName& name) = 0;
    virtual const Token* token(TokenId token) = 0;

    virtual Product& edit_product(ProductId product) = 0;
    virtual Threat& edit_threat(ProductId product, ThreatId threat) = 0;
    virtual Mitigation& edit_mitigation(ProductId product, MitigationId mitigation) = 0;
    virtual Element& edit_element(ProductId product, const ElementName& name) = 0;
    virtual Token& edit_token(TokenId token) = 0;

    // The index of who covers what: whether a mitigation, active or not, names a threat or, naming
    // none, sits on an element.
    virtual void set_link(ProductId product, ThreatId threat, MitigationId mitigation,
                          bool present) = 0;
    virtual void set_seat(ProductId product, const ElementName& name, MitigationId mitigation,
                          bool present) = 0;
    // The index of products by external_id: whether a product that is not archived has this one.
    virtual void set_external_id(ProductId product, std::string_view external_id, bool present) = 0;

    virtual void put_history(ProductId product, Instant time, const HistoryRow& row) = 0;
    virtual void put_details(ProductId product, Instant time, const DetailsRow& row) = 0;
};

}  // namespace threatatlas
