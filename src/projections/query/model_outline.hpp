#pragma once

// A product's model in the past without most of its texts: statuses, scores, scopes and places of
// all objects, and where in the log their texts are. Answers read the texts that they show.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "projections/query/product_model.hpp"

namespace threatatlas {

// The line at this position gives texts of the object with this id.
struct TextLine {
    std::uint64_t id = 0;
    Position position = 0;
};

struct ModelOutline {
    // Complete but for texts of threats and mitigations: of those, only the diagram and element_id
    // of threats are there until they are read.
    ProductModel model;
    // By id, then by position. Of all that happened up to the moment, at least.
    std::vector<TextLine> threat_lines;
    std::vector<TextLine> mitigation_lines;

    // An object that is there, with its texts.
    ThreatView threat(const ReadView& view, ThreatId id) const;
    MitigationView mitigation(const ReadView& view, MitigationId id) const;

    // Reads the texts of an object that is there into the model, or of all of them.
    void read_threat_texts(const ReadView& view, ThreatId id);
    void read_mitigation_texts(const ReadView& view, MitigationId id);
    void read_all_texts(const ReadView& view);
};

// Folded from the product's own events. Nothing where the product was not registered by then.
std::optional<ModelOutline> outline_at(const ReadView& view, ProductId product, Instant moment);

// Two moments of one product, the first not after the second, from one fold.
struct OutlinePair {
    std::optional<ModelOutline> before;
    ModelOutline after;
};
// Nothing where the product was not registered by the second one. `before` is nothing where it was
// not by the first one.
std::optional<OutlinePair> outlines_at(const ReadView& view, ProductId product, Instant first,
                                       Instant second);

// Reads the texts of all objects that were added, removed or changed from one to the other, so that
// changes_between() finds the same as in the whole models.
void read_texts_of_changes(const ReadView& view, OutlinePair& pair);

}  // namespace threatatlas
