#include "export/report_view.hpp"

#include <algorithm>

#include "base/work_watch.hpp"

namespace threatatlas::exports {
namespace {

bool asks_something(const projections::Thresholds& thresholds) {
    return thresholds.fail_on_critical || thresholds.fail_on_unmitigated_high ||
           thresholds.min_mitigation_ratio || thresholds.fail_on_unscored || thresholds.min_threats;
}

projections::Thresholds usual_thresholds() {
    projections::Thresholds usual;
    usual.fail_on_critical = true;
    usual.fail_on_unmitigated_high = true;
    usual.min_mitigation_ratio = projections::Ratio{projections::Ratio::one / 10 * 7};
    return usual;
}

std::size_t severity_row(const projections::Threat& threat) {
    const auto severity = threat.scoring.severity;
    return severity ? static_cast<std::size_t>(*severity) : events::severity_count;
}

std::vector<ReportThreat>& section_of(ReportView& view, events::ThreatStatus status) {
    switch (status) {
        case events::ThreatStatus::accepted:
            return view.accepted;
        case events::ThreatStatus::not_applicable:
            return view.not_applicable;
        default:
            return view.threats;
    }
}

void sort_by_severity(std::vector<ReportThreat>& threats) {
    std::stable_sort(threats.begin(), threats.end(),
                     [](const ReportThreat& a, const ReportThreat& b) {
                         return severity_row(*a.threat) < severity_row(*b.threat);
                     });
}

std::vector<AcceptanceId> accepted_by(const query::ProductModel& model, ThreatId threat,
                                      base::Day today) {
    std::vector<AcceptanceId> in_force = model.applying_acceptances(threat);
    std::erase_if(in_force,
                  [&](AcceptanceId id) { return model.acceptances.at(id).last_day < today; });
    return in_force;
}

// When the acceptance ended; nullopt if it has not, or only because its threats were removed.
std::optional<base::Instant> ended_at(const query::AcceptanceView& view) {
    const projections::Acceptance& acceptance = view.acceptance;
    switch (view.status) {
        case query::AcceptanceStatus::rejected:
        case query::AcceptanceStatus::withdrawn:
            return acceptance.decision->time;
        case query::AcceptanceStatus::revoked:
        case query::AcceptanceStatus::replaced:
            return acceptance.end->time;
        case query::AcceptanceStatus::lapsed:
        case query::AcceptanceStatus::expired:
            return base::end_of(acceptance.last_day);
        default:
            return std::nullopt;
    }
}

void take_acceptances(ReportView& view) {
    const query::ProductModel& model = view.inputs.model;
    for (const auto& [id, acceptance] : model.acceptances) {
        base::note_row_of_work();
        const auto shown =
            query::view_of(id, acceptance, view.inputs.as_of, model.has_threat_of(acceptance));
        const auto ended = ended_at(shown);
        if (!ended || *ended > view.changes_since) {
            view.acceptances.push_back(shown);
        }
    }
}

void take_threats(ReportView& view) {
    const query::ProductModel& model = view.inputs.model;
    for (const auto& [id, mitigation] : model.mitigations) {
        if (!projections::is_active(mitigation)) {
            view.inactive.add(id, mitigation.scope);
        }
    }
    for (const auto& [id, threat] : model.threats) {
        base::note_row_of_work();
        ++view.counts[severity_row(threat)][static_cast<std::size_t>(threat.status)];
        section_of(view, threat.status)
            .push_back({id, &threat, model.covered_by(id, threat), view.inactive.of(id, threat),
                        view.inputs.attributions.decision(id),
                        accepted_by(model, id, base::day_of(view.inputs.as_of))});
        const bool covered = section_of(view, threat.status).back().covered();
        view.covered_threats += projections::is_counted(threat) && covered ? 1 : 0;
    }
    sort_by_severity(view.threats);
    sort_by_severity(view.accepted);
    sort_by_severity(view.not_applicable);
}

// Collects one row for each object added or removed, and for each changed field.
class ChangeRows {
  public:
    explicit ChangeRows(ReportView& view) : view_(view) {}

