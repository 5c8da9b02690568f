#include "system/agreement/twin_gate.hpp"

#include <algorithm>
#include <array>

namespace threatatlas::testing {
namespace {

using Json = OrderedJson;

constexpr std::size_t ids_shown = 20;

// In units of 10^-17.
std::uint64_t ratio_units(std::string ratio) {
    const std::size_t point = ratio.find('.');
    const std::size_t decimals = point == std::string::npos ? 0 : ratio.size() - point - 1;
    if (point != std::string::npos) {
        ratio.erase(point, 1);
    }
    return std::stoull(ratio + std::string(17 - decimals, '0'));
}

std::string ratio_sentence(std::uint64_t mitigated, std::uint64_t total, std::uint64_t units) {
    return "Mitigation ratio " + std::to_string(mitigated) + "/" + std::to_string(total) + " (" +
           written_decimal(total == 0 ? 10'000 : mitigated * 10'000 / total, 2) +
           "%) is below required threshold " + written_decimal(units, 15) + "%";
}

// "3 critical threat(s)" or "3 threat(s) of severity high or above".
std::string count_of(std::uint64_t count, events::Severity severity) {
    return std::to_string(count) +
           (severity == events::Severity::critical
                ? " critical threat(s)"
                : " threat(s) of severity " + std::string(events::name_of(severity)) + " or above");
}

// Why a rule is broken.
std::string sentence_for(const TwinCondition& condition, const TwinJudge& judge,
                         const TwinProduct& product) {
    const events::PolicyRule& rule = condition.rule;
    const std::string actual = std::to_string(condition.actual);
    const std::string limit = std::to_string(rule.limit);
    switch (rule.kind) {
        case events::RuleKind::max_threats:
            return count_of(condition.actual, rule.severity.value()) + ", at most " + limit +
                   " allowed";
        case events::RuleKind::max_unmitigated:
            return count_of(condition.actual, rule.severity.value()) +
                   " without active mitigation, at most " + limit + " allowed";
        case events::RuleKind::min_mitigation_ratio:
            return ratio_sentence(judge.mitigated_threats(), judge.total_threats(),
                                  rule.ratio.units);
        case events::RuleKind::max_unscored:
            return actual + " threat(s) have no severity yet, at most " + limit + " allowed";
        case events::RuleKind::min_threats:
            return actual + " threat(s) on record, at least " + limit + " expected";
        case events::RuleKind::max_open_days:
            return count_of(condition.broken_by.size(), rule.severity.value()) +
                   " open for more than " + limit + " day(s), the oldest for " + actual;
        case events::RuleKind::max_accepted:
            return actual + " accepted risk(s), at most " + limit + " allowed";
        case events::RuleKind::max_days_since_review:
            return (product.reviewed_at
                        ? "The last review is " + actual + " day(s) ago"
                        : "Registered " + actual + " day(s) ago and never reviewed") +
                   ", at most " + limit + " allowed";
    }
    return {};
}

class GateAnswer {
  public:
    void condition(const char* rule, const Json& limit, const Json& actual, bool pass,
                   const std::string& sentence) {
        conditions.push_back(
            {{"rule", rule}, {"limit", limit}, {"actual", actual}, {"pass", pass}});
        if (!pass) {
            failures.push_back(sentence);
        }
    }
    void none_of(const char* rule, std::uint64_t all, std::uint64_t accepted,
                 const std::string& sentence) {
        const std::uint64_t count = all - accepted;
        condition(rule, 0, count, count == 0, std::to_string(count) + " " + sentence);
        if (accepted > 0) {
            conditions.back()["accepted"] = accepted;
        }
    }
    void rule(const TwinCondition& condition, const TwinJudge& judge, const TwinProduct& product) {
        const events::PolicyRule& rule = condition.rule;
        const bool is_ratio = rule.kind == events::RuleKind::min_mitigation_ratio;
        Json json{
            {"rule", events::name_of(rule.kind)},
            {"limit",
             is_ratio ? Json::parse(written_decimal(rule.ratio.units, 17)) : Json(rule.limit)},
            {"actual", is_ratio ? Json(twin_ratio(judge.mitigated_threats(), judge.total_threats()))
                                : Json(condition.actual)},
            {"pass", condition.pass}};
        if (condition.accepted > 0) {
            json["accepted"] = condition.accepted;
        }
        json["policy"] = condition.policy;
        if (rule.severity) {
            json["severity"] = events::name_of(*rule.severity);
        }
        json["mode"] = condition.only_warns ? "warn" : "fail";
        if (condition.fails_from) {
            json["fails_from"] = base::format_day(*condition.fails_from);
        }
        if (!condition.broken_by.empty()) {
            std::vector<ThreatId> shown = condition.broken_by;
            shown.resize(std::min(shown.size(), ids_shown));
            json["threat_ids"] = shown;
        }
        conditions.push_back(json);
        if (!condition.pass) {
            (condition.only_warns ? warnings : failures)
                .push_back("Policy " + condition.policy + ": " +
                           sentence_for(condition, judge, product));
        }
    }

