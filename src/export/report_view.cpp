#include "export/report_view.hpp"

#include <algorithm>
#include <map>

namespace threatatlas {
namespace {

bool asks_something(const Thresholds& thresholds) {
    return thresholds.fail_on_critical || thresholds.fail_on_unmitigated_high ||
           thresholds.min_mitigation_ratio || thresholds.fail_on_unscored || thresholds.min_threats;
}

Thresholds usual_thresholds() {
    Thresholds usual;
    usual.fail_on_critical = true;
    usual.fail_on_unmitigated_high = true;
    usual.min_mitigation_ratio = Ratio{Ratio::one / 10 * 7};
    return usual;
}

std::size_t severity_row(const Threat& threat) {
    const auto severity = threat.scoring.severity;
    return severity ? static_cast<std::size_t>(*severity) : severity_count;
}

// Mitigations that are not active, by what they would cover.
class Inactive {
  public:
    explicit Inactive(const ProductModel& model) {
        for (const auto& [id, mitigation] : model.mitigations) {
            if (is_active(mitigation)) {
                continue;
            }
            for (const ThreatId threat : mitigation.scope.threat_ids) {
                links_[threat].push_back(id);
            }
            if (const auto element = element_of(mitigation.scope)) {
                seats_[*element].push_back(id);
            }
        }
    }

    std::vector<MitigationId> reaching(ThreatId id, const Threat& threat) const {
        std::vector<MitigationId> found;
        if (const auto links = links_.find(id); links != links_.end()) {
            found = links->second;
        }
        const auto element = element_of(threat);
        if (const auto seats = element ? seats_.find(*element) : seats_.end();
            seats != seats_.end()) {
            found.insert(found.end(), seats->second.begin(), seats->second.end());
            std::sort(found.begin(), found.end());
        }
        return found;
    }

  private:
    std::map<ThreatId, std::vector<MitigationId>> links_;
    std::map<ElementName, std::vector<MitigationId>> seats_;
};

std::vector<ReportThreat>& section_of(ReportView& view, ThreatStatus status) {
    switch (status) {
        case ThreatStatus::accepted:
            return view.accepted;
        case ThreatStatus::not_applicable:
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

void take_threats(ReportView& view) {
    const ProductModel& model = view.inputs.model;
    const Inactive inactive(model);
    for (const auto& [id, threat] : model.threats) {
        ++view.counts[severity_row(threat)][static_cast<std::size_t>(threat.status)];
        section_of(view, threat.status)
            .push_back({id, &threat, model.covered_by(id, threat), inactive.reaching(id, threat)});
        const bool covered = section_of(view, threat.status).back().covered();
        view.covered_threats += is_counted(threat) && covered ? 1 : 0;
    }
    sort_by_severity(view.threats);
    sort_by_severity(view.accepted);
    sort_by_severity(view.not_applicable);
}

}  // namespace

ReportView make_report_view(const ReportInputs& inputs, const Thresholds& thresholds) {
    ReportView view(inputs);
    view.thresholds_given = asks_something(thresholds);
    view.thresholds = view.thresholds_given ? thresholds : usual_thresholds();
    view.verdict = judge(inputs.model.product.posture, view.thresholds);
    view.changes_since = inputs.as_of - report_changes_span;
    view.changes = changes_between(inputs.before, inputs.model);
    take_threats(view);
    return view;
}

std::size_t room_for_report(const ReportView& view) {
    constexpr std::size_t bytes_for_the_rest = 262'144;
    constexpr std::size_t bytes_for_an_object = 8'192;
    const ProductModel& model = view.inputs.model;
    std::size_t bytes = bytes_for_the_rest;
    const auto add = [&](const auto& objects) {
        for (const auto& [id, object] : objects) {
            bytes += bytes_for_an_object;
            for (std::size_t i = 0; i < object.texts.size(); ++i) {
                bytes += 4 * object.texts.at(i).size();
            }
        }
    };
    add(model.threats);
    add(model.mitigations);
    return bytes;
}

std::string_view severity_word(const Threat& threat) {
    const auto severity = threat.scoring.severity;
    return severity ? name_of(*severity) : "unscored";
}

}  // namespace threatatlas
