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

void append_source(std::string& out, ProductId product_id) {
    if (product_id == 0) {
        out += "/api/api-tokens";
    } else {
        append_numbered(out, "/api/products/", product_id);
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
            } else {
                out += "product";
            }
        },
        event.data);
}

}  // namespace threatatlas::events
