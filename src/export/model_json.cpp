// The whole model as JSON, complete enough for import into other tools (docs/REPORTS.md).

#include "base/work_watch.hpp"
#include "export/forms.hpp"
#include "projections/query/verdict_views.hpp"
#include "projections/query/views.hpp"

namespace threatatlas::exports {
namespace {

void write_verdict(base::JsonWriter& json, const ReportView& view) {
    json.key("verdict").begin_object();
    json.key("thresholds_given").boolean(view.thresholds_given);
    query::write_verdict_members(json, view.verdict);
    json.end_object();
}

void write_counts(base::JsonWriter& json, const ReportView& view) {
    json.key("counts").begin_object();
    for (std::size_t row = 0; row < view.counts.size(); ++row) {
        json.key(row < events::severity_count ? events::names_of<events::Severity>()[row]
                                              : "unscored")
            .begin_object();
        for (std::size_t status = 0; status < threat_status_count; ++status) {
            json.key(events::names_of<events::ThreatStatus>()[status])
                .number(view.counts[row][status]);
        }
        json.end_object();
    }
    json.end_object();
    json.key("covered_threats").number(view.covered_threats);
}

// Writes members into an object that is already open.
void write_attribution(base::JsonWriter& json, const query::Attribution& by) {
    json.key("position").number(by.position);
    json.key("recorded_at").string(base::format_instant(by.recorded_at));
    json.key("occurred_at")
        .string_or_null(by.occurred_at ? base::format_instant(*by.occurred_at) : std::string());
    json.key("actor").string(by.actor);
    json.key("on_behalf_of").string_or_null(by.on_behalf_of);
    json.key("reason").string_or_null(by.reason);
    if (!by.note.empty()) {
        json.key("note").string(by.note);
    }
}

void write_recorded_changes(base::JsonWriter& json, const std::vector<ChangeRow>& rows) {
    json.key("recorded_changes").begin_array();
    for (const ChangeRow& row : rows) {
        base::note_row_of_work();
        if (row.by == nullptr) {
            continue;
        }
        json.begin_object();
        json.key("object").string(name_of(row.kind));
        json.key("id").number(row.id);
        json.key("change").string(row.change);
        json.key("field").string_or_null(row.field != nullptr ? row.field->field
                                                              : std::string_view());
        write_attribution(json, *row.by);
        json.end_object();
    }
    json.end_array();
}

void write_threats(base::JsonWriter& json, std::string_view key, const ReportView& view,
                   const std::vector<ReportThreat>& threats) {
    json.key(key).begin_array();
    for (const ReportThreat& shown : threats) {
        base::note_row_of_work();
        json.begin_object();
        query::write_threat_members(json, view.product().id,
                                    {shown.id, *shown.threat, shown.covered_by.all(), 0,
                                     view.inputs.model.applying_acceptances(shown.id)});
        json.key("decision");
        if (shown.decision != nullptr) {
            json.begin_object();
            json.key("status").string(events::name_of(shown.threat->status));
            write_attribution(json, *shown.decision);
            json.end_object();
        } else {
            json.null();
        }
        json.end_object();
    }
    json.end_array();
}

void write_acceptances(base::JsonWriter& json, const ReportView& view) {
    const query::ProductModel& model = view.inputs.model;
    if (model.acceptances.empty()) {
        return;
    }
    json.key("acceptances").begin_array();
    for (const auto& [id, acceptance] : model.acceptances) {
        base::note_row_of_work();
        query::write_acceptance(
            json, view.product().id,
            query::view_of(id, acceptance, view.inputs.as_of, model.has_threat_of(acceptance)));
    }
    json.end_array();
}

void write_policy_steps(base::JsonWriter& json, const query::Attributions& attributions) {
    if (attributions.policy_steps().empty()) {
        return;
    }
    json.key("policy_steps").begin_array();
    for (const query::PolicyStep& step : attributions.policy_steps()) {
        base::note_row_of_work();
        json.begin_object();
        json.key("step").string(step.assigned ? "assigned" : "reviewed");
        if (step.assigned) {
            json.key("policy");
            query::write_assigned_policy(json, *step.assigned);
        }
        write_attribution(json, *step.by);
        json.end_object();
    }
    json.end_array();
    json.key("earlier_policy_steps").number(attributions.earlier_policy_steps());
}

void write_course(base::JsonWriter& json, const std::vector<query::CoursePoint>& course) {
    json.key("open_threats").begin_array();
    for (const query::CoursePoint& point : course) {
        json.begin_object();
        json.key("at").string(base::format_instant(point.at));
        for (std::size_t i = 0; i < events::severity_count; ++i) {
            json.key(events::names_of<events::Severity>()[i]).number(point.open.by_severity[i]);
        }
        json.key("unscored").number(point.open.unscored);
        json.key("mitigated_threats").number(point.mitigated_threats);
        json.key("total_threats").number(point.total_threats);
        json.end_object();
    }
    json.end_array();
}

}  // namespace

std::string report_as_json(const ReportView& view) {
    std::string out;
    out.reserve(report_bytes_estimate(view, {.bytes_for_an_object = 1'536, .times_each_text = 2}));
    base::JsonWriter json(out);
    json.begin_object();
    json.key("report_format").number(report_format_version);
    json.key("as_of").string(base::format_instant(view.inputs.as_of));
    json.key("position").number(view.product().position);
    json.key("event_id").string(view.inputs.event_id);
    json.key("recorded_at").string(base::format_instant(view.product().recorded_at));
    json.key("product");
    query::write_product(json, view.product());
    write_verdict(json, view);
    write_counts(json, view);
    write_threats(json, "threats", view, view.threats);
    write_threats(json, "accepted_threats", view, view.accepted);
    write_threats(json, "not_applicable_threats", view, view.not_applicable);
    json.key("mitigations").begin_array();
    for (const auto& [id, mitigation] : view.inputs.model.mitigations) {
        base::note_row_of_work();
        query::write_mitigation(json, view.product().id, {id, mitigation});
    }
    json.end_array();
    write_acceptances(json, view);
    json.key("changes");
    query::write_diff(json, view.changes_since, view.inputs.before, view.inputs.as_of,
                      view.inputs.model);
    write_recorded_changes(json, view.change_rows);
    write_policy_steps(json, view.inputs.attributions);
    write_course(json, view.inputs.course);
    json.end_object();
    out += '\n';
    return out;
}

}  // namespace threatatlas::exports