    Json failures = Json::array();
    Json warnings = Json::array();
    Json conditions = Json::array();
};

// A question about a product in one state, which can be judged on any day.
class Question {
  public:
    Question(const TwinProduct& product, const AskedThresholds& thresholds,
             std::vector<TwinPolicy> policies)
        : product_(product),
          posture_(product.posture()),
          thresholds_(thresholds),
          judge_(product, std::move(policies)) {}

    const TwinJudge& judge() const { return judge_; }

    GateAnswer answer_on(base::Day day) const {
        GateAnswer answer;
        check_thresholds(answer, ignores_acceptances() ? projections::AcceptedCounts{}
                                                       : product_.accepted_on(day));
        for (const TwinCondition& condition : judge_.conditions(day, ignores_acceptances())) {
            answer.rule(condition, judge_, product_);
        }
        return answer;
    }

    // Tries every following day.
    std::optional<base::Day> fails_on(base::Day day) const {
        const auto passes = [&](base::Day then) { return answer_on(then).failures.empty(); };
        return passes(day) ? first_failing_day(day, passes) : std::nullopt;
    }

    Json effect_of_acceptances(base::Day day) const {
        const auto in_force = product_.in_force_on(day);
        Json next_expiry;
        for (const AcceptanceId id : in_force) {
            const std::string last =
                base::format_day(product_.acceptances.at(id).request.valid_until);
            if (next_expiry.is_null() || last < next_expiry.get<std::string>()) {
                next_expiry = last;
            }
        }
        Json next_change;
        const std::optional<base::Day> failing = fails_on(day);
        if (failing) {
            Json ended = Json::array();
            for (const AcceptanceId id : in_force) {
                if (product_.acceptances.at(id).request.valid_until ==
                    *failing - std::chrono::days{1}) {
                    ended.push_back(id);
                }
            }
            next_change = {{"at", base::format_instant(base::Instant{*failing})},
                           {"pass", false},
                           {"acceptance_ids", ended}};
        }
        GateAnswer without;
        check_thresholds(without, {});
        return {{"in_force", in_force.size()},
                {"next_expiry", next_expiry},
                {"fails_on", day_or_null(failing)},
                {"next_change", next_change},
                {"pass_without_acceptances",
                 without.failures.empty() && judge_.passes_without_acceptances(day)}};
    }

    static Json day_or_null(std::optional<base::Day> day) {
        return day ? Json(base::format_day(*day)) : Json();
    }

  private:
    bool ignores_acceptances() const {
        return thresholds_.ignores_acceptances || judge_.ignores_acceptances();
    }
    void check_thresholds(GateAnswer& answer, const projections::AcceptedCounts& accepted) const {
        if (thresholds_.fail_on_critical) {
            answer.none_of("fail_on_critical", posture_.by_severity[0], accepted.by_severity[0],
                           "critical threat(s) require immediate attention");
        }
        if (thresholds_.fail_on_unmitigated_high) {
            answer.none_of("fail_on_unmitigated_high", twin_unmitigated_high(posture_),
                           twin_unmitigated_high(accepted),
                           "high/critical threat(s) have no active mitigation");
        }
        if (thresholds_.min_mitigation_ratio) {
            const std::uint64_t units = ratio_units(*thresholds_.min_mitigation_ratio);
            const std::uint64_t mitigated = posture_.mitigated_threats;
            const std::uint64_t total = posture_.total_threats;
            answer.condition("min_mitigation_ratio", Json::parse(*thresholds_.min_mitigation_ratio),
                             twin_ratio(mitigated, total),
                             reaches_twin_ratio(mitigated, total, units),
                             ratio_sentence(mitigated, total, units));
        }
        if (thresholds_.fail_on_unscored) {
            answer.none_of("fail_on_unscored", posture_.unscored, 0,
                           "threat(s) have no severity yet");
        }
        if (thresholds_.min_threats) {
            const std::uint64_t total = posture_.total_threats;
            const std::uint64_t least = *thresholds_.min_threats;
            answer.condition("min_threats", least, total, total >= least,
                             std::to_string(total) + " threat(s) on record, at least " +
                                 std::to_string(least) + " expected");
        }
    }

