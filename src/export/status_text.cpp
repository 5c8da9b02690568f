// Texts shared by the forms of the gate's answer.

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "base/digest.hpp"
#include "events/text.hpp"
#include "export/acceptance_text.hpp"
#include "export/contents.hpp"
#include "export/policy_text.hpp"
#include "export/report_view.hpp"
#include "export/status_view.hpp"

namespace threatatlas::exports {
namespace {

// Longer categories are cut in the id of their rule.
constexpr std::size_t slug_bytes_max = 60;

// Conditions named with one threat, which may break a hundred rules.
constexpr std::size_t named_conditions_max = 5;

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
    if (!view.is_judged()) {
        return "not judged";
    }
    return view.verdict.pass ? "passed" : "failed";
}

std::string names_of(const projections::Verdict& verdict, const std::vector<std::size_t>& indexes) {
    std::string names;
    for (std::size_t i = 0; i < std::min(indexes.size(), named_conditions_max); ++i) {
        names += (i == 0 ? "" : ", ") + projections::name_of(verdict.conditions[indexes[i]]);
    }
    if (indexes.size() > named_conditions_max) {
        names += fmt::format(" and {} more", indexes.size() - named_conditions_max);
    }
    return names;
}

std::string warning_of(const BrokenCondition& warned) {
    const auto fails_from = warned.condition->of_policy->fails_from;
    return fails_from ? fmt::format("{}; from {} on, this fails the verdict", warned.reason,
                                    base::format_day(*fails_from))
                      : std::string(warned.reason);
}

std::vector<std::string> sentences_about_verdict(const StatusView& view) {
    std::vector<std::string> sentences = sentences_about_policies(view.verdict);
    std::ranges::move(sentences_about_acceptances(view.product, view.verdict),
                      std::back_inserter(sentences));
    return sentences;
}

std::string rule_id_of(const projections::Threat& threat) {
    const std::string_view category = threat.texts[events::ThreatField::category];
    return category.empty() ? fmt::format("severity/{}", severity_word(threat))
                            : "category/" + slug_of(category);
}

}  // namespace threatatlas::exports
