// The chapter about accepted risks: a table of the acceptances, followed by what was said of each.

#include <algorithm>

#include <fmt/format.h>

#include "base/work_watch.hpp"
#include "export/contents.hpp"

namespace threatatlas::exports {
namespace {

using events::AcceptanceField;
using query::AcceptanceStatus;

std::string anchor_of(AcceptanceId id) {
    return fmt::format("a{}", id);
}

std::string state_of(const query::AcceptanceView& view) {
    return view.in_force() ? "in force" : std::string(query::name_of(view.status));
}

// "critical", or what was approved as well if it is different.
std::string severities_of(const projections::Acceptance& acceptance, std::size_t i) {
    const auto requested = acceptance.requested_severities[i];
    std::string text(severity_word(requested));
    if (!acceptance.approved_severities.empty() && acceptance.approved_severities[i] != requested) {
        text += fmt::format(", approved as {}", severity_word(acceptance.approved_severities[i]));
    }
    return text;
}

// One line for each object, up to the limits of a cell.
class NamedLines {
  public:
    // False if the cell is full.
    bool has_room() const { return named_ < names_max && bytes_ < names_bytes_max; }
    void add(std::string number, std::string anchor, std::string_view name,
             std::string_view about) {
        if (!words_.empty()) {
            words_.line_break();
        }
        words_.link(std::move(number), std::move(anchor)).ours(" ").theirs(name);
        words_.ours(fmt::format(" ({})", about));
        ++named_;
        bytes_ += name.size();
    }
    void add_removed(std::string number, std::string_view about) {
        if (!words_.empty()) {
            words_.line_break();
        }
        words_.ours(fmt::format("{} ({})", number, about));
        ++named_;
    }
    Words take(std::size_t all) {
        if (named_ < all) {
            words_.line_break().ours(fmt::format("and {} more", grouped(all - named_)));
        }
        return std::move(words_);
    }

