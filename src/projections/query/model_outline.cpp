#include "projections/query/model_outline.hpp"

#include <algorithm>

#include "base/work_watch.hpp"
#include "events/event_line.hpp"
#include "events/store/errors.hpp"
#include "projections/fold.hpp"

namespace threatatlas::query {
namespace {

bool gives_texts(events::EventType type) {
    return type == events::EventType::threat_identified ||
           type == events::EventType::threat_described ||
           type == events::EventType::mitigation_proposed ||
           type == events::EventType::mitigation_described;
}

void sort_by_id(std::vector<TextLine>& lines) {
    // The lines are already in order of position, which a stable sort preserves.
    std::stable_sort(lines.begin(), lines.end(),
                     [](const TextLine& a, const TextLine& b) { return a.id < b.id; });
}

// Folds up to a moment and can continue to a later one.
class OutlineFold {
  public:
    OutlineFold(const store::ReadView& view, ProductId product, AcceptanceDetails acceptances)
        : view_(view), product_(product), acceptances_(acceptances) {}

    void go_on_until(base::Instant moment) {
        scan_product_lines(view_, product_, position_, moment,
                           [&](Position position, std::string_view line) {
                               position_ = position;
                               add(position, line);
                               return true;
                           });
        // Whether an acceptance applies is settled with its controls.
        projections::settle_coverage(tables_);
    }

    // The outline at the moment up to which events were folded, with the text lines so far.
    std::optional<ModelOutline> outline(base::Instant moment) const {
        auto at = product_at(view_, product_, moment);
        if (!at) {
            return std::nullopt;
        }
        ModelOutline outline;
        outline.model.product = *std::move(at);
        if (const auto* rows = tables_.find(product_)) {
            take_rows(outline.model, *rows);
        }
        outline.threat_lines = threat_lines_;
        outline.mitigation_lines = mitigation_lines_;
        sort_by_id(outline.threat_lines);
        sort_by_id(outline.mitigation_lines);
        return outline;
    }

  private:
    void add(Position position, std::string_view line) {
        reader_.read_stored(line, event_, 0, events::Members::of_posture);
        if (gives_texts(event_.type())) {
            const ThreatId threat = events::threat_of(event_);
            (threat != 0 ? threat_lines_ : mitigation_lines_)
                .push_back({threat != 0 ? threat : events::mitigation_of(event_), position});
        }
        if (acceptances_ == AcceptanceDetails::read && events::acceptance_of(event_) != 0) {
            reader_.read_stored(line, event_);
        }
        projections::fold(tables_, event_);
    }