    const TwinProduct& product_;
    const projections::Posture posture_;
    const AskedThresholds& thresholds_;
    const TwinJudge judge_;
};

Json policy_members(const TwinPolicy& policy) {
    return {{"name", policy.name}, {"version", policy.version}, {"enforced", policy.enforced}};
}

}  // namespace

std::string AskedThresholds::query() const {
    std::string query;
    query += fail_on_critical ? "&fail_on_critical=true" : "";
    query +=
        fail_on_unmitigated_high ? "&fail_on_unmitigated_high=1" : "&fail_on_unmitigated_high=no";
    query += min_mitigation_ratio ? "&min_mitigation_ratio=" + *min_mitigation_ratio : "";
    query += fail_on_unscored ? "&fail_on_unscored=ON" : "";
    query += min_threats ? "&min_threats=" + std::to_string(*min_threats) : "";
    query += ignores_acceptances ? "&acceptances=ignore" : "";
    return query.substr(1);
}

std::vector<std::string> AskedThresholds::options() const {
    std::vector<std::string> options;
    if (fail_on_critical) {
        options.emplace_back("--fail-on-critical");
    }
    if (fail_on_unmitigated_high) {
        options.emplace_back("--fail-on-unmitigated-high=yes");
    }
    if (min_mitigation_ratio) {
        options.insert(options.end(), {"--min-mitigation-ratio", *min_mitigation_ratio});
    }
    if (fail_on_unscored) {
        options.emplace_back("--fail-on-unscored");
    }
    if (min_threats) {
        options.insert(options.end(), {"--min-threats", std::to_string(*min_threats)});
    }
    if (ignores_acceptances) {
        options.emplace_back("--ignore-acceptances");
    }
    return options;
}

AskedThresholds random_thresholds(Random& random) {
    static const std::array<std::string, 10> ratios{
        "0",     "1",         "0.5",         "0.1",  "0.25",
        "0.333", "0.3333333", "0.000000001", "0.75", "0.33333333333333333"};
    AskedThresholds thresholds{.fail_on_critical = random.chance(50),
                               .fail_on_unmitigated_high = random.chance(50),
                               .min_mitigation_ratio = {},
                               .fail_on_unscored = random.chance(50),
                               .min_threats = {}};
    if (random.chance(60)) {
        thresholds.min_mitigation_ratio = random.pick(ratios);
    }
    if (random.chance(50)) {
        thresholds.min_threats = random.below(20);
    }
    return thresholds;
}

OrderedJson twin_gate(ProductId id, const TwinProduct& product, const AskedThresholds& thresholds,
                      base::Day day, std::vector<TwinPolicy> policies) {
    const Question question(product, thresholds, std::move(policies));
    const auto& applied = question.judge().policies();
    const GateAnswer answer = question.answer_on(day);
    Json all{{"product_id", id},
             {"product_name", product.texts[events::ProductField::name]},
             {"summary", twin_summary(product.posture())},
             {"pass", answer.failures.empty()},
             {"failures", answer.failures}};
    if (!applied.empty()) {
        all["warnings"] = answer.warnings;
    }
    all["conditions"] = answer.conditions;
    if (!applied.empty()) {
        all["policy"] = policy_members(applied.front());
        all["policy"]["fails_on"] = Question::day_or_null(question.fails_on(day));
    }
    if (applied.size() > 1) {
        all["also_applied"] = policy_members(applied.back());
    }
    if (!product.acceptances.empty()) {
        all["acceptances"] = question.effect_of_acceptances(day);
    }
    all["thresholds"] = {
        {"fail_on_critical", thresholds.fail_on_critical},
        {"fail_on_unmitigated_high", thresholds.fail_on_unmitigated_high},
        {"min_mitigation_ratio",
         thresholds.min_mitigation_ratio ? Json::parse(*thresholds.min_mitigation_ratio) : Json()}};
    all["position"] = product.last_position;
    all["recorded_at"] = base::format_instant(product.updated_at);
    return all;
}

}  // namespace threatatlas::testing
