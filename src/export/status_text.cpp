// Texts shared by the forms of the gate's answer.

#include <fmt/format.h>

#include "base/digest.hpp"
#include "events/text.hpp"
#include "export/contents.hpp"
#include "export/report_view.hpp"
#include "export/status_view.hpp"

namespace threatatlas::exports {
namespace {

// Longer categories are cut in the id of their rule.
constexpr std::size_t slug_bytes_max = 60;

bool continues_character(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

std::string cut(std::string_view text, std::size_t points_max) {
    if (events::count_points(text) <= points_max) {
        return std::string(text);
    }
    std::size_t points = 0;
    std::size_t end = 0;
    while (end < text.size() && (continues_character(text[end]) || ++points < points_max)) {
        ++end;
    }
    return std::string(text.substr(0, end)) + "…";
}

// A part of a rule's id: lower-case ASCII letters, digits and dashes. A text with other characters
// than letters, digits, spaces, dashes and underscores gets a digest, so that ids differ.
std::string slug_of(std::string_view text) {
    std::string slug;
    bool is_exact = true;
    for (const char c : text) {
        if (slug.size() == slug_bytes_max) {
            is_exact = false;
            break;
        }
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
            slug += c;
        } else if (c >= 'A' && c <= 'Z') {
            slug += static_cast<char>(c - 'A' + 'a');
        } else {
            is_exact = is_exact && (c == ' ' || c == '-' || c == '_');
            slug += slug.empty() || slug.ends_with('-') ? "" : "-";
        }
    }
    while (slug.ends_with('-')) {
        slug.pop_back();
    }
    if (!is_exact || slug.empty()) {
        slug += (slug.empty() ? "" : "-") + base::hex_of(base::sha256(text)).substr(0, 8);
    }
    return slug;
}

}  // namespace

std::string one_line(std::string_view text, std::size_t points_max) {
    std::string line;
    while (!text.empty()) {
        if (text.front() == '\n' || text.front() == '\t') {
            line += ' ';
            text.remove_prefix(1);
        } else if (text.starts_with("\u2028") || text.starts_with("\u2029")) {
            line += ' ';
            text.remove_prefix(std::string_view("\u2028").size());
        } else {
            line += text.front();
            text.remove_prefix(1);
        }
    }
    return cut(line, points_max);
}

std::string state_of(const StatusThreat& threat) {
    std::string state = fmt::format(
        "{}, {}, {}", severity_word(threat.threat), spaced(events::name_of(threat.threat.status)),
        threat.covered ? "covered by an active mitigation" : "no active mitigation");
    if (threat.accepted_until) {
        state += ", risk accepted until " + base::format_day(*threat.accepted_until);
    }
    return state;
}

std::string counts_of(const projections::Posture& posture) {
    using events::Severity;
    return fmt::format("{} {}: {} critical, {} high, {} medium, {} low, {} unscored; {} mitigated",
                       posture.total_threats, posture.total_threats == 1 ? "threat" : "threats",
                       posture.of(Severity::critical), posture.of(Severity::high),
                       posture.of(Severity::medium), posture.of(Severity::low), posture.unscored,
                       posture.mitigated_threats);
}

std::string_view verdict_word(const StatusView& view) {
    if (!view.has_thresholds()) {
        return "not judged";
    }
    return view.verdict.pass ? "passed" : "failed";
}

std::string rule_id_of(const projections::Threat& threat) {
    const std::string_view category = threat.texts[events::ThreatField::category];
    return category.empty() ? fmt::format("severity/{}", severity_word(threat))
                            : "category/" + slug_of(category);
}

}  // namespace threatatlas::exports
