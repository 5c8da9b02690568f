// Verdicts with a baseline: what was wrong already does not count.

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "base/json_writer.hpp"
#include "projections/query/verdict_views.hpp"
#include "projections/rows.hpp"
#include "projections/rule_check.hpp"
#include "projections/verdict.hpp"

BOOST_AUTO_TEST_SUITE(baseline_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::projections;
using events::PolicyRule;
using events::RuleKind;
using events::Severity;
using std::chrono::days;

namespace {

const Day registered = parse_day("2026-01-01").value();
const Day then = registered + days{30};
const Day today = registered + days{60};

RatedThreat threat(ThreatId id, std::optional<Severity> severity = Severity::critical) {
    return {.id = id, .severity = severity, .identified = registered, .accepted_until = {}};
}

// A product at both moments. The postures have only the counts that ratios need.
struct Judged {
    std::vector<RatedThreat> before = {};
    std::vector<RatedThreat> now = {};
    Posture counts_before = {};
    Posture counts = {};
    events::Policy policy = {};
    bool was_registered = true;

    Verdict by_thresholds(const Thresholds& thresholds) const {
        PolicyFacts facts = made();
        facts.baseline = baseline();
        facts.since = facts.baseline->instant;
        return judge(posture(), thresholds, facts);
    }
    Verdict by_rule(const PolicyRule& rule) const {
        auto definition = std::make_shared<events::Policy>(policy);
        definition->rules = {rule};
        PolicyFacts facts = made();
        facts.policies.push_back({.name = "web",
                                  .version = 1,
                                  .enforced = true,
                                  .definition = definition,
                                  .since = baseline()->instant,
                                  .baseline = baseline()});
        return judge(posture(), {}, facts);
    }
    PostureAt posture() const {
        PostureAt at(counts);
        at.had_acceptances = true;
        return at;
    }
    PolicyFacts made() const {
        PolicyFacts facts;
        facts.today = today;
        facts.last_review = registered;
        facts.threats = now;
        return facts;
    }
    std::shared_ptr<const Baseline> baseline() const {
        return std::make_shared<const Baseline>(Baseline{.instant = Instant{then},
                                                         .position = was_registered ? 7U : 0U,
                                                         .recorded_at = Instant{registered},
                                                         .posture = counts_before,
                                                         .threats = before});
    }
};

constexpr Thresholds no_critical{.fail_on_critical = true};

std::vector<ThreatId> new_in(const Verdict& verdict) {
    return verdict.conditions.at(0).new_threats;
}
using Ids = std::vector<ThreatId>;

Posture mitigated_of(std::uint64_t mitigated, std::uint64_t total) {
    Posture posture;
    posture.total_threats = total;
    posture.mitigated_threats = mitigated;
    return posture;
}

}  // namespace

BOOST_AUTO_TEST_CASE(what_was_wrong_already_does_not_count) {
    const Verdict verdict =
        Judged{.before = {threat(1), threat(2)}, .now = {threat(1), threat(2)}}.by_thresholds(
            no_critical);
    BOOST_TEST(verdict.pass);
    BOOST_TEST(verdict.conditions.at(0).actual == "0");
    BOOST_TEST(new_in(verdict).empty());
}

BOOST_AUTO_TEST_CASE(a_solved_threat_does_not_make_up_for_a_new_one) {
    const Verdict verdict =
        Judged{.before = {threat(1), threat(2)}, .now = {threat(2), threat(3)}}.by_thresholds(
            no_critical);
    BOOST_TEST(!verdict.pass);
    BOOST_TEST(verdict.conditions.at(0).actual == "1");
    BOOST_TEST(new_in(verdict) == Ids{3});
    BOOST_TEST(verdict.failures.at(0) ==
               "1 critical threat(s) require immediate attention (new since "
               "2026-01-31T00:00:00.000000Z)");
}

BOOST_AUTO_TEST_CASE(a_threat_that_got_worse_is_new) {
    RatedThreat covered = threat(1, Severity::high);
    covered.covered = true;
    const Judged judged{.before = {covered, threat(2, Severity::low), threat(3)},
                        .now = {threat(1, Severity::high), threat(2), threat(3, std::nullopt)}};
    BOOST_TEST(new_in(judged.by_thresholds({.fail_on_unmitigated_high = true})) == (Ids{1, 2}));
    BOOST_TEST(new_in(judged.by_thresholds(no_critical)) == Ids{2});
    BOOST_TEST(new_in(judged.by_thresholds({.fail_on_unscored = true})) == Ids{3});
}

BOOST_AUTO_TEST_CASE(a_limit_is_compared_with_the_number_of_new_threats) {
    const PolicyRule two{.kind = RuleKind::max_threats, .severity = Severity::critical, .limit = 2};
    Judged judged{.before = {threat(1), threat(2), threat(3)},
                  .now = {threat(1), threat(2), threat(3), threat(4), threat(5)}};
    const Verdict fine = judged.by_rule(two);
    BOOST_TEST(fine.pass);
    BOOST_TEST(fine.conditions.at(0).actual == "2");
    BOOST_TEST(new_in(fine) == (Ids{4, 5}));
    judged.now.push_back(threat(6));
    const Verdict broken = judged.by_rule(two);
    BOOST_TEST(!broken.pass);
    BOOST_TEST(broken.conditions.at(0).of_policy->threat_ids == (Ids{4, 5, 6}));
    BOOST_TEST(broken.failures.at(0) ==
               "Policy web: 3 critical threat(s), at most 2 allowed (new since "
               "2026-01-31T00:00:00.000000Z)");
}

BOOST_AUTO_TEST_CASE(acceptances_are_those_of_each_moment) {
    // Accepted at the baseline, and not any more: it got worse.
    RatedThreat ended = threat(1);
    ended.accepted_until = then;
    // Not accepted at the baseline, as the acceptance was over the day before.
    RatedThreat over = threat(2);
    over.accepted_until = then - days{1};
    RatedThreat in_force = threat(3);
    in_force.accepted_until = today;
    const Judged judged{.before = {ended, over, in_force}, .now = {ended, over, in_force}};
    const Verdict verdict = judged.by_thresholds(no_critical);
    BOOST_TEST(new_in(verdict) == Ids{1});
    BOOST_TEST(verdict.conditions.at(0).accepted == 1U);
    BOOST_TEST(new_in(judged.by_rule(
                   {.kind = RuleKind::max_threats, .severity = Severity::critical})) == Ids{1});
    BOOST_TEST(new_in(judged.by_rule({.kind = RuleKind::max_accepted})).empty());

    // If acceptances do not count, then at no moment.
    Thresholds ignoring = no_critical;
    ignoring.ignores_acceptances = true;
    BOOST_TEST(judged.by_thresholds(ignoring).pass);
    BOOST_TEST(verdict.acceptances->pass_without);
}

BOOST_AUTO_TEST_CASE(a_newly_accepted_risk_breaks_max_accepted) {
    RatedThreat accepted = threat(1);
    accepted.accepted_until = today;
    const Judged judged{.before = {threat(1)}, .now = {accepted}};
    const Verdict verdict = judged.by_rule({.kind = RuleKind::max_accepted});
    BOOST_TEST(!verdict.pass);
    BOOST_TEST(new_in(verdict) == Ids{1});
    BOOST_TEST(verdict.acceptances->pass_without);
}

BOOST_AUTO_TEST_CASE(ages_are_those_of_each_moment) {
    const auto open_for = [](std::uint64_t limit) {
        return PolicyRule{
            .kind = RuleKind::max_open_days, .severity = Severity::low, .limit = limit};
    };
    RatedThreat younger = threat(2);
    younger.identified = then;
    const Judged judged{.before = {threat(1), younger}, .now = {threat(1), younger}};
    // Threat 1 was open for 30 days at the baseline, and is for 60 days now.
    const Verdict grown = judged.by_rule(open_for(30));
    BOOST_TEST(!grown.pass);
    BOOST_TEST(new_in(grown) == Ids{1});
    BOOST_TEST(grown.conditions.at(0).actual == "60");
    // It broke this one already. Threat 2 is open for 30 days.
    const Verdict old = judged.by_rule(open_for(29));
    BOOST_TEST(new_in(old) == Ids{2});
    BOOST_TEST(old.conditions.at(0).actual == "30");
    // The threats that broke the rule at the baseline have no say in the age, either.
    Judged only_old = judged;
    only_old.now = {threat(1)};
    BOOST_TEST(only_old.by_rule(open_for(29)).conditions.at(0).actual == "0");
    // Before the policy took effect nothing was too old.
    Judged fresh = judged;
    fresh.policy.effective_from = then;
    BOOST_TEST(new_in(fresh.by_rule(open_for(29))) == (Ids{1, 2}));
}

BOOST_AUTO_TEST_CASE(the_ratio_may_stay_low_but_not_fall) {
    const Thresholds most{.min_mitigation_ratio = parse_ratio("0.7")};
    Judged judged{.counts_before = mitigated_of(1, 3), .counts = mitigated_of(2, 6)};
    BOOST_TEST(judged.by_thresholds(most).pass);
    judged.counts = mitigated_of(333'333'333, 1'000'000'000);
    const Verdict fallen = judged.by_thresholds(most);
    BOOST_TEST(!fallen.pass);
    BOOST_TEST(fallen.failures.at(0) ==
               "Mitigation ratio 333333333/1000000000 (33.33%) is below required threshold 70% and "
               "below the 1/3 of the baseline");
    judged.counts = mitigated_of(7, 10);
    judged.counts_before = mitigated_of(9, 10);
    BOOST_TEST(judged.by_thresholds(most).pass);
    // Without threats nothing was missing.
    judged.counts_before = {};
    judged.counts = mitigated_of(6, 10);
    BOOST_TEST(!judged.by_thresholds(most).pass);
    const PolicyRule ratio{.kind = RuleKind::min_mitigation_ratio,
                           .ratio = parse_ratio("0.7").value()};
    BOOST_TEST(!judged.by_rule(ratio).pass);
    judged.counts_before = mitigated_of(6, 10);
    BOOST_TEST(judged.by_rule(ratio).pass);
}

BOOST_AUTO_TEST_CASE(before_the_registration_nothing_was_wrong) {
    const Judged judged{.now = {threat(1), threat(2)}, .was_registered = false};
    const Verdict verdict = judged.by_thresholds(no_critical);
    BOOST_TEST(new_in(verdict) == (Ids{1, 2}));
    BOOST_TEST(verdict.failures.at(0) ==
               "2 critical threat(s) require immediate attention (new since the registration)");
}

BOOST_AUTO_TEST_CASE(other_rules_have_no_baseline) {
    Judged judged{.counts_before = mitigated_of(0, 1), .counts = mitigated_of(0, 1)};
    BOOST_TEST(!judged.by_thresholds({.min_threats = 2}).pass);
    BOOST_TEST(!judged.by_rule({.kind = RuleKind::min_threats, .limit = 2}).pass);
    BOOST_TEST(!judged.by_rule({.kind = RuleKind::max_days_since_review, .limit = 30}).pass);
}

BOOST_AUTO_TEST_CASE(no_day_of_failure_is_forecast) {
    RatedThreat accepted = threat(1);
    accepted.accepted_until = today;
    const Verdict verdict =
        Judged{.now = {accepted}}.by_rule({.kind = RuleKind::max_days_since_review, .limit = 90});
    BOOST_TEST(verdict.pass);
    BOOST_TEST(!verdict.fails_on.has_value());
}

BOOST_AUTO_TEST_CASE(the_day_of_a_policy_is_in_range_and_kept) {
    events::Policy policy;
    policy.texts.set(events::PolicyField::title, "T");
    policy.rules = {{.kind = RuleKind::max_unscored}};
    policy.effective_from = today;
    policy.baseline = then;
    BOOST_TEST(!events::fault_of_policy(policy).has_value());
    BOOST_TEST(!events::fault_of_baseline(policy, then).has_value());
    BOOST_TEST(events::fault_of_baseline(policy, then - days{1}).has_value());
    PolicyVersion version;
    version.definition = policy;
    BOOST_TEST((decode<PolicyVersion>(encode(version)) == version));
    policy.baseline = Day{} - days{1};
    BOOST_TEST(events::fault_of_policy(policy).value() == "baseline is out of range");
}

BOOST_AUTO_TEST_CASE(the_answer_names_the_new_threats_of_each_rule) {
    Judged judged{.before = {threat(1)}};
    for (ThreatId id = 1; id <= 150; ++id) {
        judged.now.push_back(threat(id));
    }
    auto definition = std::make_shared<events::Policy>();
    definition->rules = {{.kind = RuleKind::max_threats, .severity = Severity::high, .limit = 500},
                         {.kind = RuleKind::max_unscored}};
    PolicyFacts facts = judged.made();
    facts.baseline = judged.baseline();
    facts.since = facts.baseline->instant;
    auto own = std::make_shared<Baseline>(*judged.baseline());
    own->instant = Instant{then + days{1}};
    own->position = 9;
    own->threats.clear();
    facts.policies.push_back({.name = "web",
                              .version = 1,
                              .enforced = true,
                              .definition = definition,
                              .since = own->instant,
                              .baseline = own});
    const Verdict verdict = judge(judged.posture(), no_critical, facts);
    std::string text;
    JsonWriter json(text);
    json.begin_object();
    query::write_verdict_members(json, verdict);
    json.end_object();
    const auto written = nlohmann::json::parse(text).at("baseline");
    BOOST_TEST(written.at("position") == 7);
    BOOST_TEST(written.at("recorded_at") == "2026-01-01T00:00:00.000000Z");
    const auto& entries = written.at("new");
    BOOST_TEST_REQUIRE(entries.size() == 2U);
    BOOST_TEST(entries[0].at("rule") == "fail_on_critical");
    BOOST_TEST(entries[0].at("threat_ids").size() == new_threats_max);
    BOOST_TEST(entries[0].at("threat_ids")[0] == 2);
    BOOST_TEST(!entries[0].contains("position"));
    BOOST_TEST(entries[1].at("rule") == "max_threats");
    BOOST_TEST(entries[1].at("policy") == "web");
    BOOST_TEST(entries[1].at("severity") == "high");
    BOOST_TEST(entries[1].at("mode") == "fail");
    BOOST_TEST(entries[1].at("position") == 9);
    BOOST_TEST(entries[1].at("threat_ids")[0] == 1);
}

BOOST_AUTO_TEST_SUITE_END()
