// The threats as comma-separated values (RFC 4180), for spreadsheets.

#include <algorithm>

#include <fmt/format.h>

#include "base/work_watch.hpp"
#include "export/contents.hpp"
#include "export/csv_text.hpp"
#include "export/forms.hpp"
#include "projections/query/views.hpp"

namespace threatatlas::exports {
namespace {

class Rows {
  public:
    explicit Rows(std::string& out) : out_(out) {}

    void add(std::string_view text) {
        if (!is_first_) {
            out_ += ',';
        }
        is_first_ = false;
        append_csv_cell(out_, text);
    }
    template <class Number>
    void add_number(const std::optional<Number>& number) {
        add(number ? fmt::to_string(*number) : std::string());
    }
    void end() {
        out_ += "\r\n";
        is_first_ = true;
    }

  private:
    std::string& out_;
    bool is_first_ = true;
};

constexpr std::array<std::string_view, 24> titles{"id",
                                                  "name",
                                                  "category",
                                                  "diagram",
                                                  "element_id",
                                                  "element_name",
                                                  "severity",
                                                  "likelihood",
                                                  "impact",
                                                  "risk_score",
                                                  "status",
                                                  "covered",
                                                  "covered_by",
                                                  "not_active",
                                                  "created_at",
                                                  "updated_at",
                                                  "external_id",
                                                  "description",
                                                  "comments",
                                                  "status_recorded_at",
                                                  "status_occurred_at",
                                                  "status_actor",
                                                  "status_on_behalf_of",
                                                  "status_reason"};

std::string named(const ReportView& view, const query::Covering& covering) {
    std::string text;
    std::size_t named = 0;
    for (const MitigationId id : covering.first(names_max)) {
        if (text.size() >= names_bytes_max) {
            break;
        }
        ++named;
        const projections::Mitigation& mitigation = view.mitigation(id);
        fmt::format_to(std::back_inserter(text), "{}M{} {} ({})", text.empty() ? "" : "; ", id,
                       mitigation.texts[events::MitigationField::name],
                       events::name_of(mitigation.status));
    }
    if (named < covering.size()) {
        fmt::format_to(std::back_inserter(text), "; and {} more", grouped(covering.size() - named));
    }
    return text;
}

void add_decision(const query::Attribution* decision, Rows& rows) {
    static const query::Attribution none;
    const query::Attribution& by = decision != nullptr ? *decision : none;
    rows.add(decision != nullptr ? base::format_instant(by.recorded_at) : std::string());
    rows.add(by.occurred_at ? base::format_instant(*by.occurred_at) : std::string());
    rows.add(by.actor);
    rows.add(by.on_behalf_of);
    rows.add(by.reason);
}

// Titles of the columns that a product without acceptances does not have.
constexpr std::array<std::string_view, 2> acceptance_titles{"accepted_by", "accepted_until"};

void add_acceptances(const ReportView& view, const ReportThreat& shown, Rows& rows) {
    const std::size_t named = std::min(shown.accepted_by.size(), names_max);
    std::string ids;
    for (std::size_t i = 0; i < named; ++i) {
        fmt::format_to(std::back_inserter(ids), "{}A{}", i == 0 ? "" : "; ", shown.accepted_by[i]);
    }
    if (named < shown.accepted_by.size()) {
        fmt::format_to(std::back_inserter(ids), "; and {} more",
                       grouped(shown.accepted_by.size() - named));
    }
    base::Day last_day{};
    for (const AcceptanceId id : shown.accepted_by) {
        last_day = std::max(last_day, view.inputs.model.acceptances.at(id).last_day);
    }
    rows.add(ids);
    rows.add(shown.accepted_by.empty() ? std::string() : base::format_day(last_day));
}

void add_threat(const ReportView& view, const ReportThreat& shown, Rows& rows) {
    const projections::Threat& threat = *shown.threat;
    rows.add(fmt::to_string(shown.id));
    for (const events::ThreatField field :
         {events::ThreatField::name, events::ThreatField::category, events::ThreatField::diagram,
          events::ThreatField::element_id, events::ThreatField::element_name}) {
        rows.add(threat.texts[field]);
    }
    rows.add(severity_word(threat));
    rows.add_number(threat.scoring.likelihood);
    rows.add_number(threat.scoring.impact);
    rows.add_number(query::risk_score(threat.scoring));
    rows.add(events::name_of(threat.status));
    rows.add(shown.covered() ? "true" : "false");
    rows.add(named(view, shown.covered_by));
    rows.add(named(view, shown.not_covering));
    rows.add(base::format_instant(threat.created_at));
    rows.add(base::format_instant(threat.updated_at));
    for (const events::ThreatField field :
         {events::ThreatField::external_id, events::ThreatField::description,
          events::ThreatField::comments}) {
        rows.add(threat.texts[field]);
    }
    add_decision(shown.decision, rows);
    if (!view.inputs.model.acceptances.empty()) {
        add_acceptances(view, shown, rows);
    }
    rows.end();
}

}  // namespace

std::string report_as_csv(const ReportView& view) {
    std::string out;
    out.reserve(report_bytes_estimate(view, {.bytes_for_an_object = 512}));
    Rows rows(out);
    for (const std::string_view title : titles) {
        rows.add(title);
    }
    if (!view.inputs.model.acceptances.empty()) {
        for (const std::string_view title : acceptance_titles) {
            rows.add(title);
        }
    }
    rows.end();
    for (const auto* threats : {&view.threats, &view.accepted, &view.not_applicable}) {
        for (const ReportThreat& threat : *threats) {
            base::note_row_of_work();
            add_threat(view, threat, rows);
        }
    }
    return out;
}

}  // namespace threatatlas::exports
