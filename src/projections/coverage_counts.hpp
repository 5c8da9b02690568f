#pragma once

// The part of the fold that counts what is covered: exposures, elements, the index of coverage, and
// Posture::unmitigated_high.
//
// What an event about a threat changes is counted at once. What mitigations cover is counted when
// their transaction is over: then each threat is visited once, and only if the number of active
// mitigations that name it has changed. A bulk write that turns one mitigation on and off a
// thousand times costs no more than one change.

#include "projections/tables.hpp"

namespace threatatlas {

class CoverageCounts {
  public:
    // The product's row is good as long as this.
    CoverageCounts(Tables& tables, ProductId id, Product& product)
        : tables_(tables), id_(id), product_(product) {}

    // After the threat's row has changed, or was made. `moved`: it may sit on another element.
    void threat_changed(ThreatId threat_id, const Threat& threat, bool moved);
    // Before the row of a mitigation changes.
    void mitigation_changes(MitigationId mitigation_id, const Mitigation& before, Instant time);

    // Counts what mitigations changed in the transaction.
    void settle();

  private:
    // What one transaction changes for threats: who is named by how many more, or fewer.
    class LinkChanges;

    void compare(MitigationId mitigation_id, const CoverageScope& before, const CoverageScope& now,
                 LinkChanges& links);
    void count_exposure(const Exposure& exposure, bool in);
    void count_links(ThreatId threat_id, std::int64_t change);
    void count_seat(const ElementKey& name, bool in);

    Tables& tables_;
    const ProductId id_;
    Product& product_;
};

}  // namespace threatatlas
