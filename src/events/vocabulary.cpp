#include "events/vocabulary.hpp"

namespace threatatlas::events {
namespace {

constexpr std::array<std::string_view, 4> severity_names{"critical", "high", "medium", "low"};
constexpr std::array<std::string_view, 5> threat_status_names{
    "identified", "in_progress", "mitigated", "accepted", "not_applicable"};
constexpr std::array<std::string_view, 4> mitigation_status_names{"proposed", "implemented",
                                                                  "verified", "retired"};
constexpr std::array<std::string_view, 7> role_names{"gate",  "monitor", "auditor", "editor",
                                                     "admin", "badge",   "approver"};
constexpr std::array<std::string_view, 2> assurance_names{"tokens", "persons"};
constexpr std::array<std::string_view, 8> rule_kind_names{
    "max_threats", "max_unmitigated", "min_mitigation_ratio", "max_unscored",
    "min_threats", "max_open_days",   "max_accepted",         "max_days_since_review"};
constexpr std::array<std::string_view, 2> rule_mode_names{"fail", "warn"};
constexpr std::array<std::string_view, 5> product_status_names{"design", "development", "testing",
                                                               "deployment", "production"};
constexpr std::array<std::string_view, 26> full_type_names{
    "threatatlas.product.registered.v1",   "threatatlas.product.described.v1",
    "threatatlas.product.archived.v1",     "threatatlas.threat.identified.v1",
    "threatatlas.threat.scored.v1",        "threatatlas.threat.status_changed.v1",
    "threatatlas.threat.described.v1",     "threatatlas.threat.removed.v1",
    "threatatlas.mitigation.proposed.v1",  "threatatlas.mitigation.status_changed.v1",
    "threatatlas.mitigation.linked.v1",    "threatatlas.mitigation.described.v1",
    "threatatlas.mitigation.removed.v1",   "threatatlas.token.issued.v1",
    "threatatlas.token.revoked.v1",        "threatatlas.model.imported.v1",
    "threatatlas.acceptance.requested.v1", "threatatlas.acceptance.approved.v1",
    "threatatlas.acceptance.rejected.v1",  "threatatlas.acceptance.withdrawn.v1",
    "threatatlas.acceptance.revoked.v1",   "threatatlas.policy.defined.v1",
    "threatatlas.policy.removed.v1",       "threatatlas.product.policy_assigned.v1",
    "threatatlas.product.reviewed.v1",     "threatatlas.gate.checked.v1"};

constexpr std::string_view type_prefix = "threatatlas.";
constexpr std::string_view type_suffix = ".v1";

constexpr auto short_type_names = [] {
    std::array<std::string_view, full_type_names.size()> names{};
    for (std::size_t i = 0; i < names.size(); ++i) {
        names[i] = full_type_names[i].substr(
            type_prefix.size(),
            full_type_names[i].size() - type_prefix.size() - type_suffix.size());
    }
    return names;
}();

constexpr std::array<std::string_view, product_field_count> product_field_names{
    "name",        "description",    "status",          "business_area",  "owner_name",
    "owner_email", "repository_url", "application_url", "confluence_url", "external_id"};
constexpr std::array<std::string_view, threat_field_count> threat_field_names{
    "name",       "description",  "category", "diagram",
    "element_id", "element_name", "comments", "external_id"};
constexpr std::array<std::string_view, mitigation_field_count> mitigation_field_names{
    "name", "description", "category", "comments", "external_id"};
constexpr std::array<std::string_view, acceptance_field_count> acceptance_field_names{
    "justification", "conditions", "reference"};
constexpr std::array<std::string_view, policy_field_count> policy_field_names{"title",
                                                                              "description"};

}  // namespace

template <>
std::span<const std::string_view> names_of<Severity>() {
    return severity_names;
}
template <>
std::span<const std::string_view> names_of<ThreatStatus>() {
    return threat_status_names;
}
template <>
std::span<const std::string_view> names_of<MitigationStatus>() {
    return mitigation_status_names;
}
template <>
std::span<const std::string_view> names_of<Role>() {
    return role_names;
}
template <>
std::span<const std::string_view> names_of<EventType>() {
    return short_type_names;
}
template <>
std::span<const std::string_view> names_of<ProductField>() {
    return product_field_names;
}
template <>
std::span<const std::string_view> names_of<ThreatField>() {
    return threat_field_names;
}
template <>
std::span<const std::string_view> names_of<MitigationField>() {
    return mitigation_field_names;
}

template <>
std::span<const std::string_view> names_of<AcceptanceField>() {
    return acceptance_field_names;
}
template <>
std::span<const std::string_view> names_of<PolicyField>() {
    return policy_field_names;
}
template <>
std::span<const std::string_view> names_of<Assurance>() {
    return assurance_names;
}
template <>
std::span<const std::string_view> names_of<RuleKind>() {
    return rule_kind_names;
}
template <>
std::span<const std::string_view> names_of<RuleMode>() {
    return rule_mode_names;
}

std::span<const std::string_view> product_statuses() {
    return product_status_names;
}

std::string_view full_type_of(EventType type) {
    return full_type_names[static_cast<std::size_t>(type)];
}

bool is_of_product(EventType type) {
    switch (type) {
        case EventType::token_issued:
        case EventType::token_revoked:
        case EventType::policy_defined:
        case EventType::policy_removed:
            return false;
        default:
            return true;
    }
}

bool changes_product(EventType type) {
    return is_of_product(type) && type != EventType::gate_checked;
}

std::optional<EventType> parse_event_type(std::string_view text) {
    if (text.starts_with(type_prefix) && text.ends_with(type_suffix) &&
        text.size() > type_prefix.size() + type_suffix.size()) {
        text.remove_prefix(type_prefix.size());
        text.remove_suffix(type_suffix.size());
    }
    return parse_name<EventType>(text);
}

bool is_active(MitigationStatus status) {
    return status == MitigationStatus::implemented || status == MitigationStatus::verified;
}

Severity severity_from(std::uint8_t likelihood, std::uint8_t impact) {
    const int score = likelihood * impact;
    if (score >= 20) {
        return Severity::critical;
    }
    if (score >= 12) {
        return Severity::high;
    }
    return score >= 6 ? Severity::medium : Severity::low;
}

}  // namespace threatatlas::events
