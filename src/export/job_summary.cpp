// The gate's answer for people: the summary of a job in GitHub Actions, or a comment.

#include <algorithm>

#include <fmt/format.h>

#include "export/contents.hpp"
#include "export/forms.hpp"
#include "export/markdown.hpp"
#include "export/policy_text.hpp"
#include "export/status_forms.hpp"

namespace threatatlas::exports {
namespace {

using events::ThreatField;

// With texts of this length, even if every character is escaped, the summary is below 1 MiB, which
// is the most that GitHub shows.
constexpr std::size_t rows_max = 200;
constexpr std::size_t cell_points_max = 120;
/// Threats named in one reason, and in all of them.
constexpr std::size_t named_max = 10;
constexpr std::size_t named_in_all_max = 100;

Words shown(std::string_view text) {
    return text.empty() ? Words() : Words::of(one_line(text, cell_points_max));
}

// Writes the broken conditions, and names threats that break them up to a number for all of them.
class Reasons {
  public:
    Reasons(const StatusView& view, Document& document) : view_(view), document_(document) {}

    // "3 high/critical threat(s) have no active mitigation: A (threat 1), B (threat 2) and 1 more"
    void write(const BrokenCondition& broken, std::string_view reason) {
        Words words(reason);
        std::size_t named = 0;
        std::size_t all = 0;
        for (const StatusThreat& threat : view_.threats) {
            const auto& breaks =
                projections::only_warns(*broken.condition) ? threat.warned_by : threat.breaks;
            if (!std::ranges::binary_search(breaks, broken.index)) {
                continue;
            }
            if (++all <= named_max && named_in_all_ < named_in_all_max) {
                ++named_in_all_;
                words.ours(named++ == 0 ? ": " : ", ")
                    .theirs(one_line(threat.name(), cell_points_max))
                    .ours(fmt::format(" (threat {})", threat.id));
            }
        }
        if (named > 0 && all > named) {
            words.ours(fmt::format(" and {} more", grouped(all - named)));
        }
        document_.bullet(words);
    }

  private:
    const StatusView& view_;
    Document& document_;
    std::size_t named_in_all_ = 0;
};

void write_verdict(const StatusView& view, Document& document) {
    document.heading(1, Words("Threat model of ")
                            .theirs(one_line(view.product_name(), cell_points_max))
                            .ours(fmt::format(": {}", verdict_word(view))));
    if (!view.is_judged()) {
        document.paragraph("No threshold was given, so the threat model was not judged.");
    }
    Reasons reasons(view, document);
    for (const BrokenCondition& failed : failed_conditions(view.verdict)) {
        reasons.write(failed, failed.reason);
    }
    if (const auto warned = warned_conditions(view.verdict); !warned.empty()) {
        document.paragraph(Words().strong("Warnings"));
        for (const BrokenCondition& one : warned) {
            reasons.write(one, warning_of(one));
        }
    }
    document.paragraph(counts_of(view.product.posture));
    if (const auto sentences = sentences_about_verdict(view); !sentences.empty()) {
        document.paragraph(fmt::format("{}", fmt::join(sentences, " ")));
    }
}

std::string status_shown(const StatusThreat& threat) {
    std::string status = spaced(events::name_of(threat.threat.status));
    if (threat.accepted_until) {
        status += ", risk accepted until " + base::format_day(*threat.accepted_until);
    }
    return status;
}

Words result_of(const projections::Condition& condition) {
    return condition.pass
               ? Words("passed")
               : Words().strong(projections::only_warns(condition) ? "warned" : "failed");
}

void write_conditions(const StatusView& view, Document& document) {
    if (!view.is_judged()) {
        return;
    }
    document.begin_table(
        std::array<Column, 4>{{{"Condition"}, {"Limit", 1, true}, {"Value", 1, true}, {"Result"}}});
    for (const projections::Condition& condition : view.verdict.conditions) {
        document.row(std::array<Cell, 4>{{{Words(label_of(condition))},
                                          {Words(condition.limit)},
                                          {Words(condition.actual)},
                                          {result_of(condition)}}});
    }
    document.end_table();
}

// "fail_on_critical; warned about by web-baseline/max_threats/medium"
Words broken_by(const StatusView& view, const StatusThreat& threat) {
    Words words;
    if (!threat.breaks.empty()) {
        words.ours(names_of(view.verdict, threat.breaks));
    }
    if (!threat.warned_by.empty()) {
        words.ours(threat.breaks.empty() ? "" : "; ")
            .ours(fmt::format("warned about by {}", names_of(view.verdict, threat.warned_by)));
    }
    return words;
}

void write_threats(const StatusView& view, Document& document) {
    if (view.threats.empty()) {
        return;
    }
    document.heading(2, "Threats that are not mitigated, or fail a condition");
    document.begin_table(std::array<Column, 7>{{{"No.", 1, true},
                                                {"Threat"},
                                                {"Severity"},
                                                {"Status"},
                                                {"Active mitigation"},
                                                {"Element"},
                                                {"Fails"}}});
    const std::size_t rows = std::min(view.threats.size(), rows_max);
    for (std::size_t i = 0; i < rows; ++i) {
        const StatusThreat& threat = view.threats[i];
        document.row(std::array<Cell, 7>{{{Words(fmt::to_string(threat.id))},
                                          {shown(threat.name())},
                                          {Words(severity_word(threat.threat))},
                                          {Words(status_shown(threat))},
                                          {Words(threat.covered ? "yes" : "no")},
                                          {shown(threat.threat.texts[ThreatField::element_name])},
                                          {broken_by(view, threat)}}});
    }
    document.end_table();
    if (const auto more = view.threats.size() - rows + view.unlisted_threats; more > 0) {
        document.paragraph(fmt::format("{} more are not listed.", grouped(more)));
    }
}

}  // namespace

std::string status_as_markdown(const StatusView& view) {
    std::string out;
    const auto document = markdown_document(out);
    write_verdict(view, *document);
    write_conditions(view, *document);
    write_threats(view, *document);
    document->paragraph(fmt::format("Position {} of the log, recorded at {}.",
                                    view.product.position,
                                    base::format_instant(view.product.recorded_at)));
    return out;
}

}  // namespace threatatlas::exports