    void take() {
        const query::ReportInputs& inputs = view_.inputs;
        const query::ProductAt& product = view_.product();
        for (const query::FieldChange& field : view_.changes.product) {
            add({Kind::product, product.id, product.texts[events::ProductField::name], changed,
                 &field, inputs.attributions.change(Kind::product, 0, field.field)});
        }
        const query::ProductModel* before = inputs.before ? &*inputs.before : nullptr;
        objects(Kind::threat, view_.changes.threats, before ? &before->threats : nullptr,
                inputs.model.threats);
        objects(Kind::mitigation, view_.changes.mitigations,
                before ? &before->mitigations : nullptr, inputs.model.mitigations);
    }

  private:
    using Kind = query::Attributions::Kind;
    static constexpr std::string_view changed = "changed";

    // `before` and `after` map ids to objects.
    template <class Objects>
    void objects(Kind kind, const query::ObjectChanges& changes, const Objects* before,
                 const Objects& after) {
        const query::Attributions& attributions = view_.inputs.attributions;
        for (const auto id : changes.added) {
            add({kind, id, after.at(id).texts.at(0), "added", nullptr,
                 attributions.change(kind, id)});
        }
        for (const auto id : changes.removed) {
            add({kind, id, before->at(id).texts.at(0), "removed", nullptr,
                 attributions.change(kind, id)});
        }
        for (const query::ObjectChange& object : changes.changed) {
            for (const query::FieldChange& field : object.fields) {
                add({kind, object.id, object.name, changed, &field,
                     event_of(object.id, field.field, before->at(object.id), after.at(object.id))});
            }
        }
    }

    const query::Attribution* event_of(ThreatId id, std::string_view field,
                                       const projections::Threat& before,
                                       const projections::Threat& after) const {
        const query::Attributions& attributions = view_.inputs.attributions;
        return field.starts_with("covered") ? attributions.coverage_change(id, before, after)
                                            : attributions.change(Kind::threat, id, field);
    }
    const query::Attribution* event_of(MitigationId id, std::string_view field,
                                       const projections::Mitigation&,
                                       const projections::Mitigation&) const {
        return view_.inputs.attributions.change(Kind::mitigation, id, field);
    }

    void add(ChangeRow row) { view_.change_rows.push_back(row); }

    ReportView& view_;
};

// The number of text bytes in the most verbose format.
std::size_t bytes_of(const query::Attribution* attribution) {
    return attribution == nullptr ? 0
                                  : attribution->actor.size() + attribution->on_behalf_of.size() +
                                        attribution->reason.size();
}

}  // namespace

ReportView make_report_view(const query::ReportInputs& inputs,
                            const projections::Thresholds& thresholds) {
    ReportView view(inputs);
    view.thresholds_given = asks_something(thresholds);
    projections::PolicyFacts facts = inputs.model.product.applied;
    view.thresholds =
        view.thresholds_given || !facts.policies.empty() ? thresholds : usual_thresholds();
    if (!facts.policies.empty() && !facts.threats) {
        facts.threats = query::rated_threats(inputs.model);
    }
    view.verdict = projections::judge(inputs.model.product.posture, view.thresholds, facts);
    view.changes_since = inputs.as_of - query::report_changes_span;
    view.changes = query::changes_between(inputs.before, inputs.model, names_max);
    ChangeRows(view).take();
    take_threats(view);
    take_acceptances(view);
    return view;
}

std::size_t report_bytes_estimate(const ReportView& view, const FormSize& size) {
    constexpr std::size_t bytes_for_the_rest = 65'536;
    const query::ProductModel& model = view.inputs.model;
    std::size_t bytes = bytes_for_the_rest;
    const auto add = [&](const auto& objects) {
        for (const auto& [id, object] : objects) {
            bytes += size.bytes_for_an_object + size.times_each_text * object.texts.bytes();
        }
    };
    add(model.threats);
    add(model.mitigations);
    add(model.acceptances);
    for (const auto* threats : {&view.threats, &view.accepted, &view.not_applicable}) {
        for (const ReportThreat& threat : *threats) {
            bytes += size.times_each_text * bytes_of(threat.decision);
        }
    }
    return bytes;
}

std::string_view name_of(query::Attributions::Kind kind) {
    switch (kind) {
        case query::Attributions::Kind::product:
            return "product";
        case query::Attributions::Kind::threat:
            return "threat";
        case query::Attributions::Kind::mitigation:
            break;
    }
    return "mitigation";
}

std::string_view severity_word(const projections::Threat& threat) {
    return severity_word(threat.scoring.severity);
}

std::string_view severity_word(std::optional<events::Severity> severity) {
    return severity ? events::name_of(*severity) : "unscored";
}

}  // namespace threatatlas::exports
