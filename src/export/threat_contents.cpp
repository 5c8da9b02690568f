// The chapters about single threats and mitigations: a table of all of them, followed by the long
// texts of those that have any.

#include <algorithm>

#include <fmt/format.h>

#include "base/work_watch.hpp"
#include "export/contents.hpp"
#include "projections/query/views.hpp"

namespace threatatlas::exports {
namespace {

void add_line(Words& words, std::string_view label, std::string_view text) {
    if (text.empty()) {
        return;
    }
    if (!words.empty()) {
        words.line_break();
    }
    words.ours(label).theirs(text);
}

Words place_of(std::string_view diagram_label, std::string_view diagram, std::string_view element,
               std::string_view element_id) {
    Words words;
    add_line(words, diagram_label, diagram);
    add_line(words, "element ", element);
    add_line(words, "id ", element_id);
    return words;
}

Words severity_of(const projections::Threat& threat) {
    const events::Scoring& scoring = threat.scoring;
    Words words(severity_word(threat));
    if (const auto risk = query::risk_score(scoring)) {
        words.line_break().ours(
            fmt::format("{} × {} = {}", *scoring.likelihood, *scoring.impact, *risk));
    }
    return words;
}

void name_mitigations(const ReportView& view, const query::Covering& covering, Words& words) {
    std::size_t named = 0;
    std::size_t bytes = 0;
    for (const MitigationId id : covering.first(names_max)) {
        if (bytes >= names_bytes_max) {
            break;
        }
        ++named;
        const projections::Mitigation& mitigation = view.mitigation(id);
        bytes += mitigation.texts[events::MitigationField::name].size();
        words.line_break();
        words.link(fmt::format("M{}", id), mitigation_anchor(id))
            .ours(" ")
            .theirs(mitigation.texts[events::MitigationField::name])
            .ours(fmt::format(" ({})", events::name_of(mitigation.status)));
    }
    if (named < covering.size()) {
        words.line_break().ours(fmt::format("and {} more", grouped(covering.size() - named)));
    }
}

Words coverage_of(const ReportView& view, const ReportThreat& threat) {
    Words words(threat.covered() ? "covered by" : "not covered");
    name_mitigations(view, threat.covered_by, words);
    if (!threat.not_covering.empty()) {
        words.line_break().ours("not active");
        name_mitigations(view, threat.not_covering, words);
    }
    return words;
}

Words since_when(base::Instant created_at, base::Instant updated_at) {
    return std::move(Words(date_of(created_at))
                         .line_break()
                         .ours(fmt::format("changed {}", date_of(updated_at))));
}

Words status_of(const ReportView& view, const ReportThreat& shown) {
    Words words(spaced(events::name_of(shown.threat->status)));
    if (shown.decision != nullptr) {
        words.line_break();
        words.add(recorded_by(*shown.decision));
    }
    if (!shown.accepted_by.empty()) {
        words.line_break().ours("risk accepted by ").add(acceptances_of(view, shown));
    }
    return words;
}

// The decision on a threat's status, with all details.
Words decision_of(const ReportThreat& shown) {
    const query::Attribution& decision = *shown.decision;
    Words words;
    words.strong("Status:")
        .ours(fmt::format(" {}, recorded {} by ", spaced(events::name_of(shown.threat->status)),
                          base::format_instant(decision.recorded_at)))
        .theirs(decision.actor);
    if (!decision.on_behalf_of.empty()) {
        words.ours(" on behalf of ").theirs(decision.on_behalf_of);
    }
    if (decision.occurred_at) {
        words.ours(fmt::format("; occurred {}", base::format_instant(*decision.occurred_at)));
    }
    if (decision.reason.empty()) {
        words.ours(". No reason was given.");
    } else {
        words.ours(". Reason: ").theirs(decision.reason);
    }
    return words;
}

constexpr std::array<Column, 8> threat_columns{{{"Id", 2},
                                                {"Threat", 7},
                                                {"Category", 4},
                                                {"Diagram and element", 5},
                                                {"Severity", 3},
                                                {"Status", 3},
                                                {"Created", 4},
                                                {"Mitigations", 8}}};

void write_threat_row(const ReportView& view, const ReportThreat& shown, Document& document) {
    const events::ThreatTexts& texts = shown.threat->texts;
    const std::array<Cell, threat_columns.size()> cells{
        {{Words(fmt::format("T{}", shown.id))},
         {Words::of(texts[events::ThreatField::name])},
         {texts[events::ThreatField::category].empty()
              ? Words()
              : Words::of(texts[events::ThreatField::category])},
         {place_of("", texts[events::ThreatField::diagram],
                   texts[events::ThreatField::element_name],
                   texts[events::ThreatField::element_id])},
         {severity_of(*shown.threat), tone_of(*shown.threat)},
         {status_of(view, shown)},
         {since_when(shown.threat->created_at, shown.threat->updated_at)},
         {coverage_of(view, shown)}}};
    document.row(cells, threat_anchor(shown.id));
}

// The texts that are too long for a cell, each with a label. Objects without such texts are left
// out.
class Details {
  public:
    Details(Document& document, std::string chapter)
        : document_(document), chapter_(std::move(chapter)) {}

