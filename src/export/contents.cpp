#include "export/contents.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/work_watch.hpp"

namespace threatatlas::exports {
namespace {

template <class Number>
Cell number(Number value) {
    return {Words(fmt::to_string(value))};
}

// --- The product and the question ----------------------------------------------------------------

constexpr std::array<Column, 2> fact_columns{{{"Field", 3}, {"Value", 9}}};

class Facts {
  public:
    explicit Facts(Document& document) : document_(document) {
        document_.begin_table(fact_columns);
    }
    ~Facts() { document_.end_table(); }
    Facts(const Facts&) = delete;
    Facts& operator=(const Facts&) = delete;

    void add(std::string_view name, Words words) {
        const std::array<Cell, 2> cells{{{Words(name)}, {std::move(words)}}};
        document_.row(cells);
    }
    // Adds a row unless `text` is empty.
    void add_text(std::string_view name, std::string_view text) {
        if (!text.empty()) {
            add(name, Words::of(text));
        }
    }

  private:
    Document& document_;
};

void write_question(const ReportView& view, Document& document) {
    const query::ProductAt& product = view.product();
    document.chapter(chapters::about);
    {
        Facts facts(document);
        facts.add("As of", Words(base::format_instant(view.inputs.as_of)));
        facts.add("Newest event of the product",
                  Words(fmt::format("position {} of the log", product.position)));
        facts.add("Id of this event", Words(view.inputs.event_id));
        facts.add("Event recorded", Words(base::format_instant(product.recorded_at)));
        facts.add("Report format", Words(fmt::to_string(report_format_version)));
    }
    document.paragraph(
        "This report is reproducible: the server and threatatlas-replay produce the same report "
        "as of that time.");
}

void write_product_details(const ReportView& view, Document& document) {
    constexpr std::array<std::string_view, events::product_field_count> names{
        "Name",   "Description", "Status",      "Business area", "Owner",
        "E-mail", "Repository",  "Application", "Confluence",    "External id"};
    const query::ProductAt& product = view.product();
    document.heading(1, "Product");
    Facts facts(document);
    facts.add("Id", Words(fmt::to_string(product.id)));
    for (std::size_t i = 0; i < names.size(); ++i) {
        facts.add_text(names[i], product.texts.at(i));
    }
    facts.add("Registered", Words(base::format_instant(product.created_at)));
    facts.add("Version", Words(fmt::format("{} events", product.version)));
    if (!product.policy.name.empty()) {
        facts.add("Policy", Words(shown_policy(product.policy.name, product.policy.enforced)));
    }
    if (product.reviewed_at) {
        facts.add("Last review", Words(base::format_instant(*product.reviewed_at)));
    }
}

// --- The summary ---------------------------------------------------------------------------------

constexpr std::array<Column, 7> count_columns{{{"Severity", 3},
                                               {"Identified", 2, true},
                                               {"In progress", 2, true},
                                               {"Mitigated", 2, true},
                                               {"Accepted", 2, true},
                                               {"Counted", 2, true},
                                               {"Not applicable", 2, true}}};
static_assert(count_columns.size() == threat_status_count + 2);

using StatusCounts = std::array<std::uint64_t, threat_status_count>;

void write_counts_row(Document& document, std::string_view name, const StatusCounts& counts,
                      Tone tone) {
    constexpr auto apart = static_cast<std::size_t>(events::ThreatStatus::not_applicable);
    static_assert(apart + 1 == threat_status_count);
    std::vector<Cell> cells{{Words(name), tone}};
    std::uint64_t counted = 0;
    for (std::size_t status = 0; status < apart; ++status) {
        counted += counts[status];
        cells.push_back(number(counts[status]));
    }
    cells.push_back(number(counted));
    cells.push_back(number(counts[apart]));
    document.row(cells);
}

void write_summary_facts(const ReportView& view, Document& document) {
    const projections::Posture& posture = view.product().posture;
    Facts facts(document);
    facts.add("Threats counted", Words(fmt::to_string(posture.total_threats)));
    facts.add("Mitigation ratio",
              Words(fmt::format("{} ({} of {})", projections::shown_ratio(posture),
                                posture.mitigated_threats, posture.total_threats)));
    facts.add("Covered by an active mitigation",
              Words(fmt::format("{} of {}", view.covered_threats, posture.total_threats)));
    facts.add("High or critical, neither mitigated nor covered",
              Words(fmt::to_string(posture.unmitigated_high())));
    facts.add("Mitigations", Words(fmt::format("{}, {} of them active", posture.total_mitigations,
                                               posture.active_mitigations)));
}

void write_summary_chapter(const ReportView& view, Document& document) {
    document.chapter(chapters::summary);
    write_summary_facts(view, document);
    document.heading(1, "Threats by severity and status");
    document.begin_table(count_columns);
    StatusCounts all{};
    for (std::size_t row = 0; row < view.counts.size(); ++row) {
        const std::string_view name = row < events::severity_count
                                          ? events::names_of<events::Severity>()[row]
                                          : std::string_view("unscored");
        write_counts_row(document, name, view.counts[row],
                         static_cast<Tone>(static_cast<std::size_t>(Tone::critical) + row));
        for (std::size_t status = 0; status < all.size(); ++status) {
            all[status] += view.counts[row][status];
        }
    }
    write_counts_row(document, "all", all, Tone::none);
    document.end_table();
}

// --- Changes -------------------------------------------------------------------------------------

constexpr std::array<Column, 4> posture_columns{
    {{"Count", 5}, {"Before", 2, true}, {"Now", 2, true}, {"Change", 2, true}}};

void write_posture_changes(const ReportView& view, Document& document) {
    const projections::Posture none;
    const projections::Posture& to = view.product().posture;
    const projections::Posture& from =
        view.inputs.before ? view.inputs.before->product.posture : none;
    document.begin_table(posture_columns);
    const auto row = [&](std::string_view name, std::uint64_t before, std::uint64_t after) {
        const auto step = static_cast<std::int64_t>(after) - static_cast<std::int64_t>(before);
        const std::array<Cell, 4> cells{{{Words(name)},
                                         number(before),
                                         number(after),
                                         {Words(step == 0 ? "0" : fmt::format("{:+}", step))}}};
        document.row(cells);
    };
    row("threats", from.total_threats, to.total_threats);
    for (std::size_t i = 0; i < events::severity_count; ++i) {
        row(events::names_of<events::Severity>()[i], from.by_severity[i], to.by_severity[i]);
    }
    row("unscored", from.unscored, to.unscored);
    row("mitigated", from.mitigated_threats, to.mitigated_threats);
    row("high or critical, neither mitigated nor covered", from.unmitigated_high(),
        to.unmitigated_high());
    row("mitigations", from.total_mitigations, to.total_mitigations);
    row("active mitigations", from.active_mitigations, to.active_mitigations);
    document.end_table();
}

constexpr std::array<Column, 8> change_columns{{{"Object", 3},
                                                {"Name", 5},
                                                {"Change", 2},
                                                {"Field", 3},
                                                {"From", 5},
                                                {"To", 5},
                                                {"Recorded", 4},
                                                {"Reason", 5}}};

// Formats a JSON value for people. `beyond` is the number of ids left out of a list.
Words shown_value(const std::string& json, std::size_t beyond) {
    const auto value = nlohmann::json::parse(json);
    if (value.is_string()) {
        return Words::of(value.get<std::string>());
    }
    if (value.is_boolean()) {
        return Words(value.get<bool>() ? "yes" : "no");
    }
    if (value.is_array()) {
        const auto ids = value.get<std::vector<std::uint64_t>>();
        if (ids.empty()) {
            return {};
        }
        Words words(fmt::format("{}", fmt::join(ids, ", ")));
        if (beyond > 0) {
            words.ours(fmt::format(" and {} more", grouped(beyond)));
        }
        return words;
    }
    if (value.is_object()) {
        return shown_policy(value.at("name").get<std::string>(), value.at("enforced").get<bool>());
    }
    return value.is_null() ? Words() : Words(json);
}

std::string capitalized(std::string_view word) {
    std::string text(word);
    text.front() = static_cast<char>(text.front() - 'a' + 'A');
    return text;
}

void write_change_rows(const ReportView& view, Document& document) {
    document.begin_table(change_columns);
    for (const ChangeRow& row : view.change_rows) {
        base::note_row_of_work();
        const std::array<Cell, change_columns.size()> cells{
            {{Words(fmt::format("{} {}", capitalized(name_of(row.kind)), row.id))},
             {Words::of(row.name)},
             {Words(row.change)},
             {row.field != nullptr ? Words(spaced(row.field->field)) : Words()},
             {row.field != nullptr ? shown_value(row.field->from, row.field->from_beyond)
                                   : Words()},
             {row.field != nullptr ? shown_value(row.field->to, row.field->to_beyond) : Words()},
             {row.by != nullptr ? recorded_by(*row.by) : Words()},
             {row.by != nullptr ? reason_of(*row.by) : Words()}}};
        document.row(cells);
    }
    document.end_table();
}

void write_changes_chapter(const ReportView& view, Document& document) {
    document.chapter(chapters::changes);
    document.paragraph(fmt::format(
        "From {} to {}.{}", base::format_instant(view.changes_since),
        base::format_instant(view.inputs.as_of),
        view.inputs.before ? "" : " The product did not exist at the beginning of this period."));
    write_posture_changes(view, document);
    if (view.change_rows.empty()) {
        document.paragraph("Nothing changed in the model.");
    } else {
        write_change_rows(view, document);
    }
}

// --- The course ----------------------------------------------------------------------------------

constexpr std::array<Column, 8> course_columns{{{"Time", 6},
                                                {"Critical", 2, true},
                                                {"High", 2, true},
                                                {"Medium", 2, true},
                                                {"Low", 2, true},
                                                {"Unscored", 2, true},
                                                {"Mitigated", 2, true},
                                                {"Counted", 2, true}}};

void write_course_chapter(const ReportView& view, Document& document) {
    const auto& course = view.inputs.course;
    document.chapter(chapters::course);
    document.paragraph(
        "Threats with the status identified or in progress by severity, and the numbers of "
        "mitigated threats and of all threats counted.");
    document.chart(course);
    document.begin_table(course_columns);
    for (const query::CoursePoint& point : course) {
        std::vector<Cell> cells{{Words(base::format_instant(point.at))}};
        for (const std::uint64_t count : point.open.by_severity) {
            cells.push_back(number(count));
        }
        for (const std::uint64_t count :
             {point.open.unscored, point.mitigated_threats, point.total_threats}) {
            cells.push_back(number(count));
        }
        document.row(cells);
    }
    document.end_table();
}

}  // namespace

void write_contents(const ReportView& view, Document& document) {
    document.title(
        Words("Threat model of ").theirs(view.product().texts[events::ProductField::name]));
    write_question(view, document);
    write_product_details(view, document);
    write_verdict_chapter(view, document);
    write_summary_chapter(view, document);
    write_changes_chapter(view, document);
    write_policy_chapter(view, document);
    write_acceptance_chapter(view, document);
    write_threat_chapters(view, document);
    write_mitigation_chapter(view, document);
    write_course_chapter(view, document);
}

std::vector<Chapter> chapters_of(const ReportView& view) {
    std::vector<Chapter> all;
    for (const Chapter& chapter : chapters::all) {
        const bool is_left_out = (chapter.title == chapters::acceptances.title &&
                                  view.inputs.model.acceptances.empty()) ||
                                 (chapter.title == chapters::policy.title &&
                                  view.inputs.attributions.policy_steps().empty());
        if (!is_left_out) {
            all.push_back(chapter);
        }
    }
    return all;
}

std::string spaced(std::string_view name) {
    std::string words(name);
    std::replace(words.begin(), words.end(), '_', ' ');
    return words;
}

std::string grouped(std::size_t count) {
    const std::string digits = fmt::to_string(count);
    std::string text;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        if (i > 0 && (digits.size() - i) % 3 == 0) {
            text += ',';
        }
        text += digits[i];
    }
    return text;
}

std::string date_of(base::Instant instant) {
    constexpr std::size_t date_characters = 10;
    return base::format_instant(instant).substr(0, date_characters);
}

Words recorded_by(const query::Attribution& attribution) {
    Words words(date_of(attribution.recorded_at));
    words.line_break().ours("by ").theirs(attribution.actor);
    if (!attribution.on_behalf_of.empty()) {
        words.line_break().ours("for ").theirs(attribution.on_behalf_of);
    }
    return words;
}

std::string shown_policy(std::string_view name, bool enforced) {
    return fmt::format("{}, {}", name, enforced ? "enforced" : "not enforced");
}

Words reason_of(const query::Attribution& attribution) {
    Words words;
    if (!attribution.reason.empty()) {
        words.theirs(attribution.reason);
    }
    if (!attribution.note.empty()) {
        if (!words.empty()) {
            words.line_break();
        }
        words.ours("Note: ").theirs(attribution.note);
    }
    return words;
}

Tone tone_of(const projections::Threat& threat) {
    const auto severity = threat.scoring.severity;
    return severity ? static_cast<Tone>(static_cast<std::size_t>(Tone::critical) +
                                        static_cast<std::size_t>(*severity))
                    : Tone::unscored;
}

}  // namespace threatatlas::exports
