#include "system/agreement/twin_answers.hpp"

#include <sstream>

#include "events/event_line.hpp"

namespace threatatlas::testing {
namespace {

using Json = OrderedJson;

Json text_or_null(std::string_view text) {
    return text.empty() ? Json() : Json(text);
}

Json severity_or_null(const std::optional<events::Severity>& severity) {
    return severity ? Json(events::name_of(*severity)) : Json();
}

Json threat_of(ProductId product_id, const TwinProduct& product, ThreatId id) {
    const TwinThreat& threat = product.threats.at(id);
    const auto text = [&](events::ThreatField field) { return text_or_null(threat.texts[field]); };
    const events::Scoring& scoring = threat.scoring;
    const auto score = [](const std::optional<std::uint8_t>& number) {
        return number ? Json(*number) : Json();
    };
    const auto covered_by = product.covered_by(id);
    return {
        {"id", id},
        {"product_id", product_id},
        {"name", text(events::ThreatField::name)},
        {"description", text(events::ThreatField::description)},
        {"category", text(events::ThreatField::category)},
        {"diagram", text(events::ThreatField::diagram)},
        {"element_id", text(events::ThreatField::element_id)},
        {"element_name", text(events::ThreatField::element_name)},
        {"severity", severity_or_null(scoring.severity)},
        {"likelihood", score(scoring.likelihood)},
        {"impact", score(scoring.impact)},
        {"risk_score", scoring.likelihood ? Json(*scoring.likelihood * *scoring.impact) : Json()},
        {"status", events::name_of(threat.status)},
        {"covered", !covered_by.empty()},
        {"covered_by", covered_by},
        {"comments", text(events::ThreatField::comments)},
        {"external_id", text(events::ThreatField::external_id)},
        {"created_at", base::format_instant(threat.created_at)},
        {"updated_at", base::format_instant(threat.updated_at)}};
}

Json mitigation_of(ProductId product_id, const TwinProduct& product, MitigationId id) {
    const TwinMitigation& mitigation = product.mitigations.at(id);
    const auto text = [&](events::MitigationField field) {
        return text_or_null(mitigation.texts[field]);
    };
    return {{"id", id},
            {"product_id", product_id},
            {"name", text(events::MitigationField::name)},
            {"description", text(events::MitigationField::description)},
            {"category", text(events::MitigationField::category)},
            {"status", events::name_of(mitigation.status)},
            {"active", mitigation.is_active()},
            {"threat_ids", mitigation.scope.threat_ids},
            {"diagram", text_or_null(mitigation.scope.diagram)},
            {"element_id", text_or_null(mitigation.scope.element_id)},
            {"comments", text(events::MitigationField::comments)},
            {"external_id", text(events::MitigationField::external_id)},
            {"created_at", base::format_instant(mitigation.created_at)},
            {"updated_at", base::format_instant(mitigation.updated_at)}};
}

Json timeline_point(base::Instant at, const TwinState& state) {
    return {{"at", base::format_instant(at)},
            {"position", state.last_position},
            {"summary", twin_summary(state.product.posture())}};
}

const TwinState* last_state(const std::vector<TwinState>& states, base::Instant instant) {
    const TwinState* found = nullptr;
    for (const TwinState& state : states) {
        found = state.time <= instant ? &state : found;
    }
    return found;
}

// Members whose value changed, except the time of the change.
Json changed_fields(const Json& before, const Json& after) {
    Json fields = Json::object();
    for (const auto& [key, value] : after.items()) {
        if (key != "updated_at" && before.at(key) != value) {
            fields[key] = {{"from", before.at(key)}, {"to", value}};
        }
    }
    return fields;
}

// Both maps contain rendered objects by id.
Json changed_objects(const std::map<std::uint64_t, Json>& before,
                     const std::map<std::uint64_t, Json>& after) {
    Json added = Json::array();
    Json removed = Json::array();
    Json changed = Json::array();
    for (const auto& [id, object] : after) {
        if (!before.contains(id)) {
            added.push_back(object);
        } else if (const Json fields = changed_fields(before.at(id), object); !fields.empty()) {
            changed.push_back({{"id", id}, {"name", object.at("name")}, {"fields", fields}});
        }
    }
    for (const auto& [id, object] : before) {
        if (!after.contains(id)) {
            removed.push_back(object);
        }
    }
    return {{"added", added}, {"removed", removed}, {"changed", changed}};
}

std::map<std::uint64_t, Json> by_id(const Json& list) {
    std::map<std::uint64_t, Json> objects;
    for (const Json& object : list) {
        objects[object.at("id").get<std::uint64_t>()] = object;
    }
    return objects;
}

Json product_texts(const TwinProduct& product) {
    Json texts;
    for (std::size_t i = 0; i < events::product_field_count; ++i) {
        texts[std::string(events::names_of<events::ProductField>()[i])] =
            text_or_null(product.texts.at(i));
    }
    return texts;
}

Json product_fields(const TwinProduct& product) {
    Json fields = product_texts(product);
    fields["reviewed_at"] =
        product.reviewed_at ? Json(base::format_instant(*product.reviewed_at)) : Json();
    fields["policy"] =
        product.policy.empty()
            ? Json()
            : Json({{"name", product.policy}, {"enforced", product.policy_is_enforced}});
    return fields;
}

// The difference of each count.
Json moved_counts(const Json& from, const Json& to) {
    Json steps;
    for (const auto& [key, value] : to.items()) {
        if (key == "by_severity") {
            steps[key] = moved_counts(from.at(key), value);
        } else if (key != "mitigation_ratio") {
            steps[key] = value.get<std::int64_t>() - from.at(key).get<std::int64_t>();
        }
    }
    return steps;
}

Json diff_side(base::Instant at, const TwinState* state) {
    return {{"at", base::format_instant(at)},
            {"position", state != nullptr ? Json(state->last_position) : Json()},
            {"summary", state != nullptr ? twin_summary(state->product.posture()) : Json()}};
}

}  // namespace

TwinLog::TwinLog(const std::string& lines) {
    std::istringstream text(lines);
    events::LineReader reader;
    std::vector<events::Event> transaction;
    const auto close = [&] {
        if (transaction.empty()) {
            return;
        }
        twin_.add_transaction(transaction);
        const events::Event& last = transaction.back();
        if (last.product_id != 0) {
            states_[last.product_id].push_back(
                {last.time, last.position, twin_.product(last.product_id)});
        }
        transaction.clear();
    };
    for (std::string line; std::getline(text, line);) {
        const events::Event& event = events_.emplace_back(reader.read(line));
        if (!transaction.empty() && transaction.back().time != event.time) {
            close();
        }
        transaction.push_back(event);
    }
    close();
}

std::vector<ProductId> TwinLog::products() const {
    std::vector<ProductId> ids;
    for (const auto& [id, product] : twin_.products()) {
        ids.push_back(id);
    }
    return ids;
}

const TwinState* TwinLog::state_at(ProductId product, base::Instant instant) const {
    return last_state(states_.at(product), instant);
}

const TwinState* TwinLog::state_at_position(ProductId product, Position position) const {
    const TwinState* found = nullptr;
    for (const TwinState& state : states_.at(product)) {
        found = state.last_position <= position ? &state : found;
    }
    return found;
}

base::Instant TwinLog::instant_at_position(Position position) const {
    const base::Instant time = events_.at(position - 1).time;
    const bool is_within = position < events_.size() && events_[position].time == time;
    return is_within ? time - base::Instant::duration{1} : time;
}

std::uint64_t twin_unmitigated_high(const projections::ThreatCounts& counts) {
    return counts.unmitigated.at(static_cast<std::size_t>(events::Severity::critical)) +
           counts.unmitigated.at(static_cast<std::size_t>(events::Severity::high));
}

OrderedJson twin_summary(const projections::Posture& posture) {
    Json by_severity;
    for (const events::Severity severity : {events::Severity::critical, events::Severity::high,
                                            events::Severity::medium, events::Severity::low}) {
        by_severity[std::string(events::name_of(severity))] =
            posture.by_severity.at(static_cast<std::size_t>(severity));
    }
    by_severity["unscored"] = posture.unscored;
    const auto hundredths =
        posture.total_threats == 0 ? 100 : posture.mitigated_threats * 100 / posture.total_threats;
    return {{"total_threats", posture.total_threats},
            {"by_severity", by_severity},
            {"mitigated_threats", posture.mitigated_threats},
            {"mitigation_ratio", static_cast<double>(hundredths) / 100},
            {"total_mitigations", posture.total_mitigations},
            {"active_mitigations", posture.active_mitigations},
            {"unmitigated_high", twin_unmitigated_high(posture)}};
}

OrderedJson twin_posture(ProductId id, const TwinProduct& product) {
    return {{"product_id", id},
            {"product_name", product.texts[events::ProductField::name]},
            {"summary", twin_summary(product.posture())},
            {"position", product.last_position},
            {"recorded_at", base::format_instant(product.updated_at)}};
}

OrderedJson twin_threats(ProductId id, const TwinProduct& product) {
    Json list = Json::array();
    for (const auto& [threat_id, threat] : product.threats) {
        list.push_back(threat_of(id, product, threat_id));
    }
    return list;
}

OrderedJson twin_mitigations(ProductId id, const TwinProduct& product) {
    Json list = Json::array();
    for (const auto& [mitigation_id, mitigation] : product.mitigations) {
        list.push_back(mitigation_of(id, product, mitigation_id));
    }
    return list;
}

OrderedJson twin_changes(const std::vector<TwinState>& states, base::Instant from,
                         base::Instant to) {
    Json points = Json::array();
    for (const TwinState& state : states) {
        if (from <= state.time && state.time <= to && !state.product.archived_at) {
            points.push_back(timeline_point(state.time, state));
        }
    }
    return points;
}

OrderedJson twin_hours(const std::vector<TwinState>& states, base::Instant from, base::Instant to) {
    Json points = Json::array();
    const auto add = [&](base::Instant at) {
        const TwinState* state = last_state(states, at);
        if (state != nullptr && !state->product.archived_at) {
            points.push_back(timeline_point(at, *state));
        }
    };
    for (base::Instant at = from; at < to; at += std::chrono::hours{1}) {
        add(at);
    }
    add(to);
    return points;
}

OrderedJson twin_diff(ProductId id, base::Instant from, const TwinState* before, base::Instant to,
                      const TwinState& after) {
    const TwinProduct nothing;
    const TwinProduct& old = before != nullptr ? before->product : nothing;
    return {{"product_id", id},
            {"from", diff_side(from, before)},
            {"to", diff_side(to, &after)},
            {"summary",
             moved_counts(twin_summary(old.posture()), twin_summary(after.product.posture()))},
            {"product",
             {{"changed", changed_fields(product_fields(old), product_fields(after.product))}}},
            {"threats",
             changed_objects(by_id(twin_threats(id, old)), by_id(twin_threats(id, after.product)))},
            {"mitigations", changed_objects(by_id(twin_mitigations(id, old)),
                                            by_id(twin_mitigations(id, after.product)))}};
}

}  // namespace threatatlas::testing
