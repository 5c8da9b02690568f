#pragma once

/// @file
/// The whole model of a product at a moment: the input of lists, diffs and reports.

#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "projections/memory_tables.hpp"
#include "projections/query/covering.hpp"
#include "projections/query/history.hpp"
#include "projections/query/object_views.hpp"

namespace threatatlas::query {

/// All threats and mitigations that are not removed, by id. Created by the functions below.
struct ProductModel {
    ProductAt product;
    std::map<ThreatId, projections::Threat> threats;
    std::map<MitigationId, projections::Mitigation> mitigations;

    std::map<AcceptanceId, projections::Acceptance> acceptances;
    /// See ThreatView::acceptance_ids. Only threats that have some.
    std::map<ThreatId, std::vector<AcceptanceId>> acceptances_of;

    /// See ThreatView::acceptance_ids.
    std::vector<AcceptanceId> applying_acceptances(ThreatId id) const;
    /// The active mitigations that cover the threat.
    Covering covered_by(ThreatId id, const projections::Threat& threat) const {
        return active.of(id, threat);
    }
    /// The view of a threat, which must exist.
    ThreatView view(ThreatId id) const;
    /// True if at least one threat of the acceptance is not removed.
    bool has_threat_of(const projections::Acceptance& acceptance) const;

    /// Index of the active mitigations; derived from `mitigations`.
    CoveringIndex active;
};

/// Returns the model at a moment with all texts: read from the tables for now, folded from the
/// product's own events for the past. Returns nullopt if the product was not registered yet.
std::optional<ProductModel> product_model_at(const store::ReadView& view, ProductId product,
                                             Moment moment, base::Instant now);

/// The same for one product of tables that were folded from a whole log up to `instant` (by the
/// replay tool). Their coverage must be settled (fold.hpp).
std::optional<ProductModel> product_model_of(const projections::MemoryTables& tables,
                                             ProductId product, base::Instant instant);

/// The counted threats of a product at a moment as the rules of policies see them, ascending by id.
/// `posture` is the product's at that moment. Costs as much as scan_threats() without texts.
std::vector<projections::RatedThreat> rated_threats(const store::ReadView& view, ProductId product,
                                                    Moment moment,
                                                    const projections::PostureAt& posture);
/// The same for tables that were folded up to the moment. Their coverage must be settled.
std::vector<projections::RatedThreat> rated_threats(const projections::MemoryTables& tables,
                                                    ProductId product,
                                                    const projections::PostureAt& posture);
/// The same for a complete model.
std::vector<projections::RatedThreat> rated_threats(const ProductModel& model);

/// Visits threats or mitigations at a moment with ids greater than `after`, in order, until `visit`
/// returns false; visits none if the product was not registered yet. Objects for which `wanted` is
/// false are skipped early. `covered`, if set, selects covered or uncovered threats. For now, the
/// cost is that of the rows read; for the past, that of the product's events up to the moment, and
/// memory for its objects without texts.
void scan_threats(const store::ReadView& view, ProductId product, Moment moment, ThreatId after,
                  const std::function<bool(const projections::Threat&)>& wanted,
                  std::optional<bool> covered, const std::function<bool(const ThreatView&)>& visit);
void scan_mitigations(const store::ReadView& view, ProductId product, Moment moment,
                      MitigationId after,
                      const std::function<bool(const projections::Mitigation&)>& wanted,
                      const std::function<bool(const MitigationView&)>& visit);

/// Returns one current object, or nullopt if it does not exist or is removed. Point reads, no fold.
std::optional<ThreatView> threat_now(const store::ReadView& view, ProductId product, ThreatId id);
std::optional<MitigationView> mitigation_now(const store::ReadView& view, ProductId product,
                                             MitigationId id);
/// The same at a moment. For the past, at the cost of scan_threats().
std::optional<ThreatView> threat_at(const store::ReadView& view, ProductId product, ThreatId id,
                                    Moment moment);
std::optional<MitigationView> mitigation_at(const store::ReadView& view, ProductId product,
                                            MitigationId id, Moment moment);

/// The approximate size on disk, compressed, of a product's threats and mitigations at present.
std::uint64_t approximate_model_bytes(const store::ReadView& view, ProductId product);

/// Adds the rows that are not removed, and derived values, to a model.
void take_rows(ProductModel& model, const projections::MemoryTables::ProductRows& rows);

}  // namespace threatatlas::query
