#include "projections/query/attributions.hpp"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "projections/query/views.hpp"

namespace threatatlas::query {
namespace {

constexpr std::string_view covered_by_field = "covered_by";

template <class Map, class Key>
const Attribution* find_in(const Map& map, const Key& key) {
    const auto found = map.find(key);
    return found == map.end() ? nullptr : found->second.get();
}

const Attribution* newer(const Attribution* a, const Attribution* b) {
    if (a == nullptr || b == nullptr) {
        return a == nullptr ? b : a;
    }
    return a->position < b->position ? b : a;
}

}  // namespace

bool is_decision(events::ThreatStatus status) {
    return status == events::ThreatStatus::mitigated || status == events::ThreatStatus::accepted ||
           status == events::ThreatStatus::not_applicable;
}

const Attribution* Attributions::decision(ThreatId id) const {
    return find_in(decisions_, id);
}

const Attribution* Attributions::change(Kind kind, std::uint64_t id, std::string_view field) const {
    return find_in(changes_, Key{kind, id, std::string(field)});
}

const Attribution* Attributions::coverage_change(ThreatId id, const projections::Threat& before,
                                                 const projections::Threat& after) const {
    const Attribution* newest = nullptr;
    for (const std::string_view field :
         {covered_by_field, std::string_view("diagram"), std::string_view("element_id")}) {
        newest = newer(newest, change(Kind::threat, id, field));
    }
    for (const projections::Threat* threat : {&before, &after}) {
        if (const auto element = projections::element_of(*threat)) {
            newest = newer(newest, find_in(elements_, *element));
        }
    }
    return newest;
}

AttributionCollector::State AttributionCollector::state_of(projections::Tables& tables,
                                                           const events::Event& event) {
    State state;
    const ThreatId threat_id = events::threat_of(event);
    const MitigationId mitigation_id = events::mitigation_of(event);
    if (threat_id != 0) {
        if (const projections::Threat* threat = tables.threat(event.product_id, threat_id)) {
            state.status = static_cast<std::size_t>(threat->status);
            state.scoring = threat->scoring;
        }
    } else if (mitigation_id != 0) {
        if (const projections::Mitigation* mitigation =
                tables.mitigation(event.product_id, mitigation_id)) {
            state.status = static_cast<std::size_t>(mitigation->status);
            state.scope = mitigation->scope;
            state.is_active = projections::is_active(*mitigation);
        }
    }
    return state;
}

void AttributionCollector::before(projections::Tables& tables, const events::Event& event) {
    before_ = state_of(tables, event);
    changed_fields_.clear();
    // The fold refuses events about objects that do not exist.
    const auto find = [this](const auto& changes, const auto* object) {
        if (object != nullptr) {
            find_changed_fields(changes, object->texts);
        }
    };
    const ProductId id = event.product_id;
    if (const auto* product = std::get_if<events::ProductDescribed>(&event.data)) {
        find(product->changes, tables.product(id));
    } else if (const auto* threat = std::get_if<events::ThreatDescribed>(&event.data)) {
        find(threat->changes, tables.threat(id, threat->threat_id));
    } else if (const auto* mitigation = std::get_if<events::MitigationDescribed>(&event.data)) {
        find(mitigation->changes, tables.mitigation(id, mitigation->mitigation_id));
    }
}

void AttributionCollector::after(projections::Tables& tables, const events::Event& event) {
    const auto* const reviewed = std::get_if<events::ProductReviewed>(&event.data);
    newest_ = std::make_shared<const Attribution>(
        Attribution{event.position, event.time, event.occurred_at, event.actor, event.on_behalf_of,
                    event.reason, reviewed != nullptr ? reviewed->note : std::string()});
    const State now = state_of(tables, event);
    if (const auto* registered = std::get_if<events::ProductRegistered>(&event.data)) {
        // A report on the time before the registration shows these fields as changed from nothing.
        for (std::size_t i = 0; i < events::ProductTexts::size(); ++i) {
            if (!registered->texts.at(i).empty()) {
                note(Kind::product, 0, events::names_of<events::ProductField>()[i]);
            }
        }
    } else if (event.type() == events::EventType::product_described) {
        note_changed_fields(Kind::product, 0);
    } else if (const auto* assigned = std::get_if<events::PolicyAssigned>(&event.data)) {
        note_policy_step("policy",
                         projections::PolicyAssignment{assigned->policy, assigned->enforced});
    } else if (reviewed != nullptr) {
        note_policy_step("reviewed_at", std::nullopt);
    } else if (const auto* identified = std::get_if<events::ThreatIdentified>(&event.data)) {
        note(Kind::threat, identified->threat_id, {});
        note_status(identified->threat_id, identified->status);
    } else if (const auto* changed = std::get_if<events::ThreatStatusChanged>(&event.data)) {
        if (now.status != before_.status) {
            note(Kind::threat, changed->threat_id, "status");
        }
        note_status(changed->threat_id, changed->status);
    } else if (const auto* threat = std::get_if<events::ThreatDescribed>(&event.data)) {
        note_changed_fields(Kind::threat, threat->threat_id);
    } else if (const auto* scored = std::get_if<events::ThreatScored>(&event.data)) {
        note_scoring(scored->threat_id, now.scoring);
    } else if (const auto* removed = std::get_if<events::ThreatRemoved>(&event.data)) {
        note(Kind::threat, removed->threat_id, {});
        found_.decisions_.erase(removed->threat_id);
    } else if (const auto* mitigation = std::get_if<events::MitigationDescribed>(&event.data)) {
        note_changed_fields(Kind::mitigation, mitigation->mitigation_id);
    } else if (const MitigationId id = events::mitigation_of(event)) {
        if (event.type() == events::EventType::mitigation_proposed ||
            event.type() == events::EventType::mitigation_removed) {
            note(Kind::mitigation, id, {});
        } else if (now.status != before_.status) {
            note(Kind::mitigation, id, "status");
        }
        note_mitigation(id, now);
    }
    forget_old_changes();
}

// An event may contain a text that does not change.
template <class Field, std::size_t count>
void AttributionCollector::find_changed_fields(const events::TextChanges<Field, count>& changes,
                                               const events::Texts<Field, count>& texts) {
    for (std::size_t i = 0; i < count; ++i) {
        if (changes.at(i).value_or(texts.at(i)) != texts.at(i)) {
            changed_fields_.push_back(events::names_of<Field>()[i]);
        }
    }
}

void AttributionCollector::note_changed_fields(Kind kind, std::uint64_t id) {
    for (const std::string_view field : changed_fields_) {
        note(kind, id, field);
    }
}

void AttributionCollector::note_scoring(ThreatId id, const events::Scoring& now) {
    const auto note_if = [&](bool is_changed, std::string_view field) {
        if (is_changed) {
            note(Kind::threat, id, field);
        }
    };
    note_if(now.severity != before_.scoring.severity, "severity");
    note_if(now.likelihood != before_.scoring.likelihood, "likelihood");
    note_if(now.impact != before_.scoring.impact, "impact");
    note_if(risk_score(now) != risk_score(before_.scoring), "risk_score");
}

void AttributionCollector::note_mitigation(MitigationId id, const State& now) {
    const auto note_if = [&](bool is_changed, std::string_view field) {
        if (is_changed) {
            note(Kind::mitigation, id, field);
        }
    };
    note_if(now.is_active != before_.is_active, "active");
    note_if(now.scope.threat_ids != before_.scope.threat_ids, "threat_ids");
    note_if(now.scope.diagram != before_.scope.diagram, "diagram");
    note_if(now.scope.element_id != before_.scope.element_id, "element_id");
    note_coverage(id, now);
}

Attributions AttributionCollector::take() {
    for (const auto& [id, turn] : std::exchange(turns_, {})) {
        spread(turn);
    }
    return std::move(found_);
}

// Records the turn for the threats that the mitigation still names.
void AttributionCollector::note_turn(MitigationId id) {
    if (before_.scope.threat_ids.empty()) {
        return;
    }
    Turn& turn = turns_[id];
    turn.newest = newest_;
    if (turn.named.empty()) {
        turn.named = before_.scope.threat_ids;
    }
}

void AttributionCollector::spread(const Turn& turn) {
    for (const ThreatId id : turn.named) {
        auto& noted = found_.changes_[{Kind::threat, id, std::string(covered_by_field)}];
        if (noted == nullptr || noted->position < turn.newest->position) {
            noted = turn.newest;
            ++noted_;
        }
    }
}

void AttributionCollector::note_coverage(MitigationId id, const State& now) {
    if (before_.is_active != now.is_active && before_.scope == now.scope) {
        note_turn(id);
    } else if (before_.scope != now.scope) {
        if (const auto turn = turns_.extract(id)) {
            spread(turn.mapped());
        }
    }
    const events::CoverageScope none;
    const events::CoverageScope& from = before_.is_active ? before_.scope : none;
    const events::CoverageScope& to = now.is_active ? now.scope : none;
    if (before_.scope != now.scope) {
        std::vector<ThreatId> changed;
        std::set_symmetric_difference(from.threat_ids.begin(), from.threat_ids.end(),
                                      to.threat_ids.begin(), to.threat_ids.end(),
                                      std::back_inserter(changed));
        for (const ThreatId threat_id : changed) {
            note(Kind::threat, threat_id, covered_by_field);
        }
    }
    const auto element_before = projections::element_of(from);
    const auto element_now = projections::element_of(to);
    if (element_before != element_now) {
        for (const auto& element : {element_before, element_now}) {
            if (element) {
                found_.elements_[*element] = newest_;
                ++noted_;
            }
        }
    }
}

void AttributionCollector::note_status(ThreatId id, events::ThreatStatus status) {
    if (is_decision(status)) {
        found_.decisions_[id] = newest_;
    } else {
        found_.decisions_.erase(id);
    }
}

void AttributionCollector::note(Kind kind, std::uint64_t id, std::string_view field) {
    found_.changes_[{kind, id, std::string(field)}] = newest_;
    ++noted_;
}

void AttributionCollector::note_policy_step(std::string_view field,
                                            std::optional<projections::PolicyAssignment> assigned) {
    note(Kind::product, 0, field);
    found_.policy_steps_.push_back({newest_, std::move(assigned)});
    if (found_.policy_steps_.size() > policy_steps_max) {
        found_.policy_steps_.pop_front();
        ++found_.earlier_policy_steps_;
    }
}

// Called at intervals that keep the cost per event constant and memory independent of the log's
// length.
void AttributionCollector::forget_old_changes() {
    constexpr std::size_t noted_min = 4'096;
    if (noted_ < std::max(noted_min, found_.changes_.size() + found_.elements_.size())) {
        return;
    }
    noted_ = 0;
    const auto is_old = [oldest = newest_->recorded_at - span_](const auto& entry) {
        return entry.second->recorded_at <= oldest;
    };
    std::erase_if(found_.changes_, is_old);
    std::erase_if(found_.elements_, is_old);
    std::erase_if(turns_, [&](const auto& entry) {
        return entry.second.newest->recorded_at <= newest_->recorded_at - span_;
    });
}

}  // namespace threatatlas::query