    const store::ReadView& view_;
    const ProductId product_;
    const AcceptanceDetails acceptances_;
    projections::MemoryTables tables_;
    events::LineReader reader_;
    events::Event event_;
    Position position_ = 0;
    std::vector<TextLine> threat_lines_;
    std::vector<TextLine> mitigation_lines_;
};

std::span<const TextLine> lines_of(const std::vector<TextLine>& lines, std::uint64_t id) {
    const auto first = std::ranges::lower_bound(lines, id, std::ranges::less{}, &TextLine::id);
    const auto last = std::ranges::upper_bound(lines, id, std::ranges::less{}, &TextLine::id);
    return {first, last};
}

events::Event event_in_log(const store::ReadView& view, Position position) {
    auto event = events::event_at(view, position);
    if (!event) {
        throw store::ReadError("a line with texts is missing");
    }
    return *std::move(event);
}

// Sets an object's texts to their state after the lines up to a position.
template <class Whole, class Changed, class Texts>
void read_texts(const store::ReadView& view, std::span<const TextLine> lines, Position until,
                Texts& texts) {
    texts = {};
    for (const TextLine& line : lines) {
        if (line.position > until) {
            return;
        }
        base::note_row_of_work();
        const events::Event event = event_in_log(view, line.position);
        if (const auto* whole = std::get_if<Whole>(&event.data)) {
            texts = whole->texts;
        } else if (const auto* changed = std::get_if<Changed>(&event.data)) {
            changed->changes.apply_to(texts);
        }
    }
}

// True if an object that exists at both moments received texts in between.
bool is_described_between(const std::vector<TextLine>& lines, std::uint64_t id, Position first) {
    const auto of_id = lines_of(lines, id);
    return !of_id.empty() && of_id.back().position > first;
}

bool is_same_but_texts(const projections::Threat& a, const projections::Threat& b) {
    return a.scoring == b.scoring && a.status == b.status;
}
bool is_same_but_texts(const projections::Mitigation& a, const projections::Mitigation& b) {
    return a.status == b.status && a.scope == b.scope;
}

// Calls `read` for objects that exist at only one moment, and for those at both for which
// `is_changed` returns true.
template <class Objects, class IsChanged, class Read>
void visit_changes(const Objects& before, const Objects& after, const IsChanged& is_changed,
                   const Read& read) {
    for (const auto& [id, object] : after) {
        base::note_row_of_work();
        const auto old = before.find(id);
        if (old == before.end() || is_changed(id, old->second, object)) {
            read(id, old != before.end(), true);
        }
    }
    for (const auto& [id, object] : before) {
        if (!after.contains(id)) {
            read(id, true, false);
        }
    }
}

}  // namespace

ThreatView ModelOutline::threat(const store::ReadView& view, ThreatId id) const {
    ThreatView shown = model.view(id);
    read_texts<events::ThreatIdentified, events::ThreatDescribed>(
        view, lines_of(threat_lines, id), model.product.position, shown.threat.texts);
    return shown;
}

MitigationView ModelOutline::mitigation(const store::ReadView& view, MitigationId id) const {
    MitigationView shown{id, model.mitigations.at(id)};
    read_texts<events::MitigationProposed, events::MitigationDescribed>(
        view, lines_of(mitigation_lines, id), model.product.position, shown.mitigation.texts);
    return shown;
}

void ModelOutline::read_threat_texts(const store::ReadView& view, ThreatId id) {
    read_texts<events::ThreatIdentified, events::ThreatDescribed>(
        view, lines_of(threat_lines, id), model.product.position, model.threats.at(id).texts);
}

void ModelOutline::read_mitigation_texts(const store::ReadView& view, MitigationId id) {
    read_texts<events::MitigationProposed, events::MitigationDescribed>(
        view, lines_of(mitigation_lines, id), model.product.position,
        model.mitigations.at(id).texts);
}

void ModelOutline::read_all_texts(const store::ReadView& view) {
    for (const auto& [id, threat] : model.threats) {
        read_threat_texts(view, id);
    }
    for (const auto& [id, mitigation] : model.mitigations) {
        read_mitigation_texts(view, id);
    }
}

std::optional<ModelOutline> outline_at(const store::ReadView& view, ProductId product,
                                       base::Instant moment, AcceptanceDetails acceptances) {
    OutlineFold fold(view, product, acceptances);
    fold.go_on_until(moment);
    return fold.outline(moment);
}

std::optional<OutlinePair> outlines_at(const store::ReadView& view, ProductId product,
                                       base::Instant first, base::Instant second) {
    OutlineFold fold(view, product, AcceptanceDetails::read);
    fold.go_on_until(first);
    auto before = fold.outline(first);
    fold.go_on_until(second);
    auto after = fold.outline(second);
    if (!after) {
        return std::nullopt;
    }
    return OutlinePair{std::move(before), *std::move(after)};
}

void read_texts_of_changes(const store::ReadView& view, OutlinePair& pair) {
    static const ProductModel none;
    const ProductModel& old = pair.before ? pair.before->model : none;
    const ProductModel& now = pair.after.model;
    const Position first = old.product.position;
    CoveringComparison coverings;
    visit_changes(
        old.threats, now.threats,
        [&](ThreatId id, const projections::Threat& before, const projections::Threat& after) {
            return !is_same_but_texts(before, after) ||
                   is_described_between(pair.after.threat_lines, id, first) ||
                   !coverings.are_same(old.covered_by(id, before), now.covered_by(id, after));
        },
        [&](ThreatId id, bool is_in_old, bool is_in_new) {
            if (is_in_old) {
                pair.before->read_threat_texts(view, id);
            }
            if (is_in_new) {
                pair.after.read_threat_texts(view, id);
            }
        });
    visit_changes(
        old.mitigations, now.mitigations,
        [&](MitigationId id, const projections::Mitigation& before,
            const projections::Mitigation& after) {
            return !is_same_but_texts(before, after) ||
                   is_described_between(pair.after.mitigation_lines, id, first);
        },
        [&](MitigationId id, bool is_in_old, bool is_in_new) {
            if (is_in_old) {
                pair.before->read_mitigation_texts(view, id);
            }
            if (is_in_new) {
                pair.after.read_mitigation_texts(view, id);
            }
        });
}

}  // namespace threatatlas::query
