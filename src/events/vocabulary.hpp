#pragma once

/// @file
/// The vocabulary: severities, statuses, roles, event types and field names, one table each. The
/// same names are used in the code, in JSON, in the documents and in help texts.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "events/store/ids.hpp"

namespace threatatlas::events {

/// Severities, most severe first.
enum class Severity : std::uint8_t { critical, high, medium, low };
enum class ThreatStatus : std::uint8_t {
    identified,
    in_progress,
    mitigated,
    accepted,
    not_applicable
};
enum class MitigationStatus : std::uint8_t { proposed, implemented, verified, retired };
/// Roles of tokens. Rows contain their numbers, so a new role goes to the end.
enum class Role : std::uint8_t { gate, monitor, auditor, editor, admin, badge, approver };
/// How a decision shows that the deciding person is not the requesting one: two tokens, or two
/// persons who signed in.
enum class Assurance : std::uint8_t { tokens, persons };
/// What a rule of a policy limits (policy.hpp).
enum class RuleKind : std::uint8_t {
    max_threats,
    max_unmitigated,
    min_mitigation_ratio,
    max_unscored,
    min_threats,
    max_open_days,
    max_accepted,
    max_days_since_review
};
/// What becomes of a verdict when a rule is broken.
enum class RuleMode : std::uint8_t { fail, warn };

/// In the order of the alternatives of EventData (event.hpp).
enum class EventType : std::uint8_t {
    product_registered,
    product_described,
    product_archived,
    threat_identified,
    threat_scored,
    threat_status_changed,
    threat_described,
    threat_removed,
    mitigation_proposed,
    mitigation_status_changed,
    mitigation_linked,
    mitigation_described,
    mitigation_removed,
    token_issued,
    token_revoked,
    model_imported,
    acceptance_requested,
    acceptance_approved,
    acceptance_rejected,
    acceptance_withdrawn,
    acceptance_revoked,
    policy_defined,
    policy_removed,
    product_policy_assigned,
    product_reviewed,
    gate_checked
};

/// The text fields of each kind of object, in the order in which they are written.
enum class ProductField : std::uint8_t {
    name,
    description,
    status,
    business_area,
    owner_name,
    owner_email,
    repository_url,
    application_url,
    confluence_url,
    external_id
};
enum class ThreatField : std::uint8_t {
    name,
    description,
    category,
    diagram,
    element_id,
    element_name,
    comments,
    external_id
};
enum class MitigationField : std::uint8_t { name, description, category, comments, external_id };
enum class AcceptanceField : std::uint8_t { justification, conditions, reference };
enum class PolicyField : std::uint8_t { title, description };

/// The names of all values of an enumeration, in the order of the enumerators.
template <class Enum>
std::span<const std::string_view> names_of();
template <>
std::span<const std::string_view> names_of<Severity>();
template <>
std::span<const std::string_view> names_of<ThreatStatus>();
template <>
std::span<const std::string_view> names_of<MitigationStatus>();
template <>
std::span<const std::string_view> names_of<Role>();
/// The short form, such as "threat.identified".
template <>
std::span<const std::string_view> names_of<EventType>();
template <>
std::span<const std::string_view> names_of<ProductField>();
template <>
std::span<const std::string_view> names_of<ThreatField>();
template <>
std::span<const std::string_view> names_of<MitigationField>();
template <>
std::span<const std::string_view> names_of<AcceptanceField>();
template <>
std::span<const std::string_view> names_of<PolicyField>();
template <>
std::span<const std::string_view> names_of<Assurance>();
template <>
std::span<const std::string_view> names_of<RuleKind>();
template <>
std::span<const std::string_view> names_of<RuleMode>();

/// The name of a value.
template <class Enum>
std::string_view name_of(Enum value) {
    return names_of<Enum>()[static_cast<std::size_t>(value)];
}

/// The value with this exact name; nullopt if there is none.
template <class Enum>
std::optional<Enum> parse_name(std::string_view text) {
    const auto names = names_of<Enum>();
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (names[i] == text) {
            return static_cast<Enum>(i);
        }
    }
    return std::nullopt;
}

inline constexpr std::size_t product_field_count = 10;
inline constexpr std::size_t threat_field_count = 8;
inline constexpr std::size_t mitigation_field_count = 5;
inline constexpr std::size_t acceptance_field_count = 3;
inline constexpr std::size_t policy_field_count = 2;
inline constexpr std::size_t severity_count = 4;

/// The values that the `status` of a product may have.
std::span<const std::string_view> product_statuses();

/// The type of an event as written in its line: "threatatlas." + short form + ".v1".
std::string_view full_type_of(EventType type);
/// True if events of this type belong to a product. The others concern tokens and policies.
bool is_of_product(EventType type);
/// True if events of this type change the product: they count for its version. A recorded check
/// does not.
bool changes_product(EventType type);
/// Accepts the full and the short form.
std::optional<EventType> parse_event_type(std::string_view text);

/// True for implemented and verified.
bool is_active(MitigationStatus status);

/// likelihood x impact, each 1 to 5: 20 or more is critical, 12 or more high, 6 or more medium,
/// otherwise low.
Severity severity_from(std::uint8_t likelihood, std::uint8_t impact);

}  // namespace threatatlas::events
