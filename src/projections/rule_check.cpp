#include "projections/rule_check.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/compile.h>
#include <fmt/format.h>

namespace threatatlas::projections {
namespace {

using events::PolicyRule;
using events::RuleKind;

// Wide enough for the product of two counts, or of a count and a power of ten.
__extension__ using Wide = unsigned __int128;

std::uint64_t all_accepted(const AcceptedCounts& accepted) {
    return accepted.at_or_above(events::Severity::low) + accepted.unscored;
}

// Severities are listed from the most severe one.
bool is_at_or_above(std::optional<events::Severity> severity,
                    std::optional<events::Severity> least) {
    return severity && least && *severity <= *least;
}

std::uint64_t days_between(base::Day from, base::Day to) {
    return to > from ? static_cast<std::uint64_t>((to - from).count()) : 0;
}

// The day after `limit` days have passed since a day.
base::Day day_after(base::Day from, std::uint64_t limit) {
    return from + std::chrono::days{static_cast<std::int64_t>(limit) + 1};
}

bool is_accepted_on(const RatedThreat& threat, base::Day day) {
    return threat.accepted_until && *threat.accepted_until >= day;
}

// The threat is one that a rule about threats counts, unless its risk is accepted or it is too
// young. False for other rules.
bool concerns(const PolicyRule& rule, const RatedThreat& threat, base::Day day) {
    switch (rule.kind) {
        case RuleKind::max_threats:
            return is_at_or_above(threat.severity, rule.severity);
        case RuleKind::max_unmitigated:
        case RuleKind::max_open_days:
            return !threat.mitigated && !threat.covered &&
                   is_at_or_above(threat.severity, rule.severity);
        case RuleKind::max_unscored:
            return !threat.severity;
        case RuleKind::max_accepted:
            return is_accepted_on(threat, day);
        case RuleKind::min_mitigation_ratio:
        case RuleKind::min_threats:
        case RuleKind::max_days_since_review:
            break;
    }
    return false;
}

// mitigated / total, which is 1 if there are no threats.
bool is_lower_ratio(const Posture& one, const Posture& other) {
    const auto parts = [](const Posture& posture) {
        return posture.total_threats == 0
                   ? std::pair<Wide, Wide>{1, 1}
                   : std::pair<Wide, Wide>{posture.mitigated_threats, posture.total_threats};
    };
    const auto [mitigated, total] = parts(one);
    const auto [other_mitigated, other_total] = parts(other);
    return mitigated * other_total < other_mitigated * total;
}

std::string threats_of(std::uint64_t count, std::optional<events::Severity> severity) {
    return severity == events::Severity::critical
               ? fmt::format("{} critical threat(s)", count)
               : fmt::format("{} threat(s) of severity {} or above", count,
                             severity ? events::name_of(*severity) : "low");
}

constexpr std::array<ThresholdRule, 3> threshold_rules{
    {{"fail_on_critical", {RuleKind::max_threats, events::Severity::critical}},
     {"fail_on_unmitigated_high", {RuleKind::max_unmitigated, events::Severity::high}},
     {"fail_on_unscored", {RuleKind::max_unscored}, false}}};

}  // namespace

bool is_about_threats(RuleKind kind) {
    return kind == RuleKind::max_threats || kind == RuleKind::max_unmitigated ||
           kind == RuleKind::max_unscored || kind == RuleKind::max_open_days ||
           kind == RuleKind::max_accepted;
}

const ThresholdRule* rule_of_threshold(std::string_view threshold) {
    const auto found = std::ranges::find(threshold_rules, threshold, &ThresholdRule::threshold);
    return found == threshold_rules.end() ? nullptr : &*found;
}

RuleCheck check_of_threshold(const ThresholdRule& threshold, const PostureAt& posture,
                             const PolicyFacts& facts, bool honours) {
    static const events::Policy none;
    return {posture, facts, none, honours && threshold.honours, facts.baseline.get()};
}

std::uint64_t mitigated_in(const Posture& posture, std::uint64_t scale) {
    if (posture.total_threats == 0) {
        return scale;
    }
    return static_cast<std::uint64_t>(Wide{posture.mitigated_threats} * scale /
                                      posture.total_threats);
}

std::string exact_ratio(const Posture& posture) {
    if (posture.total_threats == 0) {
        return "1";
    }
    return fmt::format("{}", static_cast<double>(posture.mitigated_threats) /
                                 static_cast<double>(posture.total_threats));
}

bool reaches_ratio(const Posture& posture, events::Ratio ratio) {
    return Wide{posture.mitigated_threats} * events::Ratio::one >=
           Wide{ratio.units} * posture.total_threats;
}

bool reaches_ratio(const Posture& posture, events::Ratio ratio, const Baseline* baseline) {
    return reaches_ratio(posture, ratio) ||
           (baseline != nullptr && !is_lower_ratio(posture, baseline->posture));
}

std::string ratio_sentence(const Posture& posture, events::Ratio ratio, const Baseline* baseline) {
    return fmt::format(
        FMT_COMPILE("Mitigation ratio {}/{} ({}%) is below required threshold {}%{}"),
        posture.mitigated_threats, posture.total_threats,
        events::format_decimal(mitigated_in(posture, 10'000), 2),
        events::format_decimal(ratio.units, events::Ratio::decimals - 2),
        baseline == nullptr
            ? ""
            : fmt::format(" and below the {}/{} of the baseline",
                          baseline->posture.mitigated_threats, baseline->posture.total_threats));
}

std::string since_baseline(const Baseline* baseline) {
    if (baseline == nullptr) {
        return {};
    }
    return baseline->position == 0
               ? " (new since the registration)"
               : fmt::format(" (new since {})", base::format_instant(baseline->instant));
}

bool RuleCheck::is_accepted(const RatedThreat& threat, base::Day day) const {
    return honours_ && is_accepted_on(threat, day);
}

base::Day RuleCheck::open_since(const RatedThreat& threat) const {
    return policy_.effective_from ? std::max(threat.identified, *policy_.effective_from)
                                  : threat.identified;
}

RuleCheck::Count RuleCheck::count_of(const PolicyRule& rule, const AcceptedCounts& accepted) const {
    const AcceptedCounts left_out = honours_ ? accepted : AcceptedCounts{};
    const auto without = [](std::uint64_t all, std::uint64_t part) {
        return Count{all - part, part, all - part};
    };
    const events::Severity severity = rule.severity.value_or(events::Severity::low);
    switch (rule.kind) {
        case RuleKind::max_threats:
            return without(posture_.at_or_above(severity), left_out.at_or_above(severity));
        case RuleKind::max_unmitigated:
            return without(posture_.unmitigated_at_or_above(severity),
                           left_out.unmitigated_at_or_above(severity));
        case RuleKind::max_unscored:
            return without(posture_.unscored, left_out.unscored);
        case RuleKind::min_threats:
            return {posture_.total_threats, 0, 0};
        case RuleKind::max_accepted:
            return {all_accepted(accepted), 0, all_accepted(accepted)};
        case RuleKind::min_mitigation_ratio:
        case RuleKind::max_open_days:
        case RuleKind::max_days_since_review:
            break;
    }
    return {};
}

RuleCheck::Count RuleCheck::count(const PolicyRule& rule) const {
    if (rule.kind == RuleKind::max_days_since_review) {
        return {days_between(facts_.last_review, facts_.today), 0, 0};
    }
    const bool needs_threats =
        events::depends_on_age(rule.kind) || (baseline_ != nullptr && is_about_threats(rule.kind));
    return needs_threats ? count_threats(rule) : count_of(rule, posture_.accepted);
}

RuleCheck::Count RuleCheck::count_threats(const PolicyRule& rule) const {
    const bool by_age = events::depends_on_age(rule.kind);
    Count result;
    for (const RatedThreat& threat : *facts_.threats) {
        if (!concerns(rule, threat, facts_.today) || broke_at_baseline(rule, threat.id)) {
            continue;
        }
        const std::uint64_t age = by_age ? days_between(open_since(threat), facts_.today) : 0;
        const std::uint64_t broken_by = !by_age || age > rule.limit ? 1 : 0;
        if (rule.kind != RuleKind::max_accepted && is_accepted(threat, facts_.today)) {
            result.accepted += broken_by;
            continue;
        }
        result.actual = by_age ? std::max(result.actual, age) : result.actual + 1;
        result.broken_by += broken_by;
    }
    return result;
}

bool RuleCheck::passes(const PolicyRule& rule, const Count& count) const {
    if (rule.kind == RuleKind::min_mitigation_ratio) {
        return reaches_ratio(posture_, rule.ratio, baseline_);
    }
    return rule.kind == RuleKind::min_threats ? count.actual >= rule.limit
                                              : count.actual <= rule.limit;
}

bool RuleCheck::breaks_on(const PolicyRule& rule, const RatedThreat& threat, base::Day day) const {
    if (!concerns(rule, threat, day)) {
        return false;
    }
    return rule.kind == RuleKind::max_accepted ||
           (!is_accepted(threat, day) && (!events::depends_on_age(rule.kind) ||
                                          days_between(open_since(threat), day) > rule.limit));
}

bool RuleCheck::breaks(const PolicyRule& rule, const RatedThreat& threat) const {
    return breaks_on(rule, threat, facts_.today) && !broke_at_baseline(rule, threat.id);
}

bool RuleCheck::broke_at_baseline(const PolicyRule& rule, ThreatId id) const {
    if (baseline_ == nullptr) {
        return false;
    }
    const auto then = std::ranges::lower_bound(baseline_->threats, id, {}, &RatedThreat::id);
    return then != baseline_->threats.end() && then->id == id &&
           breaks_on(rule, *then, base::day_of(baseline_->instant));
}

std::vector<ThreatId> RuleCheck::breaking(const PolicyRule& rule, std::size_t most) const {
    std::vector<ThreatId> ids;
    for (const RatedThreat& threat : *facts_.threats) {
        if (ids.size() == most) {
            break;
        }
        if (breaks(rule, threat)) {
            ids.push_back(threat.id);
        }
    }
    return ids;
}

bool RuleCheck::counts_break(const PolicyRule& rule, const AcceptedCounts& accepted) const {
    return rule.kind != RuleKind::max_open_days && rule.kind != RuleKind::max_days_since_review &&
           !passes(rule, count_of(rule, accepted));
}

std::optional<base::Day> RuleCheck::first_broken_day(const PolicyRule& rule) const {
    if (rule.kind == RuleKind::max_days_since_review) {
        return day_after(facts_.last_review, rule.limit);
    }
    if (rule.kind != RuleKind::max_open_days) {
        return std::nullopt;
    }
    std::optional<base::Day> first;
    for (const RatedThreat& threat : *facts_.threats) {
        if (!concerns(rule, threat, facts_.today)) {
            continue;
        }
        base::Day day = day_after(open_since(threat), rule.limit);
        if (is_accepted(threat, facts_.today)) {
            day = std::max(day, *threat.accepted_until + std::chrono::days{1});
        }
        first = first ? std::min(*first, day) : day;
    }
    return first;
}

std::string RuleCheck::sentence(const PolicyRule& rule, const Count& count) const {
    switch (rule.kind) {
        case RuleKind::max_threats:
            return fmt::format("{}, at most {} allowed{}", threats_of(count.actual, rule.severity),
                               rule.limit, since_baseline(baseline_));
        case RuleKind::max_unmitigated:
            return fmt::format("{} without active mitigation, at most {} allowed{}",
                               threats_of(count.actual, rule.severity), rule.limit,
                               since_baseline(baseline_));
        case RuleKind::min_mitigation_ratio:
            return ratio_sentence(posture_, rule.ratio, baseline_);
        case RuleKind::max_unscored:
            return fmt::format("{} threat(s) have no severity yet, at most {} allowed{}",
                               count.actual, rule.limit, since_baseline(baseline_));
        case RuleKind::min_threats:
            return fmt::format("{} threat(s) on record, at least {} expected", count.actual,
                               rule.limit);
        case RuleKind::max_open_days:
            return fmt::format("{} open for more than {} day(s), the oldest for {}{}",
                               threats_of(count.broken_by, rule.severity), rule.limit, count.actual,
                               since_baseline(baseline_));
        case RuleKind::max_accepted:
            return fmt::format("{} accepted risk(s), at most {} allowed{}", count.actual,
                               rule.limit, since_baseline(baseline_));
        case RuleKind::max_days_since_review:
            return facts_.was_reviewed
                       ? fmt::format("The last review is {} day(s) ago, at most {} allowed",
                                     count.actual, rule.limit)
                       : fmt::format(
                             "Registered {} day(s) ago and never reviewed, at most {} "
                             "allowed",
                             count.actual, rule.limit);
    }
    return {};
}

}  // namespace threatatlas::projections
