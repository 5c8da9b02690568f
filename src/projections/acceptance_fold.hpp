#pragma once

/// @file
/// The part of the fold that gives the events of risk acceptances their meaning.
///
/// An acceptance that is approved, and whose compensating controls are all active, is entered in
/// the exposure of each of its threats. Counting (coverage_counts.hpp) then decides by the threat's
/// severity whether it applies. That its last day is over is not folded: see posture.hpp.

#include "events/event.hpp"
#include "projections/coverage_counts.hpp"
#include "projections/tables.hpp"

namespace threatatlas::projections {

/// For use by the fold, by one thread.
class AcceptanceFold {
  public:
    /// All must outlive this object.
    AcceptanceFold(Tables& tables, ProductId id, Product& product, CoverageCounts& coverage)
        : tables_(tables), id_(id), product_(product), coverage_(coverage), counting_(product) {}

    /// Throw BadHistory (fold.hpp) if the event contradicts the earlier ones.
    void request(const events::Event& event, const events::AcceptanceRequested& data);
    void approve(const events::Event& event, const events::AcceptanceApproved& data);
    void reject(const events::Event& event, const events::AcceptanceRejected& data);
    void withdraw(const events::Event& event, const events::AcceptanceWithdrawn& data);
    void revoke(const events::Event& event, const events::AcceptanceRevoked& data);

    /// Call at the end of a transaction, for each mitigation that has changed: suspends or resumes
    /// the acceptances that hold only while it is active.
    void control_changed(MitigationId mitigation_id);

  private:
    Acceptance& require(const events::Event& event, AcceptanceId id, AcceptanceState state);
    Acceptance& decide(const events::Event& event, AcceptanceId id, AcceptanceState state,
                       std::string_view note);
    void end(AcceptanceId id, Acceptance& acceptance, AcceptanceState state, AcceptanceStep step);
    void set_suspended(AcceptanceId id, Acceptance& acceptance, bool suspended);
    void enter(AcceptanceId id);
    void take_out(AcceptanceId id);
    bool has_inactive_control(const Acceptance& acceptance);

    Tables& tables_;
    const ProductId id_;
    Product& product_;
    CoverageCounts& coverage_;
    AcceptedCounting counting_;
};

}  // namespace threatatlas::projections
