#include "export/status_view.hpp"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "base/digest.hpp"
#include "projections/query/open_threats.hpp"

namespace threatatlas::exports {
namespace {

constexpr std::string_view fail_on_critical = "fail_on_critical";
constexpr std::string_view fail_on_unmitigated_high = "fail_on_unmitigated_high";
constexpr std::string_view fail_on_unscored = "fail_on_unscored";

bool breaks_critical(const projections::Threat& threat, const projections::Thresholds& asked) {
    return asked.fail_on_critical && threat.scoring.severity == events::Severity::critical;
}

bool breaks_unscored(const projections::Threat& threat, const projections::Thresholds& asked) {
    return asked.fail_on_unscored && !threat.scoring.severity;
}

// Less is more important.
auto importance(const StatusThreat& threat) {
    const auto severity = threat.threat.scoring.severity;
    const bool is_open = query::is_open(threat.threat) && !threat.is_settled();
    const int group = !threat.breaks.empty() ? 0 : is_open ? 1 : 2;
    return std::tuple(group,
                      severity ? static_cast<std::size_t>(*severity) : events::severity_count,
                      threat.covered, threat.id);
}

bool is_more_important(const StatusThreat& a, const StatusThreat& b) {
    return importance(a) < importance(b);
}

}  // namespace

StatusCollector::StatusCollector(query::ProductAt product,
                                 const projections::Thresholds& thresholds, ModelPath model_path)
    : thresholds_(thresholds) {
    view_.product = std::move(product);
    view_.verdict = projections::judge(view_.product.posture, thresholds);
    view_.model_path = std::move(model_path);
}

bool StatusCollector::wants(const projections::Threat& threat) const {
    return projections::is_counted(threat) &&
           (threat.status != events::ThreatStatus::mitigated ||
            breaks_critical(threat, thresholds_) || breaks_unscored(threat, thresholds_));
}

void StatusCollector::add(const query::ThreatView& threat) {
    if (!wants(threat.threat)) {
        return;
    }
    StatusThreat added{threat.id, threat.threat, threat.covered(), accepted_until(threat), {}};
    added.threat.texts.set(events::ThreatField::description, {});
    added.threat.texts.set(events::ThreatField::comments, {});
    if (breaks_critical(added.threat, thresholds_) && !added.accepted_until) {
        added.breaks.push_back(fail_on_critical);
    }
    if (thresholds_.fail_on_unmitigated_high && projections::is_open_high(added.threat) &&
        !added.covered && !added.accepted_until) {
        added.breaks.push_back(fail_on_unmitigated_high);
    }
    if (breaks_unscored(added.threat, thresholds_)) {
        added.breaks.push_back(fail_on_unscored);
    }
    if (added.threat.status == events::ThreatStatus::mitigated && added.breaks.empty()) {
        return;
    }
    view_.threats.push_back(std::move(added));
    if (view_.threats.size() == 2 * status_threats_max) {
        keep(status_threats_max);
    }
}

// The same acceptances as those that the posture counts: they are in force, and of those the ones
// that apply to this threat.
std::optional<base::Day> StatusCollector::accepted_until(const query::ThreatView& threat) const {
    if (thresholds_.ignores_acceptances) {
        return std::nullopt;
    }
    const projections::AcceptedDays& days = view_.product.posture.acceptances;
    const auto last = std::find_if(days.rbegin(), days.rend(), [&](const auto& day) {
        return std::ranges::any_of(threat.acceptance_ids, [&](AcceptanceId id) {
            return std::ranges::binary_search(day.in_force, id);
        });
    });
    return last == days.rend() ? std::nullopt : std::optional(last->last_day);
}

void StatusCollector::keep(std::size_t count) {
    if (view_.threats.size() <= count) {
        return;
    }
    const auto end = view_.threats.begin() + static_cast<std::ptrdiff_t>(count);
    std::nth_element(view_.threats.begin(), end, view_.threats.end(), is_more_important);
    view_.unlisted_threats += view_.threats.size() - count;
    view_.threats.erase(end, view_.threats.end());
}

StatusView StatusCollector::finish() {
    keep(status_threats_max);
    std::ranges::sort(view_.threats, is_more_important);
    return std::move(view_);
}

std::vector<FailedCondition> failed_conditions(const projections::Verdict& verdict) {
    std::vector<FailedCondition> failed;
    auto reason = verdict.failures.begin();
    for (const projections::Condition& condition : verdict.conditions) {
        if (!condition.pass) {
            const std::string_view rule = condition.rule;
            failed.push_back({&condition, *reason++,
                              rule == fail_on_critical || rule == fail_on_unmitigated_high ||
                                  rule == fail_on_unscored});
        }
    }
    return failed;
}

std::string fingerprint_of(ProductId product, ThreatId threat) {
    return base::hex_of(base::sha256(fmt::format("products/{}/threats/{}", product, threat)));
}

std::string fingerprint_of(ProductId product, std::string_view rule) {
    return base::hex_of(base::sha256(fmt::format("products/{}/rules/{}", product, rule)));
}

}  // namespace threatatlas::exports