    // `first` is a paragraph before the texts; it may be empty.
    template <class Field, std::size_t count>
    void add(std::string_view letter, std::uint64_t id, const std::string& anchor,
             const events::Texts<Field, count>& texts, const Words& first = {}) {
        const auto write_heading = [&] {
            begin();
            document_.heading(2, std::move(Words()
                                               .link(fmt::format("{}{}", letter, id), anchor)
                                               .ours(" ")
                                               .theirs(texts[Field::name])));
        };
        bool is_headed = !first.empty();
        if (is_headed) {
            write_heading();
            document_.paragraph(first);
        }
        for (const auto& [label, field] : {std::pair("Description:", Field::description),
                                           std::pair("Comments:", Field::comments),
                                           std::pair("External id:", Field::external_id)}) {
            if (texts[field].empty()) {
                continue;
            }
            if (!is_headed) {
                write_heading();
                is_headed = true;
            }
            document_.paragraph(std::move(Words().strong(label).ours(" ").theirs(texts[field])));
        }
    }

  private:
    void begin() {
        if (!chapter_.empty()) {
            document_.heading(1, fmt::format("{} in detail", chapter_));
            chapter_.clear();
        }
    }

    Document& document_;
    std::string chapter_;  // empty after the heading was written
};

void write_threats(const ReportView& view, const std::vector<ReportThreat>& threats,
                   const Chapter& chapter, std::string_view about, Document& document) {
    document.chapter(chapter);
    document.paragraph(fmt::format("{}: {}.", about, threats.size()));
    if (threats.empty()) {
        return;
    }
    document.begin_table(threat_columns);
    for (const ReportThreat& shown : threats) {
        base::note_row_of_work();
        write_threat_row(view, shown, document);
    }
    document.end_table();
    Details details(document, std::string(chapter.title));
    for (const ReportThreat& shown : threats) {
        base::note_row_of_work();
        details.add("T", shown.id, threat_anchor(shown.id), shown.threat->texts,
                    shown.decision != nullptr ? decision_of(shown) : Words());
    }
}

constexpr std::array<Column, 6> mitigation_columns{
    {{"Id", 2}, {"Mitigation", 8}, {"Category", 4}, {"Status", 4}, {"Covers", 9}, {"Created", 4}}};

Words scope_of(const projections::Mitigation& mitigation) {
    const events::CoverageScope& scope = mitigation.scope;
    Words words = place_of("", scope.diagram, {}, scope.element_id);
    const std::size_t named = std::min(scope.threat_ids.size(), names_max);
    for (std::size_t i = 0; i < named; ++i) {
        if (i > 0) {
            words.ours(", ");
        } else if (!words.empty()) {
            words.line_break();
        }
        words.ours(fmt::format("T{}", scope.threat_ids[i]));
    }
    if (named < scope.threat_ids.size()) {
        words.ours(fmt::format(" and {} more", grouped(scope.threat_ids.size() - named)));
    }
    return words;
}

void write_mitigation_row(MitigationId id, const projections::Mitigation& mitigation,
                          Document& document) {
    const std::string_view category = mitigation.texts[events::MitigationField::category];
    const std::array<Cell, mitigation_columns.size()> cells{
        {{Words(fmt::format("M{}", id))},
         {Words::of(mitigation.texts[events::MitigationField::name])},
         {category.empty() ? Words() : Words::of(category)},
         {Words(fmt::format("{}{}", events::name_of(mitigation.status),
                            projections::is_active(mitigation) ? ", active" : ""))},
         {scope_of(mitigation)},
         {since_when(mitigation.created_at, mitigation.updated_at)}}};
    document.row(cells, mitigation_anchor(id));
}

}  // namespace

std::string mitigation_anchor(MitigationId id) {
    return fmt::format("m{}", id);
}
std::string threat_anchor(ThreatId id) {
    return fmt::format("t{}", id);
}

void write_threat_chapters(const ReportView& view, Document& document) {
    write_threats(view, view.threats, chapters::threats,
                  "Threats with the status identified, in progress or mitigated", document);
    write_threats(view, view.accepted, chapters::accepted,
                  "Accepted threats, which are included in the counts but are not open", document);
    write_threats(view, view.not_applicable, chapters::not_applicable,
                  "Threats marked as not applicable, which are not included in any count",
                  document);
}

void write_mitigation_chapter(const ReportView& view, Document& document) {
    const auto& mitigations = view.inputs.model.mitigations;
    document.chapter(chapters::mitigations);
    document.paragraph(fmt::format("Mitigations, including retired ones: {}.", mitigations.size()));
    if (mitigations.empty()) {
        return;
    }
    document.begin_table(mitigation_columns);
    for (const auto& [id, mitigation] : mitigations) {
        base::note_row_of_work();
        write_mitigation_row(id, mitigation, document);
    }
    document.end_table();
    Details details(document, std::string(chapters::mitigations.title));
    for (const auto& [id, mitigation] : mitigations) {
        base::note_row_of_work();
        details.add("M", id, mitigation_anchor(id), mitigation.texts);
    }
}

}  // namespace threatatlas::exports
