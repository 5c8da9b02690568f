#include "events/event.hpp"

#include <fmt/format.h>

namespace threatatlas::events {
namespace {

void append_numbered(std::string& out, std::string_view text, std::uint64_t number) {
    const fmt::format_int digits(number);
    out += text;
    out.append(digits.data(), digits.size());
}

}  // namespace

ThreatId threat_of(const Event& event) {
    return std::visit(
        [](const auto& data) -> ThreatId {
            if constexpr (requires { data.threat_id; }) {
                return data.threat_id;
            } else {
                return 0;
            }
        },
        event.data);
}

MitigationId mitigation_of(const Event& event) {
    return std::visit(
        [](const auto& data) -> MitigationId {
            if constexpr (requires { data.mitigation_id; }) {
                return data.mitigation_id;
            } else {
                return 0;
            }
        },
        event.data);
}

AcceptanceId acceptance_of(const Event& event) {
    return std::visit(
        [](const auto& data) -> AcceptanceId {
            if constexpr (requires { data.acceptance_id; }) {
                return data.acceptance_id;
            } else {
                return 0;
            }
        },
        event.data);
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
