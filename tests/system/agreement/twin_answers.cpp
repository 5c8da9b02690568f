#include "system/agreement/twin_answers.hpp"

#include <array>
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

std::uint64_t unmitigated_high(const projections::ThreatCounts& counts) {
    return counts.unmitigated.at(static_cast<std::size_t>(events::Severity::critical)) +
           counts.unmitigated.at(static_cast<std::size_t>(events::Severity::high));
}

Json summary_of(const projections::Posture& posture) {
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
            {"unmitigated_high", unmitigated_high(posture)}};
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

__extension__ using Wide = unsigned __int128;

// digits / 10^decimals, without trailing zeros.
std::string written(std::uint64_t digits, std::size_t decimals) {
    std::string text = std::to_string(digits);
    text.insert(0, text.size() <= decimals ? decimals + 1 - text.size() : 0, '0');
    text.insert(text.size() - decimals, ".");
    text.erase(text.find_last_not_of('0') + 1);
    return text.ends_with('.') ? text.substr(0, text.size() - 1) : text;
}

// In units of 10^-17.
std::uint64_t ratio_units(std::string ratio) {
    const std::size_t point = ratio.find('.');
    const std::size_t decimals = point == std::string::npos ? 0 : ratio.size() - point - 1;
    if (point != std::string::npos) {
        ratio.erase(point, 1);
    }
    return std::stoull(ratio + std::string(17 - decimals, '0'));
}

class GateAnswer {
  public:
    void condition(const char* rule, const Json& limit, const Json& actual, bool pass,
                   const std::string& sentence) {
        conditions.push_back(
            {{"rule", rule}, {"limit", limit}, {"actual", actual}, {"pass", pass}});
        if (!pass) {
            failures.push_back(sentence);
        }
    }
    void none_of(const char* rule, std::uint64_t all, std::uint64_t accepted,
                 const std::string& sentence) {
        const std::uint64_t count = all - accepted;
        condition(rule, 0, count, count == 0, std::to_string(count) + " " + sentence);
        if (accepted > 0) {
            conditions.back()["accepted"] = accepted;
        }
    }

    Json failures = Json::array();
    Json conditions = Json::array();
};

void judge_ratio(GateAnswer& answer, const projections::Posture& posture,
                 const std::string& ratio) {
    const std::uint64_t mitigated = posture.mitigated_threats;
    const std::uint64_t total = posture.total_threats;
    const bool none = total == 0;
    answer.condition("min_mitigation_ratio", Json::parse(ratio),
                     none ? 1.0 : static_cast<double>(mitigated) / static_cast<double>(total),
                     Wide{mitigated} * ratio_units("1") >= Wide{ratio_units(ratio)} * total,
                     "Mitigation ratio " + std::to_string(mitigated) + "/" + std::to_string(total) +
                         " (" + written(none ? 10'000 : mitigated * 10'000 / total, 2) +
                         "%) is below required threshold " + written(ratio_units(ratio), 15) + "%");
}

Json timeline_point(base::Instant at, const TwinState& state) {
    return {{"at", base::format_instant(at)},
            {"position", state.last_position},
            {"summary", summary_of(state.product.posture())}};
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
            {"summary", state != nullptr ? summary_of(state->product.posture()) : Json()}};
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

std::string AskedThresholds::query() const {
    std::string query;
    query += fail_on_critical ? "&fail_on_critical=true" : "";
    query +=
        fail_on_unmitigated_high ? "&fail_on_unmitigated_high=1" : "&fail_on_unmitigated_high=no";
    query += min_mitigation_ratio ? "&min_mitigation_ratio=" + *min_mitigation_ratio : "";
    query += fail_on_unscored ? "&fail_on_unscored=ON" : "";
    query += min_threats ? "&min_threats=" + std::to_string(*min_threats) : "";
    query += ignores_acceptances ? "&acceptances=ignore" : "";
    return query.substr(1);
}

std::vector<std::string> AskedThresholds::options() const {
    std::vector<std::string> options;
    if (fail_on_critical) {
        options.emplace_back("--fail-on-critical");
    }
    if (fail_on_unmitigated_high) {
        options.emplace_back("--fail-on-unmitigated-high=yes");
    }
    if (min_mitigation_ratio) {
        options.insert(options.end(), {"--min-mitigation-ratio", *min_mitigation_ratio});
    }
    if (fail_on_unscored) {
        options.emplace_back("--fail-on-unscored");
    }
    if (min_threats) {
        options.insert(options.end(), {"--min-threats", std::to_string(*min_threats)});
    }
    if (ignores_acceptances) {
        options.emplace_back("--ignore-acceptances");
    }
    return options;
}

AskedThresholds random_thresholds(Random& random) {
    static const std::array<std::string, 10> ratios{
        "0",     "1",         "0.5",         "0.1",  "0.25",
        "0.333", "0.3333333", "0.000000001", "0.75", "0.33333333333333333"};
    AskedThresholds thresholds{.fail_on_critical = random.chance(50),
                               .fail_on_unmitigated_high = random.chance(50),
                               .min_mitigation_ratio = {},
                               .fail_on_unscored = random.chance(50),
                               .min_threats = {}};
    if (random.chance(60)) {
        thresholds.min_mitigation_ratio = random.pick(ratios);
    }
    if (random.chance(50)) {
        thresholds.min_threats = random.below(20);
    }
    return thresholds;
}

