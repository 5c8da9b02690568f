#include "events/event.hpp"

#include <type_traits>

#include <fmt/format.h>

namespace threatatlas::events {
namespace {

void append_numbered(std::string& out, std::string_view text, std::uint64_t number) {
    const fmt::format_int digits(number);
    out += text;
    out.append(digits.data(), digits.size());
}

// The id that `get` returns for the data of the event; 0 for data that it does not take.
template <class Get>
std::uint64_t id_in(const Event& event, const Get& get) {
    return std::visit(
        [&get](const auto& data) -> std::uint64_t {
            if constexpr (std::is_invocable_v<const Get&, decltype(data)>) {
                return get(data);
            } else {
                return 0;
            }
        },
        event.data);
}

}  // namespace

ThreatId threat_of(const Event& event) {
    return id_in(
        event,
        [](const auto& data) requires requires { data.threat_id; } { return data.threat_id; });
}

MitigationId mitigation_of(const Event& event) {
    return id_in(
        event, [](const auto& data) requires requires { data.mitigation_id; } {
            return data.mitigation_id;
        });
}

AcceptanceId acceptance_of(const Event& event) {
    return id_in(
        event, [](const auto& data) requires requires { data.acceptance_id; } {
            return data.acceptance_id;
        });
}

std::string_view defined_policy_of(const Event& event) {
    if (const auto* const defined = std::get_if<PolicyDefined>(&event.data)) {
        return defined->policy;
    }
    const auto* const removed = std::get_if<PolicyRemoved>(&event.data);
    return removed == nullptr ? std::string_view() : removed->policy;
}

void append_source(std::string& out, const Event& event) {
    if (event.product_id != 0) {
        append_numbered(out, "/api/products/", event.product_id);
    } else {
        out += defined_policy_of(event).empty() ? "/api/api-tokens" : "/api/policies";
    }
}

void append_subject(std::string& out, const Event& event) {
    std::visit(
        [&out](const auto& data) {
            if constexpr (requires { data.threat_id; }) {
                append_numbered(out, "threats/", data.threat_id);
            } else if constexpr (requires { data.mitigation_id; }) {
                append_numbered(out, "mitigations/", data.mitigation_id);
            } else if constexpr (requires { data.acceptance_id; }) {
                append_numbered(out, "acceptances/", data.acceptance_id);
            } else if constexpr (requires { data.token_id; }) {
                append_numbered(out, "tokens/", data.token_id);
            } else if constexpr (requires { data.check_id; }) {
                append_numbered(out, "checks/", data.check_id);
            } else if constexpr (std::is_same_v<std::decay_t<decltype(data)>, PolicyDefined> ||
                                 std::is_same_v<std::decay_t<decltype(data)>, PolicyRemoved>) {
                out += "policies/";
                out += data.policy;
            } else {
                out += "product";
            }
        },
        event.data);
}

}  // namespace threatatlas::events
