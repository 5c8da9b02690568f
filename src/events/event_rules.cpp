#include "events/event_rules.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/uuid.hpp"
#include "events/limits.hpp"
#include "events/text.hpp"

namespace threatatlas::events {
namespace {

using Fault = std::optional<std::string>;

Fault fault_of_text(std::string_view name, std::string_view text, std::size_t points_max) {
    if (count_points(text) > points_max) {
        return fmt::format("{} is longer than {} characters", name, points_max);
    }
    if (has_control_character(text)) {
        return fmt::format("{} has the control character {}", name,
                           describe_control_character(text));
    }
    return std::nullopt;
}

Fault fault_of_id(std::string_view name, std::uint64_t id, std::uint64_t id_max) {
    if (id == 0 || id > id_max) {
        return fmt::format("{} is not from 1 to {}", name, id_max);
    }
    return std::nullopt;
}

Fault fault_of_ids(std::string_view name, const std::vector<std::uint64_t>& ids,
                   std::uint64_t id_max) {
    for (const auto id : ids) {
        if (auto fault = fault_of_id(name, id, id_max)) {
            return fault;
        }
    }
    return std::nullopt;
}

Fault fault_of_count(std::string_view name, const std::vector<std::uint64_t>& ids,
                     std::size_t ids_max) {
    if (ids.size() > ids_max) {
        return fmt::format("{} has more than {} ids", name, ids_max);
    }
    return std::nullopt;
}

template <class Field>
Fault fault_of_field(Field field, std::string_view text) {
    const auto name = name_of(field);
    if constexpr (std::is_same_v<Field, AcceptanceField>) {
        if (field == AcceptanceField::justification && text.empty()) {
            return "justification is missing";
        }
    } else if constexpr (std::is_same_v<Field, PolicyField>) {
        if (field == PolicyField::title && text.empty()) {
            return "title is missing";
        }
    } else if (field == Field::name && text.empty()) {
        return "name is missing";
    }
    if constexpr (std::is_same_v<Field, ProductField>) {
        const auto known = product_statuses();
        if (field == ProductField::status && !text.empty() &&
            std::find(known.begin(), known.end(), text) == known.end()) {
            return fmt::format("unknown status \"{}\"", text);
        }
    }
    return fault_of_text(name, text, points_max_of(name));
}

template <class Field, std::size_t count>
Fault fault_of_texts(const Texts<Field, count>& texts) {
    for (std::size_t i = 0; i < count; ++i) {
        if (auto fault = fault_of_field(static_cast<Field>(i), texts.at(i))) {
            return fault;
        }
    }
    return std::nullopt;
}

template <class Field, std::size_t count>
Fault fault_of_texts(const TextChanges<Field, count>& changes) {
    for (std::size_t i = 0; i < count; ++i) {
        const auto text = changes.at(i);
        if (!text) {
            continue;
        }
        if (auto fault = fault_of_field(static_cast<Field>(i), *text)) {
            return fault;
        }
    }
    return std::nullopt;
}

Fault fault_of_scoring(const Scoring& scoring) {
    if (scoring.likelihood.has_value() != scoring.impact.has_value()) {
        return "likelihood and impact are given together or not at all";
    }
    if (scoring.likelihood &&
        scoring.severity != severity_from(*scoring.likelihood, *scoring.impact)) {
        return "severity does not follow from likelihood and impact";
    }
    return std::nullopt;
}

Fault fault_of_scope(const CoverageScope& scope) {
    if (auto fault = fault_of_count("threat_ids", scope.threat_ids, limits::threat_ids_max)) {
        return fault;
    }
    for (const auto& [name, text] :
         {std::pair("diagram", &scope.diagram), std::pair("element_id", &scope.element_id)}) {
        if (auto fault = fault_of_text(name, *text, points_max_of(name))) {
            return fault;
        }
    }
    return std::nullopt;
}

bool is_sha256(std::string_view text) {
    return text.size() == 64 &&
           text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Fault fault_of_token(const TokenIssued& token) {
    if (token.name.empty() || token.prefix.empty()) {
        return "name or prefix is missing";
    }
    if (!is_sha256(token.sha256)) {
        return "sha256 is not 64 lower-case hexadecimal digits";
    }
    if (token.product_ids) {
        if (token.product_ids->empty()) {
            return "product_ids is empty";
        }
        if (auto fault =
                fault_of_count("product_ids", *token.product_ids, limits::token_product_ids_max)) {
            return fault;
        }
    }
    if (auto fault = fault_of_text("prefix", token.prefix, limits::other_text_points_max)) {
        return fault;
    }
    return fault_of_text("name", token.name, limits::name_points_max);
}

Fault fault_of_import(const ModelImported& data) {
    if (auto fault = fault_of_source(data.source)) {
        return fault;
    }
    if (data.format.empty()) {
        return "format is missing";
    }
    if (auto fault = fault_of_text("format", data.format, limits::other_text_points_max)) {
        return fault;
    }
    if (!is_sha256(data.sha256)) {
        return "sha256 is not 64 lower-case hexadecimal digits";
    }
    if (data.threats.size() + data.mitigations.size() > limits::seen_objects_max) {
        return fmt::format("threats and mitigations are more than {}", limits::seen_objects_max);
    }
    return std::nullopt;
}

Fault fault_of_severities(const std::vector<std::optional<Severity>>& severities) {
    if (severities.empty() || severities.size() > limits::accepted_threats_max) {
        return fmt::format("severities are not those of 1 to {} threats",
                           limits::accepted_threats_max);
    }
    return std::nullopt;
}

Fault fault_of_request(const AcceptanceRequested& data) {
    if (auto fault = fault_of_count("threat_ids", data.threat_ids, limits::accepted_threats_max)) {
        return fault;
    }
    if (data.severities.size() != data.threat_ids.size()) {
        return "severities and threat_ids have different lengths";
    }
    // The instant after the day must have a four-digit year, too.
    if (data.valid_until >= std::chrono::floor<std::chrono::days>(limits::time_max) ||
        data.valid_until < base::Day{}) {
        return "valid_until is out of range";
    }
    return fault_of_count("while_mitigations", data.while_mitigations,
                          limits::while_mitigations_max);
}

template <class Data>
Fault fault_of_named_policy(const Data& data) {
    if constexpr (std::is_same_v<Data, PolicyAssigned>) {
        if (data.policy.empty()) {
            return data.enforced ? Fault("enforced is true without a policy") : std::nullopt;
        }
    }
    if (const auto fault = fault_of_policy_name(data.policy)) {
        return "policy " + *fault;
    }
    return std::nullopt;
}

Fault fault_of_check(const GateChecked& data) {
    if (auto fault = fault_of_subject(data.subject)) {
        return fault;
    }
    if (data.conditions.size() > limits::checked_conditions_max) {
        return fmt::format("conditions are more than {}", limits::checked_conditions_max);
    }
    if (data.policies.size() > 2) {
        return "policies are more than two";
    }
    if (auto fault = fault_of_text("ref", data.ref, limits::other_text_points_max)) {
        return fault;
    }
    return fault_of_text("pipeline_url", data.pipeline_url, limits::other_text_points_max);
}

template <class Seen>
Fault fault_of_ids(const std::vector<Seen>& objects, std::uint64_t id_max) {
    for (const Seen& object : objects) {
        if (auto fault = fault_of_id(seen_id_name<Seen>, id_of(object), id_max)) {
            return fault;
        }
    }
    return std::nullopt;
}

template <class Data>
Fault fault_of_ids_in(const Data& data, std::uint64_t id_max) {
    Fault fault;
    const auto check = [&](std::string_view name, std::uint64_t id) {
        if (!fault) {
            fault = fault_of_id(name, id, id_max);
        }
    };
    if constexpr (requires { data.threat_id; }) {
        check("threat_id", data.threat_id);
    }
    if constexpr (requires { data.mitigation_id; }) {
        check("mitigation_id", data.mitigation_id);
    }
    if constexpr (requires { data.acceptance_id; }) {
        check("acceptance_id", data.acceptance_id);
    }
    if constexpr (requires { data.check_id; }) {
        check("check_id", data.check_id);
        check("product_position", data.product_position);
        check("product_version", data.product_version);
        for (const CheckedCondition& condition : data.conditions) {
            fault = fault ? fault : fault_of_ids("threat_ids", condition.threat_ids, id_max);
        }
    }
    if constexpr (requires { data.token_id; }) {
        check("token_id", data.token_id);
    }
    if constexpr (std::is_same_v<Data, AcceptanceRequested>) {
        fault = fault ? fault : fault_of_ids("threat_ids", data.threat_ids, id_max);
        fault = fault ? fault : fault_of_ids("while_mitigations", data.while_mitigations, id_max);
        if (data.replaces != 0) {
            check("replaces", data.replaces);
        }
    }
    if constexpr (requires { data.scope; }) {
        fault = fault ? fault : fault_of_ids("threat_ids", data.scope.threat_ids, id_max);
    }
    if constexpr (requires { data.product_ids; }) {
        if (!fault && data.product_ids) {
            fault = fault_of_ids("product_ids", *data.product_ids, id_max);
        }
    }
    if constexpr (std::is_same_v<Data, ModelImported>) {
        fault = fault_of_ids(data.threats, id_max);
        fault = fault ? fault : fault_of_ids(data.mitigations, id_max);
    }
    return fault;
}

// Checks the members shared by several event types, then those specific to one.
template <class Data>
Fault fault_of_data(const Data& data) {
    Fault fault;
    const auto check = [&fault](const auto& rule) {
        if (!fault) {
            fault = rule();
        }
    };
    if constexpr (requires { data.texts; }) {
        check([&] { return fault_of_texts(data.texts); });
    }
    if constexpr (requires { data.changes; }) {
        check([&] { return fault_of_texts(data.changes); });
    }
    if constexpr (requires { data.scoring; }) {
        check([&] { return fault_of_scoring(data.scoring); });
    }
    if constexpr (requires { data.scope; }) {
        check([&] { return fault_of_scope(data.scope); });
    }
    if constexpr (std::is_same_v<Data, TokenIssued>) {
        check([&] { return fault_of_token(data); });
    }
    if constexpr (std::is_same_v<Data, ModelImported>) {
        check([&] { return fault_of_import(data); });
    }
    if constexpr (std::is_same_v<Data, AcceptanceRequested>) {
        check([&] { return fault_of_request(data); });
    }
    if constexpr (std::is_same_v<Data, PolicyDefined>) {
        check([&] { return fault_of_texts(data.definition.texts); });
        check([&] { return fault_of_policy(data.definition); });
        check([&] { return fault_of_id("version", data.version, limits::id_max); });
    }
    if constexpr (std::is_same_v<Data, GateChecked>) {
        check([&] { return fault_of_check(data); });
    }
    if constexpr (requires { data.policy; }) {
        check([&] { return fault_of_named_policy(data); });
    }
    if constexpr (requires { data.severities; }) {
        check([&] { return fault_of_severities(data.severities); });
    }
    if constexpr (requires { data.note; }) {
        check([&] { return fault_of_text("note", data.note, limits::reason_points_max); });
    }
    return fault;
}

Fault fault_of_actor(std::string_view actor) {
    // The actor is a token's name, a number sign and the token's id.
    constexpr std::size_t points_max = limits::name_points_max + 1 + 20;
    if (actor.empty()) {
        return "actor is missing";
    }
    return fault_of_text("actor", actor, points_max);
}

Fault fault_of_idempotency_key(std::string_view key) {
    const bool visible =
        std::all_of(key.begin(), key.end(), [](char c) { return c > 0x20 && c < 0x7F; });
    if (!visible || key.size() > limits::idempotency_key_chars_max) {
        return "idempotencykey is not made of 1 to 255 visible ASCII characters";
    }
    return std::nullopt;
}

Fault fault_of_envelope(const Event& event) {
    if (!base::is_uuid_v7(event.id)) {
        return "id is not a version 7 UUID";
    }
    if (event.position == 0) {
        return "position is not from 1";
    }
    if (event.time <= base::Instant{}) {
        return "time is not after 1970-01-01T00:00:00Z";
    }
    if (is_of_product(event.type()) != (event.product_id != 0)) {
        return "source does not belong to this type of event";
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::string> fault_of_bounds(const Event& event, const Bounds& bounds) {
    if (event.time > bounds.time_max) {
        return fmt::format("time is later than {}", base::format_instant(bounds.time_max));
    }
    if (event.product_id != 0) {
        if (auto fault = fault_of_id("source", event.product_id, bounds.id_max)) {
            return fault;
        }
    }
    return std::visit([&](const auto& data) { return fault_of_ids_in(data, bounds.id_max); },
                      event.data);
}

std::optional<std::string> fault_of(const Event& event) {
    for (const auto& fault :
         {fault_of_envelope(event), fault_of_bounds(event, line_bounds),
          fault_of_actor(event.actor),
          fault_of_text("reason", event.reason, limits::reason_points_max),
          fault_of_text("onbehalfof", event.on_behalf_of, limits::on_behalf_of_points_max),
          fault_of_idempotency_key(event.idempotency_key)}) {
        if (fault) {
            return fault;
        }
    }
    return std::visit([](const auto& data) { return fault_of_data(data); }, event.data);
}

}  // namespace threatatlas::events