OrderedJson twin_posture(ProductId id, const TwinProduct& product) {
    return {{"product_id", id},
            {"product_name", product.texts[events::ProductField::name]},
            {"summary", summary_of(product.posture())},
            {"position", product.last_position},
            {"recorded_at", base::format_instant(product.updated_at)}};
}

namespace {

GateAnswer judge_on(base::Day day, const TwinProduct& product, const AskedThresholds& thresholds,
                    bool ignores_acceptances) {
    const projections::Posture posture = product.posture();
    const projections::AcceptedCounts accepted =
        ignores_acceptances ? projections::AcceptedCounts{} : product.accepted_on(day);
    GateAnswer answer;
    if (thresholds.fail_on_critical) {
        answer.none_of("fail_on_critical", posture.by_severity[0], accepted.by_severity[0],
                       "critical threat(s) require immediate attention");
    }
    if (thresholds.fail_on_unmitigated_high) {
        answer.none_of("fail_on_unmitigated_high", unmitigated_high(posture),
                       unmitigated_high(accepted),
                       "high/critical threat(s) have no active mitigation");
    }
    if (thresholds.min_mitigation_ratio) {
        judge_ratio(answer, posture, *thresholds.min_mitigation_ratio);
    }
    if (thresholds.fail_on_unscored) {
        answer.none_of("fail_on_unscored", posture.unscored, 0, "threat(s) have no severity yet");
    }
    if (thresholds.min_threats) {
        const std::uint64_t total = posture.total_threats;
        const std::uint64_t least = *thresholds.min_threats;
        answer.condition("min_threats", least, total, total >= least,
                         std::to_string(total) + " threat(s) on record, at least " +
                             std::to_string(least) + " expected");
    }
    return answer;
}

// Tries every day until all acceptances have ended.
OrderedJson twin_effect(base::Day day, const TwinProduct& product,
                        const AskedThresholds& thresholds) {
    const auto passes = [&](base::Day then, bool ignoring) {
        return judge_on(then, product, thresholds, ignoring).failures.empty();
    };
    const auto in_force = product.in_force_on(day);
    OrderedJson next_expiry;
    for (const AcceptanceId id : in_force) {
        const std::string last = base::format_day(product.acceptances.at(id).request.valid_until);
        if (next_expiry.is_null() || last < next_expiry.get<std::string>()) {
            next_expiry = last;
        }
    }
    OrderedJson fails_on;
    OrderedJson next_change;
    const bool may_change = !thresholds.ignores_acceptances && passes(day, false);
    for (int ahead = 1; may_change && ahead < 400 && fails_on.is_null(); ++ahead) {
        const base::Day then = day + std::chrono::days{ahead};
        if (passes(then, false)) {
            continue;
        }
        fails_on = base::format_day(then);
        OrderedJson ended = OrderedJson::array();
        for (const AcceptanceId id : in_force) {
            if (product.acceptances.at(id).request.valid_until == then - std::chrono::days{1}) {
                ended.push_back(id);
            }
        }
        next_change = {{"at", base::format_instant(base::Instant{then})},
                       {"pass", false},
                       {"acceptance_ids", ended}};
    }
    return {{"in_force", in_force.size()},
            {"next_expiry", next_expiry},
            {"fails_on", fails_on},
            {"next_change", next_change},
            {"pass_without_acceptances", passes(day, true)}};
}

}  // namespace

OrderedJson twin_gate(ProductId id, const TwinProduct& product, const AskedThresholds& thresholds) {
    return twin_gate(id, product, thresholds, base::day_of(product.updated_at));
}

OrderedJson twin_gate(ProductId id, const TwinProduct& product, const AskedThresholds& thresholds,
                      base::Day day) {
    const projections::Posture posture = product.posture();
    const GateAnswer answer = judge_on(day, product, thresholds, thresholds.ignores_acceptances);
    OrderedJson all{{"product_id", id},
                    {"product_name", product.texts[events::ProductField::name]},
                    {"summary", summary_of(posture)},
                    {"pass", answer.failures.empty()},
                    {"failures", answer.failures},
                    {"conditions", answer.conditions},
                    {"thresholds",
                     OrderedJson{{"fail_on_critical", thresholds.fail_on_critical},
                                 {"fail_on_unmitigated_high", thresholds.fail_on_unmitigated_high},
                                 {"min_mitigation_ratio",
                                  thresholds.min_mitigation_ratio
                                      ? OrderedJson::parse(*thresholds.min_mitigation_ratio)
                                      : OrderedJson()}}},
                    {"position", product.last_position},
                    {"recorded_at", base::format_instant(product.updated_at)}};
    if (!product.acceptances.empty()) {
        all["acceptances"] = twin_effect(day, product, thresholds);
    }
    return all;
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
    return {
        {"product_id", id},
        {"from", diff_side(from, before)},
        {"to", diff_side(to, &after)},
        {"summary", moved_counts(summary_of(old.posture()), summary_of(after.product.posture()))},
        {"product",
         {{"changed", changed_fields(product_texts(old), product_texts(after.product))}}},
        {"threats",
         changed_objects(by_id(twin_threats(id, old)), by_id(twin_threats(id, after.product)))},
        {"mitigations", changed_objects(by_id(twin_mitigations(id, old)),
                                        by_id(twin_mitigations(id, after.product)))}};
}

}  // namespace threatatlas::testing
