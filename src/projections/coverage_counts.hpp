#pragma once

/// @file
/// The part of the fold that maintains coverage and accepted risks: exposures, elements, the
/// coverage index, Posture::unmitigated and the counts of Product::accepted.
///
/// Changes by threat events are counted immediately. Changes by mitigation events are counted at
/// the end of the transaction: each threat is then visited once, and only if the number of active
/// mitigations that name it has changed. A bulk write that activates and deactivates one mitigation
/// a thousand times therefore costs no more than one change.

#include <vector>

#include "projections/accepted_counts.hpp"
#include "projections/tables.hpp"

namespace threatatlas::projections {

/// Counts the coverage of one product. For use by the fold, by one thread.
class CoverageCounts {
  public:
    /// `tables` and `product` must outlive this object.
    CoverageCounts(Tables& tables, ProductId id, Product& product)
        : tables_(tables), id_(id), product_(product), accepted_(product) {}

    /// Call after a threat's row was changed or created. `moved`: the threat may be on another
    /// element now.
    void threat_changed(ThreatId threat_id, const Threat& threat, bool moved);
    /// Call before a mitigation's row changes.
    void mitigation_changes(MitigationId mitigation_id, const Mitigation& before,
                            base::Instant time);

    /// Counts the mitigation changes of the transaction. Returns the changed mitigations.
    std::vector<MitigationId> settle();

    /// An acceptance begins to apply to a threat, or ends. The threat's row must be current.
    void accept(ThreatId threat_id, const ThreatAcceptance& acceptance);
    void end_acceptance(ThreatId threat_id, AcceptanceId acceptance_id);

  private:
    /// The changes of one transaction to the number of active links per threat.
    class LinkChanges;

    void compare(MitigationId mitigation_id, const events::CoverageScope& before,
                 const events::CoverageScope& now, LinkChanges& links);
    void count_exposure(const Exposure& exposure, bool in);
    void count_accepted(const Exposure& exposure, base::Day last_day, bool in);
    void count_in_force(AcceptanceId id, bool in);
    void count_changes_in_force(const std::vector<AcceptanceId>& before,
                                const std::vector<AcceptanceId>& now);
    void count_links(ThreatId threat_id, std::int64_t change);
    void count_seat(const ElementKey& name, bool in);

    Tables& tables_;
    const ProductId id_;
    Product& product_;
    AcceptedCounting accepted_;
};

}  // namespace threatatlas::projections
