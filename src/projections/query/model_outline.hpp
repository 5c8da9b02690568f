#pragma once

/// @file
/// A past model of a product without most of its texts: statuses, scores, scopes and elements of
/// all objects, and the log positions of their texts. Only the texts that a response shows are then
/// read.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "projections/query/product_model.hpp"

namespace threatatlas::query {

/// The line at `position` contains texts of the object with this id.
struct TextLine {
    std::uint64_t id = 0;
    Position position = 0;
};

/// A model and the positions of its texts.
struct ModelOutline {
    /// Complete except for the texts of threats and mitigations. Until they are read, only the
    /// diagram and element_id of threats are set. Texts, actors and notes of acceptances are there
    /// if they were asked for.
    ProductModel model;
    /// Ordered by id, then by position. They include all lines up to the moment and possibly later
    /// ones.
    std::vector<TextLine> threat_lines;
    std::vector<TextLine> mitigation_lines;

    /// An existing object with its texts.
    ThreatView threat(const store::ReadView& view, ThreatId id) const;
    MitigationView mitigation(const store::ReadView& view, MitigationId id) const;

    /// Read the texts of one existing object, or of all objects, into the model.
    void read_threat_texts(const store::ReadView& view, ThreatId id);
    void read_mitigation_texts(const store::ReadView& view, MitigationId id);
    void read_all_texts(const store::ReadView& view);
};

/// Whether the texts, actors and notes of acceptances are read. Which texts an acceptance has is
/// settled by a few events, so these are read at once rather than later.
enum class AcceptanceDetails : std::uint8_t { skipped, read };

/// Folds the product's own events. Returns nullopt if the product was not registered yet.
std::optional<ModelOutline> outline_at(const store::ReadView& view, ProductId product,
                                       base::Instant moment,
                                       AcceptanceDetails acceptances = AcceptanceDetails::skipped);

/// The outlines of a product at two moments, with the texts of acceptances, from a single fold; the
/// first moment is not after the second.
struct OutlinePair {
    std::optional<ModelOutline> before;
    ModelOutline after;
};
/// Returns nullopt if the product was not registered at the second moment. `before` is nullopt if
/// it was not registered at the first.
std::optional<OutlinePair> outlines_at(const store::ReadView& view, ProductId product,
                                       base::Instant first, base::Instant second);

/// Reads the texts of all objects that were added, removed or changed between the two, so that
/// changes_between() gives the same result as for complete models.
void read_texts_of_changes(const store::ReadView& view, OutlinePair& pair);

}  // namespace threatatlas::query