  private:
    Words words_;
    std::size_t named_ = 0;
    std::size_t bytes_ = 0;
};

Words threats_of(const ReportView& view, const projections::Acceptance& acceptance) {
    const auto& threats = view.inputs.model.threats;
    NamedLines lines;
    for (std::size_t i = 0; i < acceptance.threat_ids.size() && lines.has_room(); ++i) {
        const ThreatId id = acceptance.threat_ids[i];
        const std::string severities = severities_of(acceptance, i);
        const auto threat = threats.find(id);
        if (threat == threats.end()) {
            lines.add_removed(fmt::format("T{}", id), severities + ", removed");
        } else {
            lines.add(fmt::format("T{}", id), threat_anchor(id),
                      threat->second.texts[events::ThreatField::name], severities);
        }
    }
    return lines.take(acceptance.threat_ids.size());
}

Words controls_of(const ReportView& view, const projections::Acceptance& acceptance) {
    const auto& mitigations = view.inputs.model.mitigations;
    NamedLines lines;
    for (const MitigationId id : acceptance.while_mitigations) {
        if (!lines.has_room()) {
            break;
        }
        const auto mitigation = mitigations.find(id);
        if (mitigation == mitigations.end()) {
            lines.add_removed(fmt::format("M{}", id), "removed");
        } else {
            lines.add(fmt::format("M{}", id), mitigation_anchor(id),
                      mitigation->second.texts[events::MitigationField::name],
                      events::name_of(mitigation->second.status));
        }
    }
    return lines.take(acceptance.while_mitigations.size());
}

// Date, actor and the person on whose behalf, one line each.
Words step_in_cell(const projections::AcceptanceStep& step) {
    Words words(date_of(step.time));
    words.line_break().ours("by ").theirs(step.actor);
    if (!step.on_behalf_of.empty()) {
        words.line_break().ours("for ").theirs(step.on_behalf_of);
    }
    return words;
}

std::string_view decision_word(const projections::Acceptance& acceptance) {
    switch (acceptance.state) {
        case projections::AcceptanceState::rejected:
            return "rejected";
        case projections::AcceptanceState::withdrawn:
            return "withdrawn";
        default:
            return "approved";
    }
}

Words decision_in_cell(const projections::Acceptance& acceptance) {
    if (!acceptance.decision) {
        return {};
    }
    Words words(fmt::format("{} ", decision_word(acceptance)));
    words.add(step_in_cell(*acceptance.decision));
    return words;
}

constexpr std::array<Column, 7> columns{{{"Id", 2},
                                         {"State", 3},
                                         {"Threats", 9},
                                         {"Last day", 4},
                                         {"Requested", 5},
                                         {"Decided", 5},
                                         {"Compensating controls", 7}}};

void write_row(const ReportView& view, const query::AcceptanceView& shown, Document& document) {
    const projections::Acceptance& acceptance = shown.acceptance;
    const std::array<Cell, columns.size()> cells{{{Words(fmt::format("A{}", shown.id))},
                                                  {Words(state_of(shown))},
                                                  {threats_of(view, acceptance)},
                                                  {Words(base::format_day(acceptance.last_day))},
                                                  {step_in_cell(acceptance.request)},
                                                  {decision_in_cell(acceptance)},
                                                  {controls_of(view, acceptance)}}};
    document.row(cells, anchor_of(shown.id));
}

// "Approved: 2026-03-31T08:00:00.000000Z by an actor on behalf of a person. Note: …"
void write_step(std::string_view word, const projections::AcceptanceStep& step,
                std::string_view remark, Document& document) {
    Words words;
    words.strong(fmt::format("{}:", word))
        .ours(fmt::format(" {} by ", base::format_instant(step.time)))
        .theirs(step.actor);
    if (!step.on_behalf_of.empty()) {
        words.ours(" on behalf of ").theirs(step.on_behalf_of);
    }
    words.ours(".").ours(remark);
    if (!step.note.empty()) {
        words.ours(" Note: ").theirs(step.note);
    }
    document.paragraph(words);
}

void write_decision(const projections::Acceptance& acceptance, Document& document) {
    if (!acceptance.decision) {
        return;
    }
    std::string word(decision_word(acceptance));
    word.front() = static_cast<char>(word.front() - 'a' + 'A');
    write_step(word, *acceptance.decision,
               acceptance.approved_severities.empty()
                   ? std::string()
                   : fmt::format(" The log assures that requester and approver were different {}.",
                                 events::name_of(acceptance.assurance)),
               document);
}

void write_details(const query::AcceptanceView& shown, Document& document) {
    const projections::Acceptance& acceptance = shown.acceptance;
    document.heading(2, Words().link(fmt::format("A{}", shown.id), anchor_of(shown.id)));
    write_step("Requested", acceptance.request,
               acceptance.replaces == 0 ? std::string()
                                        : fmt::format(" Replaces A{}.", acceptance.replaces),
               document);
    write_decision(acceptance, document);
    if (acceptance.end) {
        write_step(acceptance.replaced_by == 0 ? "Revoked" : "Replaced", *acceptance.end,
                   acceptance.replaced_by == 0 ? std::string()
                                               : fmt::format(" By A{}.", acceptance.replaced_by),
                   document);
    }
    for (const auto& [label, field] : {std::pair("Justification:", AcceptanceField::justification),
                                       std::pair("Conditions:", AcceptanceField::conditions),
                                       std::pair("Reference:", AcceptanceField::reference)}) {
        if (!acceptance.texts[field].empty()) {
            document.paragraph(
                std::move(Words().strong(label).ours(" ").theirs(acceptance.texts[field])));
        }
    }
}

}  // namespace

void write_acceptance_chapter(const ReportView& view, Document& document) {
    const std::size_t all = view.inputs.model.acceptances.size();
    if (all == 0) {
        return;
    }
    document.chapter(chapters::acceptances);
    std::string about = fmt::format(
        "Acceptances that are in force, requested or suspended, or ended in the last 30 days: {}.",
        view.acceptances.size());
    if (const std::size_t others = all - view.acceptances.size(); others > 0) {
        about += fmt::format(" Acceptances that ended before: {}.", others);
    }
    about +=
        " Until its last day is over, an acceptance in force excuses its threats, as long as they "
        "are not more severe than what was approved, and all compensating controls are active.";
    document.paragraph(about);
    if (view.acceptances.empty()) {
        return;
    }
    document.begin_table(columns);
    for (const query::AcceptanceView& shown : view.acceptances) {
        base::note_row_of_work();
        write_row(view, shown, document);
    }
    document.end_table();
    document.heading(1, fmt::format("{} in detail", chapters::acceptances.title));
    for (const query::AcceptanceView& shown : view.acceptances) {
        base::note_row_of_work();
        write_details(shown, document);
    }
}

Words acceptances_of(const ReportView& view, const ReportThreat& threat) {
    Words words;
    const std::size_t named = std::min(threat.accepted_by.size(), names_max);
    for (std::size_t i = 0; i < named; ++i) {
        const AcceptanceId id = threat.accepted_by[i];
        if (i > 0) {
            words.ours(", ");
        }
        words.link(fmt::format("A{}", id), anchor_of(id))
            .ours(fmt::format(" until {}",
                              base::format_day(view.inputs.model.acceptances.at(id).last_day)));
    }
    if (named < threat.accepted_by.size()) {
        words.ours(fmt::format(" and {} more", grouped(threat.accepted_by.size() - named)));
    }
    return words;
}

}  // namespace threatatlas::exports
