#pragma once

/// @file
/// The tables that the fold reads and changes, independent of their storage: in memory
/// (memory_tables.hpp), or the store with unwritten changes on top (overlay.hpp).

#include <map>
#include <string_view>

#include "projections/model.hpp"

namespace threatatlas::projections {

/// What mitigations covered before the current transaction changed them. Coverage is counted once
/// per transaction, however often a mitigation changes in it, so this is kept until then.
struct UncountedCoverage {
    ProductId product = 0;
    base::Instant time{};  ///< time of the transaction
    std::map<MitigationId, events::CoverageScope>
        before;  ///< empty for mitigations that were not active
};

/// Pointers and references are valid until the next call that changes the same table or ends a
/// transaction. edit_…() creates the row if it does not exist. For use by one thread.
class Tables {
  public:
    virtual ~Tables() = default;

    virtual const Product* product(ProductId product) = 0;
    virtual const Threat* threat(ProductId product, ThreatId threat) = 0;
    virtual const Mitigation* mitigation(ProductId product, MitigationId mitigation) = 0;
    virtual const Acceptance* acceptance(ProductId product, AcceptanceId acceptance) = 0;
    virtual const Check* check(ProductId product, CheckId check) = 0;
    virtual const Exposure* exposure(ProductId product, ThreatId threat) = 0;
    virtual const Element* element(ProductId product, const ElementKey& element) = 0;
    virtual const Token* token(TokenId token) = 0;
    /// The newest version of a policy, also of one that was removed.
    virtual const PolicyVersion* policy(const std::string& name) = 0;

    virtual Product& edit_product(ProductId product) = 0;
    virtual Threat& edit_threat(ProductId product, ThreatId threat) = 0;
    virtual Mitigation& edit_mitigation(ProductId product, MitigationId mitigation) = 0;
    virtual Acceptance& edit_acceptance(ProductId product, AcceptanceId acceptance) = 0;
    virtual Check& edit_check(ProductId product, CheckId check) = 0;
    virtual Exposure& edit_exposure(ProductId product, ThreatId threat) = 0;
    virtual Element& edit_element(ProductId product, const ElementKey& element) = 0;
    virtual Token& edit_token(TokenId token) = 0;
    virtual PolicyVersion& edit_policy(const std::string& name) = 0;

    /// Updates the coverage index: whether an active mitigation names a threat or, if it names
    /// none, is placed on an element.
    virtual void set_link(ProductId product, ThreatId threat, MitigationId mitigation,
                          bool present) = 0;
    virtual void set_seat(ProductId product, const ElementKey& element, MitigationId mitigation,
                          bool present) = 0;
    /// Updates the index of products by external_id: whether a product that is not archived has
    /// this one.
    virtual void set_external_id(ProductId product, std::string_view external_id, bool present) = 0;

    /// Updates the index of products by policy: whether a product that is not archived has this
    /// one.
    virtual void set_policy_user(ProductId product, std::string_view policy, bool present) = 0;

    /// Sets what the last import of a source saw of a threat or mitigation, as the bytes of its
    /// digests. Empty: nothing any more.
    virtual void put_seen(ProductId product, const SeenKey& key, std::string_view digests) = 0;

    virtual void put_history(ProductId product, base::Instant time, const HistoryRow& row) = 0;
    virtual void put_details(ProductId product, base::Instant time, const DetailsRow& row) = 0;
    virtual void put_policy_version(std::string_view name, base::Instant time,
                                    const PolicyVersion& row) = 0;

    /// Used by the fold only (fold.hpp).
    UncountedCoverage& uncounted_coverage() { return uncounted_coverage_; }
    const UncountedCoverage& uncounted_coverage() const { return uncounted_coverage_; }

  private:
    UncountedCoverage uncounted_coverage_;
};

}  // namespace threatatlas::projections
