#include "export/status_view.hpp"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "base/digest.hpp"
#include "projections/query/open_threats.hpp"
#include "projections/rule_check.hpp"

namespace threatatlas::exports {
namespace {

using events::RuleKind;
using projections::Condition;
using projections::only_warns;

constexpr std::string_view fail_on_critical = "fail_on_critical";
constexpr std::string_view fail_on_unmitigated_high = "fail_on_unmitigated_high";
constexpr std::string_view fail_on_unscored = "fail_on_unscored";

bool breaks_critical(const projections::Threat& threat, const projections::Thresholds& asked) {
    return asked.fail_on_critical && threat.scoring.severity == events::Severity::critical;
}

bool breaks_unscored(const projections::Threat& threat, const projections::Thresholds& asked) {
    return asked.fail_on_unscored && !threat.scoring.severity;
}

// An accepted risk that breaks max_accepted is no worse than the others, so it breaks no condition
// here.
bool is_listed_for(RuleKind kind) {
    return kind == RuleKind::max_threats || kind == RuleKind::max_unmitigated ||
           kind == RuleKind::max_unscored || kind == RuleKind::max_open_days;
}

bool may_be_broken_by_mitigated(const Condition& condition) {
    const auto kind =
        condition.of_policy ? std::optional(projections::rule_kind(condition)) : std::nullopt;
    return !condition.pass && (kind == RuleKind::max_threats || kind == RuleKind::max_unscored);
}

bool is_about_threats(const Condition& condition) {
    if (!condition.of_policy) {
        return condition.rule == fail_on_critical || condition.rule == fail_on_unmitigated_high ||
               condition.rule == fail_on_unscored;
    }
    const RuleKind kind = projections::rule_kind(condition);
    return is_listed_for(kind) && (kind == RuleKind::max_open_days || condition.limit == "0");
}

// `reasons` are those of the conditions that are broken and of this kind, in order.
std::vector<BrokenCondition> broken_conditions(const std::vector<Condition>& conditions,
                                               const std::vector<std::string>& reasons,
                                               bool warning) {
    std::vector<BrokenCondition> broken;
    auto reason = reasons.begin();
    for (std::size_t i = 0; i < conditions.size(); ++i) {
        const Condition& condition = conditions[i];
        if (!condition.pass && only_warns(condition) == warning) {
            broken.push_back({i, &condition, *reason++, is_about_threats(condition)});
        }
    }
    return broken;
}

// Less is more important.
auto importance(const StatusThreat& threat) {
    const auto severity = threat.threat.scoring.severity;
    const bool is_open = query::is_open(threat.threat) && !threat.is_settled();
    const int group = !threat.breaks.empty() ? 0 : !threat.warned_by.empty() ? 1 : is_open ? 2 : 3;
    return std::tuple(group,
                      severity ? static_cast<std::size_t>(*severity) : events::severity_count,
                      threat.covered, threat.id);
}

bool is_more_important(const StatusThreat& a, const StatusThreat& b) {
    return importance(a) < importance(b);
}

}  // namespace

StatusCollector::StatusCollector(query::ProductAt product,
                                 const projections::Thresholds& thresholds, ModelPath model_path) {
    view_.product = std::move(product);
    view_.verdict = projections::judge(view_.product.posture, thresholds, view_.product.applied);
    view_.model_path = std::move(model_path);
    thresholds_ = view_.verdict.thresholds;
    wants_mitigated_ = std::ranges::any_of(view_.verdict.conditions, may_be_broken_by_mitigated);
}

bool StatusCollector::wants(const projections::Threat& threat) const {
    return projections::is_counted(threat) &&
           (threat.status != events::ThreatStatus::mitigated || wants_mitigated_ ||
            breaks_critical(threat, thresholds_) || breaks_unscored(threat, thresholds_));
}

void StatusCollector::add(const query::ThreatView& threat) {
    if (!wants(threat.threat)) {
        return;
    }
    // The same acceptances as those that the posture counts: they are in force, and of those the
    // ones that apply to this threat.
    const auto accepted_until =
        projections::accepted_until(view_.product.posture.acceptances, threat.acceptance_ids);
    StatusThreat added{
        .id = threat.id,
        .threat = threat.threat,
        .covered = threat.covered(),
        .accepted_until = thresholds_.ignores_acceptances ? std::nullopt : accepted_until,
        .breaks = {},
        .warned_by = {}};
    added.threat.texts.set(events::ThreatField::description, {});
    added.threat.texts.set(events::ThreatField::comments, {});
    note_thresholds(added);
    note_policies(added, accepted_until);
    if (added.threat.status == events::ThreatStatus::mitigated && !added.breaks_something()) {
        return;
    }
    view_.threats.push_back(std::move(added));
    if (view_.threats.size() == 2 * status_threats_max) {
        keep(status_threats_max);
    }
}

void StatusCollector::note_thresholds(StatusThreat& threat) const {
    if (breaks_critical(threat.threat, thresholds_) && !threat.accepted_until) {
        note(fail_on_critical, threat);
    }
    if (thresholds_.fail_on_unmitigated_high && projections::is_open_high(threat.threat) &&
        !threat.covered && !threat.accepted_until) {
        note(fail_on_unmitigated_high, threat);
    }
    if (breaks_unscored(threat.threat, thresholds_)) {
        note(fail_on_unscored, threat);
    }
}

void StatusCollector::note(std::string_view threshold, StatusThreat& threat) const {
    if (broke_at_baseline(threshold, threat.id)) {
        return;
    }
    const auto& conditions = view_.verdict.conditions;
    const auto found = std::ranges::find(conditions, threshold, &Condition::rule);
    threat.breaks.push_back(static_cast<std::size_t>(found - conditions.begin()));
}

void StatusCollector::note_policies(StatusThreat& threat,
                                    std::optional<base::Day> accepted_until) const {
    if (view_.verdict.policies.empty()) {
        return;
    }
    const auto rated = projections::rated(threat.id, threat.threat, threat.covered, accepted_until);
    for (const std::size_t index : projections::broken_by(rated, view_.product.posture,
                                                          view_.product.applied, view_.verdict)) {
        const Condition& condition = view_.verdict.conditions[index];
        if (is_listed_for(projections::rule_kind(condition))) {
            (only_warns(condition) ? threat.warned_by : threat.breaks).push_back(index);
        }
    }
}

bool StatusCollector::broke_at_baseline(std::string_view threshold, ThreatId threat) const {
    const projections::ThresholdRule& rule = *projections::rule_of_threshold(threshold);
    return projections::check_of_threshold(rule, view_.product.posture, view_.product.applied,
                                           !thresholds_.ignores_acceptances)
        .broke_at_baseline(rule.rule, threat);
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

std::vector<BrokenCondition> failed_conditions(const projections::Verdict& verdict) {
    return broken_conditions(verdict.conditions, verdict.failures, false);
}

std::vector<BrokenCondition> warned_conditions(const projections::Verdict& verdict) {
    return broken_conditions(verdict.conditions, verdict.warnings, true);
}

std::string fingerprint_of(ProductId product, ThreatId threat) {
    return base::hex_of(base::sha256(fmt::format("products/{}/threats/{}", product, threat)));
}

std::string fingerprint_of(ProductId product, std::string_view rule) {
    return base::hex_of(base::sha256(fmt::format("products/{}/rules/{}", product, rule)));
}

}  // namespace threatatlas::exports
