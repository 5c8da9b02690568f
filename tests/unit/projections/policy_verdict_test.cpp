// What policies say about a product on a day. Forecasts are tested in policy_forecast_test.cpp.

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "unit/projections/policy_products.hpp"

BOOST_AUTO_TEST_SUITE(policy_verdict_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::events;
using namespace threatatlas::projections;
using namespace threatatlas::projections::testing;
using enum RuleKind;
using enum Severity;
namespace data = boost::unit_test::data;

namespace {

constexpr Day today{std::chrono::days{20'000}};

Day ago(int days) {
    return today - std::chrono::days{days};
}
Day in(int days) {
    return today + std::chrono::days{days};
}

enum class State { open, mitigated, covered };

RatedThreat threat(ThreatId id, std::optional<Severity> severity, int age,
                   State state = State::open, std::optional<Day> accepted_until = {}) {
    return {id,       severity,      state == State::mitigated, state == State::covered,
            ago(age), accepted_until};
}

// Threats of every kind. The risks of three are accepted; that of the first one was until
// yesterday.
StillProduct shop() {
    return {.threats = {threat(1, critical, 40, State::open, ago(1)),
                        threat(2, high, 50, State::mitigated), threat(3, high, 60, State::covered),
                        threat(4, medium, 10, State::open, in(5)), threat(5, std::nullopt, 3),
                        threat(6, std::nullopt, 90, State::open, in(5)), threat(7, high, 20),
                        threat(8, critical, 100, State::open, today)},
            .registered = ago(400),
            .reviewed = ago(30)};
}

using Ids = std::vector<ThreatId>;

// A rule that the shop just keeps, and what it counts with and without acceptances.
struct Kept {
    PolicyRule rule;
    std::uint64_t actual;
    std::uint64_t accepted;
    std::uint64_t actual_of_all;
    Ids breaking;             // if the limit is stricter by one
    Ids breaking_of_all;      // the same if acceptances are not honoured
    std::string_view broken;  // the sentence if the limit is stricter by one
};
std::ostream& operator<<(std::ostream& out, const Kept& kept) {
    return out << kept.broken;
}

const std::vector<Kept> kept_rules{
    {{.kind = max_threats, .severity = critical, .limit = 1},
     1,
     1,
     2,
     {1},
     {1, 8},
     "1 critical threat(s), at most 0 allowed"},
    {{.kind = max_threats, .severity = high, .limit = 4},
     4,
     1,
     5,
     {1, 2, 3, 7},
     {1, 2, 3, 7, 8},
     "4 threat(s) of severity high or above, at most 3 allowed"},
    {{.kind = max_threats, .severity = low, .limit = 4},
     4,
     2,
     6,
     {1, 2, 3, 7},
     {1, 2, 3, 4, 7, 8},
     "4 threat(s) of severity low or above, at most 3 allowed"},
    {{.kind = max_unmitigated, .severity = critical, .limit = 1},
     1,
     1,
     2,
     {1},
     {1, 8},
     "1 critical threat(s) without active mitigation, at most 0 allowed"},
    {{.kind = max_unmitigated, .severity = medium, .limit = 2},
     2,
     2,
     4,
     {1, 7},
     {1, 4, 7, 8},
     "2 threat(s) of severity medium or above without active mitigation, at most 1 allowed"},
    {{.kind = max_unscored, .limit = 1},
     1,
     1,
     2,
     {5},
     {5, 6},
     "1 threat(s) have no severity yet, at most 0 allowed"},
    {{.kind = min_threats, .limit = 8},
     8,
     0,
     8,
     {},
     {},
     "8 threat(s) on record, at least 9 expected"},
    {{.kind = max_open_days, .severity = high, .limit = 40},
     40,
     1,
     100,
     {1},
     {1, 8},
     "1 threat(s) of severity high or above open for more than 39 day(s), the oldest for 40"},
    {{.kind = max_accepted, .limit = 3},
     3,
     0,
     3,
     {4, 6, 8},
     {4, 6, 8},
     "3 accepted risk(s), at most 2 allowed"},
    {{.kind = max_days_since_review, .limit = 30},
     30,
     0,
     30,
     {},
     {},
     "The last review is 30 day(s) ago, at most 29 allowed"},
};

Verdict judge_today(const PolicyRule& rule, bool honoured) {
    Policy policy;
    policy.rules = {rule};
    policy.honours_acceptances = honoured;
    return shop().verdict_on(today, {applied(policy)});
}

// The rule with a limit that is stricter by one.
PolicyRule stricter(PolicyRule rule) {
    rule.limit += rule.kind == min_threats ? 1 : -1;
    return rule;
}

PolicyRule at_limit(PolicyRule rule, std::uint64_t limit) {
    rule.limit = limit;
    return rule;
}

std::string day_text(std::optional<Day> day) {
    return day ? format_day(*day) : std::string();
}

}  // namespace

BOOST_DATA_TEST_CASE(a_rule_passes_at_its_limit, data::make(kept_rules), kept) {
    for (const RuleMode mode : {RuleMode::fail, RuleMode::warn}) {
        PolicyRule rule = kept.rule;
        rule.mode = mode;
        const Verdict verdict = judge_today(rule, true);
        BOOST_TEST(verdict.pass);
        BOOST_TEST(verdict.failures.empty());
        BOOST_TEST(verdict.warnings.empty());
        const Condition& condition = verdict.conditions.at(0);
        BOOST_TEST(condition.pass);
        BOOST_TEST(condition.rule == name_of(rule.kind));
        BOOST_TEST(condition.limit == std::to_string(rule.limit));
        BOOST_TEST(condition.actual == std::to_string(kept.actual));
        BOOST_TEST(condition.accepted == kept.accepted);
        BOOST_TEST(condition.of_policy.value().policy == "web");
        BOOST_CHECK(condition.of_policy->severity == rule.severity);
        BOOST_CHECK(condition.of_policy->mode == mode);
        BOOST_TEST(!condition.of_policy->fails_from.has_value());
        BOOST_TEST(condition.of_policy->threat_ids.empty());
    }
}

BOOST_DATA_TEST_CASE(beyond_its_limit_a_rule_fails_or_warns, data::make(kept_rules), kept) {
    for (const RuleMode mode : {RuleMode::fail, RuleMode::warn}) {
        PolicyRule rule = stricter(kept.rule);
        rule.mode = mode;
        const Verdict verdict = judge_today(rule, true);
        const bool fails = mode == RuleMode::fail;
        BOOST_TEST(verdict.pass == !fails);
        const std::vector<std::string> sentence{"Policy web: " + std::string(kept.broken)};
        BOOST_TEST((fails ? verdict.failures : verdict.warnings) == sentence,
                   boost::test_tools::per_element());
        BOOST_TEST((fails ? verdict.warnings : verdict.failures).empty());
        BOOST_TEST(!verdict.conditions.at(0).pass);
        BOOST_TEST(verdict.conditions[0].of_policy.value().threat_ids == kept.breaking,
                   boost::test_tools::per_element());
    }
}

BOOST_DATA_TEST_CASE(accepted_risks_count_if_they_are_not_honoured, data::make(kept_rules), kept) {
    const bool is_minimum = kept.rule.kind == min_threats;
    const Verdict at = judge_today(at_limit(kept.rule, kept.actual_of_all), false);
    BOOST_TEST(at.pass);
    BOOST_TEST(at.conditions.at(0).actual == std::to_string(kept.actual_of_all));
    BOOST_TEST(at.conditions[0].accepted == 0U);
    BOOST_TEST(at.thresholds.ignores_acceptances);
    const Verdict beyond =
        judge_today(at_limit(kept.rule, kept.actual_of_all + (is_minimum ? 1 : -1)), false);
    BOOST_TEST(!beyond.pass);
    BOOST_TEST(!beyond.conditions.at(0).pass);
    // All that break the limit which is just kept otherwise.
    const Verdict stricter_by_one = judge_today(stricter(kept.rule), false);
    BOOST_TEST(!stricter_by_one.pass);
    BOOST_TEST(
        stricter_by_one.conditions.at(0).of_policy.value().threat_ids == kept.breaking_of_all,
        boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_ratio_is_compared_exactly) {
    const auto judge_ratio = [](std::string_view ratio, RuleMode mode) {
        return judge_today(
            {.kind = min_mitigation_ratio, .ratio = parse_ratio(ratio).value(), .mode = mode},
            true);
    };
    const Verdict at = judge_ratio("0.125", RuleMode::fail);
    BOOST_TEST(at.pass);
    BOOST_TEST(at.conditions.at(0).limit == "0.125");
    BOOST_TEST(at.conditions[0].actual == "0.125");
    const Verdict above = judge_ratio("0.12500000000000001", RuleMode::fail);
    BOOST_TEST(!above.pass);
    BOOST_TEST(above.failures.at(0) ==
               "Policy web: Mitigation ratio 1/8 (12.5%) is below required threshold "
               "12.500000000000001%");
    BOOST_TEST(above.conditions.at(0).of_policy.value().threat_ids.empty());
    const Verdict warning = judge_ratio("1", RuleMode::warn);
    BOOST_TEST(warning.pass);
    BOOST_TEST(warning.warnings.at(0) ==
               "Policy web: Mitigation ratio 1/8 (12.5%) is below required threshold 100%");
}

BOOST_AUTO_TEST_CASE(a_product_without_threats_breaks_only_a_least_count) {
    const StillProduct empty{.threats = {}, .registered = today};
    for (const Kept& kept : kept_rules) {
        const Verdict verdict = empty.verdict_on(today, {with_rule(at_limit(kept.rule, 0))});
        BOOST_TEST(verdict.pass, kept.broken);
        BOOST_TEST(verdict.conditions.at(0).actual == "0");
    }
    BOOST_TEST(
        empty.verdict_on(today, {with_rule({.kind = min_mitigation_ratio, .ratio = {Ratio::one}})})
            .pass);
    BOOST_TEST(!empty.verdict_on(today, {with_rule({.kind = min_threats, .limit = 1})}).pass);
}

BOOST_AUTO_TEST_CASE(a_product_that_was_never_reviewed_counts_from_its_registration) {
    StillProduct product = shop();
    product.reviewed.reset();
    const PolicyRule rule{.kind = max_days_since_review, .limit = 399};
    const Verdict verdict = product.verdict_on(today, {with_rule(rule)});
    BOOST_TEST(verdict.failures.at(0) ==
               "Policy web: Registered 400 day(s) ago and never reviewed, at most 399 allowed");
    BOOST_TEST(product.verdict_on(ago(1), {with_rule(rule)}).pass);
}

BOOST_AUTO_TEST_CASE(before_its_first_day_a_policy_only_warns) {
    Policy policy;
    policy.rules = {{.kind = max_unscored, .limit = 0},
                    {.kind = max_accepted, .limit = 0, .mode = RuleMode::warn},
                    {.kind = min_threats, .limit = 1}};
    policy.effective_from = today;
    const auto on = [&](Day day) { return shop().verdict_on(day, {applied(policy)}); };

    const Verdict before = on(ago(1));
    BOOST_TEST(before.pass);
    BOOST_TEST(before.warnings.size() == 2U);
    const RuleCondition& failing_later = before.conditions.at(0).of_policy.value();
    BOOST_CHECK(failing_later.mode == RuleMode::warn);
    BOOST_TEST(day_text(failing_later.fails_from) == format_day(today));
    BOOST_TEST(name_of(before.conditions[0]) == "web/max_unscored");
    BOOST_TEST(!before.conditions.at(1).of_policy.value().fails_from.has_value());
    BOOST_TEST(name_of(before.conditions[1]) == "web/max_accepted/warn");
    // A rule that passes says from when it fails, too.
    BOOST_TEST(day_text(before.conditions.at(2).of_policy.value().fails_from) == format_day(today));
    BOOST_TEST(day_text(before.fails_on) == format_day(today));

    for (const Day day : {today, in(1)}) {
        const Verdict since = on(day);
        BOOST_TEST(!since.pass);
        BOOST_TEST(since.failures.size() == 1U);
        BOOST_TEST(since.warnings.size() == 1U);
        BOOST_CHECK(since.conditions.at(0).of_policy.value().mode == RuleMode::fail);
        BOOST_TEST(!since.conditions[0].of_policy->fails_from.has_value());
        BOOST_TEST(name_of(since.conditions[0]) == "web/max_unscored");
        BOOST_TEST(!since.fails_on.has_value());
    }
}

BOOST_AUTO_TEST_CASE(open_days_count_from_the_first_day_of_the_policy) {
    const StillProduct product{
        .threats = {threat(1, high, 100), threat(2, high, -3)},  // the second one in three days
        .registered = ago(100)};
    Policy policy;
    policy.rules = {{.kind = max_open_days, .severity = high, .limit = 5}};
    policy.effective_from = today;
    const auto actual_on = [&](Day day) {
        const Verdict verdict = product.verdict_on(day, {applied(policy)});
        return (verdict.pass ? "" : "fails at ") + verdict.conditions.at(0).actual;
    };
    BOOST_TEST(actual_on(ago(1)) == "0");
    BOOST_TEST(actual_on(today) == "0");
    BOOST_TEST(actual_on(in(5)) == "5");
    BOOST_TEST(actual_on(in(6)) == "fails at 6");
    const Verdict later = product.verdict_on(in(8), {applied(policy)});
    BOOST_TEST(later.conditions.at(0).of_policy.value().threat_ids == Ids{1},
               boost::test_tools::per_element());
    BOOST_TEST(product.verdict_on(in(9), {applied(policy)})
                       .conditions.at(0)
                       .of_policy.value()
                       .threat_ids == (Ids{1, 2}),
               boost::test_tools::per_element());
    // Without such a day the whole age counts.
    policy.effective_from.reset();
    BOOST_TEST(actual_on(today) == "fails at 100");
}

BOOST_AUTO_TEST_CASE(reviews_count_from_their_own_day) {
    Policy policy;
    policy.rules = {{.kind = max_days_since_review, .limit = 29}};
    policy.effective_from = today;
    BOOST_TEST(shop().verdict_on(ago(1), {applied(policy)}).pass);
    const Verdict first = shop().verdict_on(today, {applied(policy)});
    BOOST_TEST(!first.pass);
    BOOST_TEST(first.conditions.at(0).actual == "30");
}

BOOST_AUTO_TEST_CASE(the_first_twenty_threats_are_named) {
    StillProduct product{.threats = {}, .registered = today};
    Ids first;
    for (ThreatId id = 3; id <= 75; id += 3) {
        product.threats.push_back(threat(id - 1, high, 0));
        product.threats.push_back(threat(id, std::nullopt, 0));
        if (first.size() < 20) {
            first.push_back(id);
        }
    }
    const Verdict verdict = product.verdict_on(today, {with_rule({.kind = max_unscored})});
    BOOST_TEST(verdict.conditions.at(0).actual == "25");
    BOOST_TEST(verdict.conditions[0].of_policy.value().threat_ids == first,
               boost::test_tools::per_element());
    product.threats.resize(40);
    BOOST_TEST(product.verdict_on(today, {with_rule({.kind = max_unscored})})
                       .conditions.at(0)
                       .of_policy.value()
                       .threat_ids == first,
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(threats_are_wanted_for_broken_rules_about_them) {
    for (const Kept& kept : kept_rules) {
        if (depends_on_age(kept.rule.kind)) {
            continue;  // not judged without threats
        }
        const auto wants = [](const PolicyRule& rule, bool known) {
            PolicyFacts facts = shop().facts_on(today, {with_rule(rule)});
            if (!known) {
                facts.threats.reset();
            }
            return wants_threats(judge(shop().posture_on(today), {}, facts), facts);
        };
        BOOST_TEST(!wants(kept.rule, false), kept.broken);
        BOOST_TEST(wants(stricter(kept.rule), false) == !kept.breaking.empty(), kept.broken);
        BOOST_TEST(!wants(stricter(kept.rule), true), kept.broken);
    }
    // Thresholds list no threats.
    const PolicyFacts none;
    BOOST_TEST(!wants_threats(judge(shop().posture_on(today), {.fail_on_critical = true}), none));
}

BOOST_AUTO_TEST_CASE(the_verdict_without_threats_is_the_same) {
    for (const Kept& kept : kept_rules) {
        if (depends_on_age(kept.rule.kind)) {
            continue;
        }
        PolicyFacts facts = shop().facts_on(today, {with_rule(stricter(kept.rule))});
        const Verdict with = judge(shop().posture_on(today), {}, facts);
        facts.threats.reset();
        const Verdict without = judge(shop().posture_on(today), {}, facts);
        BOOST_TEST(without.pass == with.pass);
        BOOST_TEST(without.failures == with.failures, boost::test_tools::per_element());
        BOOST_TEST(without.conditions.at(0).actual == with.conditions.at(0).actual);
        BOOST_TEST(without.conditions[0].of_policy.value().threat_ids.empty());
    }
}

BOOST_AUTO_TEST_CASE(thresholds_and_policies_apply_together) {
    Policy own;
    own.rules = {{.kind = max_unscored, .limit = 0}, {.kind = min_threats, .limit = 1}};
    Policy other;
    other.rules = {{.kind = max_threats, .severity = high, .limit = 3},
                   {.kind = max_unscored, .limit = 0, .mode = RuleMode::warn}};
    AppliedPolicy enforced = applied(own, "own", 4);
    enforced.enforced = true;
    const Verdict verdict = shop().verdict_on(today, {enforced, applied(other, "other", 2)},
                                              {.fail_on_critical = true});
    const std::vector<std::string> failures{
        "1 critical threat(s) require immediate attention",
        "Policy own: 1 threat(s) have no severity yet, at most 0 allowed",
        "Policy other: 4 threat(s) of severity high or above, at most 3 allowed"};
    BOOST_TEST(verdict.failures == failures, boost::test_tools::per_element());
    const std::vector<std::string> warnings{
        "Policy other: 1 threat(s) have no severity yet, at most 0 allowed"};
    BOOST_TEST(verdict.warnings == warnings, boost::test_tools::per_element());
    std::vector<std::string> names;
    for (const Condition& condition : verdict.conditions) {
        names.push_back(name_of(condition));
    }
    const std::vector<std::string> expected{"fail_on_critical", "own/max_unscored",
                                            "own/min_threats", "other/max_threats/high",
                                            "other/max_unscored/warn"};
    BOOST_TEST(names == expected, boost::test_tools::per_element());
    BOOST_REQUIRE(verdict.policies.size() == 2);
    BOOST_TEST(verdict.policies[0].name == "own");
    BOOST_TEST(verdict.policies[0].version == 4U);
    BOOST_TEST(verdict.policies[0].enforced);
    BOOST_TEST(verdict.policies[1].name == "other");
    BOOST_TEST(verdict.policies[1].version == 2U);
    BOOST_TEST(!verdict.policies[1].enforced);
}

BOOST_AUTO_TEST_CASE(one_policy_that_honours_no_acceptances_decides_for_the_whole_question) {
    Policy honouring;
    honouring.rules = {{.kind = max_unscored, .limit = 1}};
    Policy ignoring;
    ignoring.rules = {{.kind = min_threats, .limit = 1}};
    const Thresholds thresholds{.fail_on_critical = true};
    const auto judge_by = [&](std::vector<AppliedPolicy> policies) {
        return shop().verdict_on(today, policies, thresholds);
    };
    const Verdict honoured = judge_by({applied(honouring), applied(ignoring, "other")});
    BOOST_TEST(honoured.conditions.at(0).actual == "1");
    BOOST_TEST(honoured.conditions.at(1).pass);
    ignoring.honours_acceptances = false;
    const Verdict ignored = judge_by({applied(honouring), applied(ignoring, "other")});
    BOOST_TEST(ignored.conditions.at(0).actual == "2");
    BOOST_TEST(ignored.conditions[0].accepted == 0U);
    BOOST_TEST(!ignored.conditions.at(1).pass);
    BOOST_TEST(ignored.conditions[1].actual == "2");
    BOOST_TEST(ignored.thresholds.ignores_acceptances);
}

BOOST_AUTO_TEST_CASE(the_effect_of_acceptances_includes_the_policy) {
    for (const RuleMode mode : {RuleMode::fail, RuleMode::warn}) {
        for (const std::uint64_t limit : {1U, 2U}) {
            const PolicyRule rule{.kind = max_unscored, .limit = limit, .mode = mode};
            const Verdict verdict = shop().verdict_on(today, {with_rule(rule)});
            BOOST_TEST(verdict.pass);
            BOOST_TEST(verdict.acceptances.value().in_force == 2U);
            BOOST_TEST(verdict.acceptances->pass_without == (mode == RuleMode::warn || limit == 2));
        }
    }
    // If nothing were accepted, there would be no accepted risks, and more open days.
    const Verdict accepted =
        shop().verdict_on(today, {with_rule({.kind = max_accepted, .limit = 2})});
    BOOST_TEST(!accepted.pass);
    BOOST_TEST(accepted.acceptances.value().pass_without);
    const Verdict open = shop().verdict_on(
        today, {with_rule({.kind = max_open_days, .severity = high, .limit = 40})});
    BOOST_TEST(open.pass);
    BOOST_TEST(!open.acceptances.value().pass_without);
}

BOOST_AUTO_TEST_SUITE_END()
