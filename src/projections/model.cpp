#include "projections/model.hpp"

#include <algorithm>

namespace threatatlas::projections {
namespace {

std::optional<ElementName> element_name(std::string_view diagram, std::string_view element_id) {
    if (element_id.empty()) {
        return std::nullopt;
    }
    return ElementName{std::string(diagram), std::string(element_id)};
}

// Texts contain no control characters other than newline and tab, so a zero byte is a safe
// separator.
ElementKey key_of(std::string_view diagram, std::string_view element_id) {
    constexpr std::string_view zero("\0", 1);
    return base::sha256({diagram, zero, element_id});
}

std::optional<ElementKey> key_if_any(std::string_view diagram, std::string_view element_id) {
    return element_id.empty() ? std::nullopt : std::optional(key_of(diagram, element_id));
}

}  // namespace

bool is_counted(const Threat& threat) {
    return !threat.removed && threat.status != events::ThreatStatus::not_applicable;
}

std::optional<events::Severity> open_severity(const Threat& threat) {
    const bool is_open = is_counted(threat) && threat.status != events::ThreatStatus::mitigated;
    return is_open ? threat.scoring.severity : std::nullopt;
}

bool is_open_high(const Threat& threat) {
    const auto severity = open_severity(threat);
    return severity == events::Severity::critical || severity == events::Severity::high;
}

std::optional<ElementName> element_of(const Threat& threat) {
    return element_name(threat.texts[events::ThreatField::diagram],
                        threat.texts[events::ThreatField::element_id]);
}

std::optional<ElementName> element_of(const events::CoverageScope& scope) {
    return scope.threat_ids.empty() ? element_name(scope.diagram, scope.element_id) : std::nullopt;
}

ElementKey key_of(const ElementName& name) {
    return key_of(name.diagram, name.element_id);
}

std::optional<ElementKey> element_key_of(const Threat& threat) {
    return key_if_any(threat.texts[events::ThreatField::diagram],
                      threat.texts[events::ThreatField::element_id]);
}

std::optional<ElementKey> element_key_of(const events::CoverageScope& scope) {
    return scope.threat_ids.empty() ? key_if_any(scope.diagram, scope.element_id) : std::nullopt;
}

bool is_active(const Mitigation& mitigation) {
    return !mitigation.removed && events::is_active(mitigation.status);
}

bool reaches(const events::CoverageScope& scope, ThreatId threat_id, const Threat& threat) {
    if (!scope.threat_ids.empty()) {
        return std::binary_search(scope.threat_ids.begin(), scope.threat_ids.end(), threat_id);
    }
    const auto element = element_of(scope);
    return element && element == element_of(threat);
}

bool is_above(std::optional<events::Severity> now, std::optional<events::Severity> accepted) {
    // Severities are enumerated from the most severe.
    return accepted && (!now || *now < *accepted);
}

bool applies(const ThreatAcceptance& acceptance, const Exposure& exposure) {
    return !exposure.removed && !is_above(exposure.severity, acceptance.severity);
}

std::vector<AcceptanceId> applying_acceptances(const Exposure& exposure) {
    std::vector<AcceptanceId> ids;
    for (const ThreatAcceptance& acceptance : exposure.acceptances) {
        if (applies(acceptance, exposure)) {
            ids.push_back(acceptance.id);
        }
    }
    return ids;
}

std::optional<base::Day> accepted_until(const Exposure& exposure) {
    std::optional<base::Day> last_day;
    for (const ThreatAcceptance& acceptance : exposure.acceptances) {
        if (applies(acceptance, exposure) && (!last_day || *last_day < acceptance.last_day)) {
            last_day = acceptance.last_day;
        }
    }
    return last_day;
}

}  // namespace threatatlas::projections
