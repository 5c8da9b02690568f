#pragma once

// The whole model of one product at a moment: what lists, diffs and reports are made from.

#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "projections/memory_tables.hpp"
#include "projections/query/covering.hpp"
#include "projections/query/history.hpp"

namespace threatatlas {

// A threat or mitigation as it is shown: with what follows from the others.
struct ThreatView {
    ThreatId id = 0;
    Threat threat;
    // Active mitigations that cover it, ascending: all of them, or the lowest ids, as many as an
    // answer lists (limits::covered_by_ids_max).
    std::vector<MitigationId> covered_by;
    std::uint64_t covered_by_unlisted = 0;  // how many more there are

    bool covered() const { return !covered_by.empty(); }
};
struct MitigationView {
    MitigationId id = 0;
    Mitigation mitigation;
};

// All threats and mitigations that are not removed, by id. Made by the functions below.
struct ProductModel {
    ProductAt product;
    std::map<ThreatId, Threat> threats;
    std::map<MitigationId, Mitigation> mitigations;

    // Active mitigations that cover the threat.
    Covering covered_by(ThreatId id, const Threat& threat) const { return active.of(id, threat); }
    // Of a threat that is there.
    ThreatView view(ThreatId id) const;

    // Active mitigations by what they cover; follows from `mitigations`.
    CoveringIndex active;
};

// The model at a moment with all of its texts, read from the tables for now, folded from the
// product's own events for the past. Nothing where the product was not registered by then.
std::optional<ProductModel> product_model_at(const ReadView& view, ProductId product, Moment moment,
                                             Instant now);

// The same for one product out of tables that were folded from a whole log (the replay tool), and
// whose coverage is settled (fold.hpp): as of `instant`, up to which everything was folded.
std::optional<ProductModel> product_model_of(const MemoryTables& tables, ProductId product,
                                             Instant instant);

// Threats and mitigations at a moment with ids beyond `after`, in order, until `visit` says false;
// none if the product was not registered by then. What is not wanted is not taken further;
// `covered` leaves out those that are not, or are. Now costs what is looked at; the past costs the
// product's events up to then, and memory for its objects without their texts.
void scan_threats(const ReadView& view, ProductId product, Moment moment, ThreatId after,
                  const std::function<bool(const Threat&)>& wanted, std::optional<bool> covered,
                  const std::function<bool(const ThreatView&)>& visit);
void scan_mitigations(const ReadView& view, ProductId product, Moment moment, MitigationId after,
                      const std::function<bool(const Mitigation&)>& wanted,
                      const std::function<bool(const MitigationView&)>& visit);

// Single objects, now; nothing where there is none or it is removed. Point reads, not a fold.
std::optional<ThreatView> threat_now(const ReadView& view, ProductId product, ThreatId threat);
std::optional<MitigationView> mitigation_now(const ReadView& view, ProductId product,
                                             MitigationId mitigation);
// The same at a moment; of the past at the cost of scan_threats().
std::optional<ThreatView> threat_at(const ReadView& view, ProductId product, ThreatId threat,
                                    Moment moment);
std::optional<MitigationView> mitigation_at(const ReadView& view, ProductId product,
                                            MitigationId mitigation, Moment moment);

// What the rows of a product's threats and mitigations take just now, roughly and packed.
std::uint64_t approximate_model_bytes(const ReadView& view, ProductId product);

// Takes the rows that are not removed, and what follows from them, into a model.
void take_rows(ProductModel& model, const MemoryTables::ProductRows& rows);

}  // namespace threatatlas
