// What the forms of the gate's answer show of policies.

#include <map>
#include <set>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>

#include "events/limits.hpp"
#include "export/status_forms.hpp"
#include "unit/export/reports.hpp"

BOOST_AUTO_TEST_SUITE(policy_status_test)

using namespace threatatlas;
using namespace threatatlas::events;
using namespace threatatlas::exports;
using namespace threatatlas::projections;
using namespace threatatlas::query;
using namespace threatatlas::testing;
using nlohmann::json;

namespace {

StatusView policy_status(const Policy& policy = web_baseline(), const Thresholds& thresholds = {},
                         std::string_view as_of = "2026-03-01") {
    ReportInputs inputs = collect(policy_maker().events(), 1, base::parse_as_of(as_of), true);
    apply_policy(inputs, policy);
    return status_of(inputs.model, thresholds);
}

// Nothing fails: it warns only until a day.
Policy future_baseline() {
    Policy policy = web_baseline();
    policy.effective_from = base::parse_day("2026-09-01");
    return policy;
}

Policy passing_policy() {
    Policy policy = web_baseline();
    policy.rules = {{.kind = RuleKind::min_threats, .limit = 3},
                    {.kind = RuleKind::max_days_since_review, .limit = 90}};
    return policy;
}

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

std::map<ThreatId, std::string> broken_by_threats(const StatusView& view) {
    std::map<ThreatId, std::string> broken;
    for (const StatusThreat& threat : view.threats) {
        broken[threat.id] = names_of(view.verdict, threat.breaks) + " | " +
                            names_of(view.verdict, threat.warned_by);
    }
    return broken;
}

json results_of(const StatusView& view) {
    return json::parse(status_as_sarif(view))["runs"][0]["results"];
}

// By rule, the levels of the conditions and of the threats by number.
std::map<std::string, std::string> levels_in(const json& results) {
    std::map<std::string, std::string> levels;
    for (const json& result : results) {
        const std::string name = result.contains("properties")
                                     ? "T" + result["properties"]["threat_id"].dump()
                                     : result["ruleId"].get<std::string>();
        levels[name] = result["level"];
    }
    return levels;
}

}  // namespace

BOOST_AUTO_TEST_CASE(failed_and_warned_conditions_have_their_own_reasons) {
    const StatusView view = policy_status();
    std::string text;
    for (const BrokenCondition& failed : failed_conditions(view.verdict)) {
        BOOST_TEST(&view.verdict.conditions[failed.index] == failed.condition);
        text += fmt::format("{} {}: {}\n", failed.is_about_threats ? "threats" : "model",
                            name_of(*failed.condition), failed.reason);
    }
    for (const BrokenCondition& warned : warned_conditions(view.verdict)) {
        text += fmt::format("warning, {} {}: {}\n", warned.is_about_threats ? "threats" : "model",
                            name_of(*warned.condition), warned.reason);
    }
    BOOST_TEST(text ==
               "threats web-baseline/max_threats/critical: Policy web-baseline: 1 critical "
               "threat(s), at most 0 allowed\n"
               "model web-baseline/max_threats/medium: Policy web-baseline: 4 threat(s) of "
               "severity medium or above, at most 3 allowed\n"
               "model web-baseline/min_mitigation_ratio: Policy web-baseline: Mitigation ratio 1/7 "
               "(14.28%) is below required threshold 50%\n"
               "threats web-baseline/max_open_days/high: Policy web-baseline: 2 threat(s) of "
               "severity high or above open for more than 54 day(s), the oldest for 55\n"
               "model web-baseline/max_accepted: Policy web-baseline: 1 accepted risk(s), at most "
               "0 allowed\n"
               "warning, model web-baseline/max_unmitigated/high/warn: Policy web-baseline: 2 "
               "threat(s) of severity high or above without active mitigation, at most 1 allowed\n"
               "warning, threats web-baseline/max_unscored/warn: Policy web-baseline: 1 threat(s) "
               "have no severity yet, at most 0 allowed\n"
               "warning, model web-baseline/max_days_since_review/warn: Policy web-baseline: The "
               "last review is 15 day(s) ago, at most 7 allowed\n");
}

BOOST_AUTO_TEST_CASE(threats_know_the_rules_that_they_break) {
    const StatusView view = policy_status();
    const std::string critical = "web-baseline/max_threats/critical";
    const std::string medium = "web-baseline/max_threats/medium";
    const std::string days = "web-baseline/max_open_days/high";
    const std::string unmitigated = "web-baseline/max_unmitigated/high/warn";
    BOOST_TEST((broken_by_threats(view) ==
                std::map<ThreatId, std::string>{
                    {1, critical + ", " + medium + ", " + days + " | " + unmitigated},
                    {2, medium + ", " + days + " | " + unmitigated},
                    {3, medium + " | "},
                    {4, medium + " | "},  // mitigated
                    {5, " | web-baseline/max_unscored/warn"},
                    {6, " | "},  // accepted
                    {7, " | "}}));
    std::vector<ThreatId> order;
    for (const StatusThreat& threat : view.threats) {
        order.push_back(threat.id);
    }
    BOOST_TEST(order == (std::vector<ThreatId>{1, 2, 3, 4, 5, 7, 6}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(all_threats_that_break_a_rule_are_known) {
    EventMaker maker = policy_maker();
    for (ThreatId id = 8; id < 58; ++id) {
        ThreatIdentified threat;
        threat.threat_id = id;
        threat.scoring.severity = Severity::critical;
        maker.add(threat);
    }
    ReportInputs inputs = collect(maker.events(), 1, std::nullopt, false);
    apply_policy(inputs, web_baseline());
    const StatusView view = status_of(inputs.model);
    const auto breaking = std::ranges::count_if(view.threats, [](const StatusThreat& threat) {
        return std::ranges::count(threat.breaks, 0U) == 1;
    });
    BOOST_TEST(view.verdict.conditions[0].actual == "51");
    BOOST_TEST(breaking == 51);
}

BOOST_AUTO_TEST_CASE(a_policy_that_ignores_acceptances_excuses_no_threat) {
    Policy policy = web_baseline();
    policy.honours_acceptances = false;
    const StatusView view = policy_status(policy);
    BOOST_TEST(broken_by_threats(view)[6] ==
               "web-baseline/max_threats/medium, web-baseline/max_unmitigated/high, "
               "web-baseline/max_open_days/high | web-baseline/max_unmitigated/high/warn");
    for (const StatusThreat& threat : view.threats) {
        BOOST_TEST(!threat.accepted_until);
    }
    BOOST_TEST(has(status_as_markdown(view),
                   "Acceptances are ignored, as policy web-baseline requires: the verdict counts "
                   "these threats like others."));
}

BOOST_AUTO_TEST_CASE(thresholds_and_policies_are_told_apart) {
    const StatusView view = policy_status(
        web_baseline(),
        {.fail_on_critical = true, .min_mitigation_ratio = parse_ratio("1"), .min_threats = 100});
    std::set<std::string> ids;
    std::set<std::string> fingerprints;
    const json results = results_of(view);
    for (const json& result : results) {
        fingerprints.insert(result["partialFingerprints"].dump());
        if (!result.contains("properties")) {
            ids.insert(result["ruleId"]);
        }
    }
    BOOST_TEST(fingerprints.size() == results.size());
    BOOST_TEST(
        (ids == std::set<std::string>{"condition/min_mitigation_ratio", "condition/min_threats",
                                      "condition/web-baseline/max_threats/medium",
                                      "condition/web-baseline/min_mitigation_ratio",
                                      "condition/web-baseline/max_accepted",
                                      "condition/web-baseline/max_unmitigated/high/warn",
                                      "condition/web-baseline/max_days_since_review/warn"}));
    BOOST_TEST(broken_by_threats(view)[1].starts_with(
        "fail_on_critical, web-baseline/max_threats/critical, "));
}

BOOST_AUTO_TEST_CASE(sarif_has_the_levels_of_rules) {
    const StatusView view = policy_status();
    const json run = json::parse(status_as_sarif(view))["runs"][0];
    BOOST_TEST((levels_in(run["results"]) ==
                std::map<std::string, std::string>{
                    {"condition/web-baseline/max_threats/medium", "error"},
                    {"condition/web-baseline/min_mitigation_ratio", "error"},
                    {"condition/web-baseline/max_accepted", "error"},
                    {"condition/web-baseline/max_unmitigated/high/warn", "warning"},
                    {"condition/web-baseline/max_days_since_review/warn", "warning"},
                    {"T1", "error"},
                    {"T2", "error"},
                    {"T3", "error"},  // medium, but it fails a rule
                    {"T4", "error"},
                    {"T5", "warning"},
                    {"T7", "note"}}));
    for (const json& result : run["results"]) {
        const json& rule = run["tool"]["driver"]["rules"][result["ruleIndex"].get<std::size_t>()];
        BOOST_TEST(rule["id"] == result["ruleId"]);
    }
    const json notes = run["invocations"][0]["toolExecutionNotifications"];
    BOOST_TEST(notes[1]["message"]["text"] ==
               "Policy web-baseline, version 3, applies and is enforced.");
    const StatusView warned = policy_status(future_baseline());
    auto levels = levels_in(results_of(warned));
    BOOST_TEST(levels["condition/web-baseline/max_threats/medium"] == "warning");
    BOOST_TEST(levels["T1"] == "error");  // critical, whatever warns about it
    BOOST_TEST(levels["T3"] == "warning");
    Policy low;
    low.rules = {
        {.kind = RuleKind::max_threats, .severity = Severity::low, .mode = RuleMode::warn}};
    BOOST_TEST(levels_in(results_of(policy_status(low)))["T7"] == "warning");
}

BOOST_AUTO_TEST_CASE(junit_has_a_passing_case_for_a_warning) {
    for (const auto& [view, failures] :
         {std::pair(policy_status(), 5), std::pair(policy_status(future_baseline()), 0),
          std::pair(policy_status(passing_policy()), 0)}) {
        const std::string xml = status_as_junit(view);
        pugi::xml_document document;
        BOOST_TEST_REQUIRE(static_cast<bool>(document.load_buffer(xml.data(), xml.size())));
        const pugi::xml_node suite = document.child("testsuites").child("testsuite");
        const auto& conditions = view.verdict.conditions;
        BOOST_TEST(suite.attribute("tests").as_uint() == conditions.size());
        BOOST_TEST(suite.attribute("failures").as_int() == failures);
        BOOST_TEST(suite.attribute("skipped").as_int() == 0);
        auto failed = view.verdict.failures.begin();
        auto warned = view.verdict.warnings.begin();
        std::size_t i = 0;
        for (const pugi::xml_node test_case : suite.children("testcase")) {
            BOOST_TEST(test_case.attribute("name").value() == name_of(conditions[i]));
            const std::string output = test_case.child("system-out").text().get();
            const std::string message = test_case.child("failure").attribute("message").value();
            const bool only_warns = projections::only_warns(conditions[i]);
            BOOST_TEST(message == (conditions[i].pass || only_warns ? "" : *failed++));
            BOOST_TEST(output.empty() == (conditions[i].pass || !only_warns));
            BOOST_TEST((output.empty() || output.starts_with(*warned++)), output);
            ++i;
        }
        BOOST_TEST(i == conditions.size());
        BOOST_TEST((failed == view.verdict.failures.end()));
        BOOST_TEST((warned == view.verdict.warnings.end()));
    }
    BOOST_TEST(has(status_as_junit(policy_status(future_baseline())),
                   "at most 0 allowed; from 2026-09-01 on, this fails the verdict: the limit is 0, "
                   "the value is 1."));
}

// Tools follow test cases, rules and entries by these names.
BOOST_AUTO_TEST_CASE(names_stay_the_same_when_a_policy_comes_into_effect) {
    const auto names = [](const StatusView& view) {
        std::vector<std::string> all;
        for (const Condition& condition : view.verdict.conditions) {
            all.push_back(name_of(condition));
        }
        return all;
    };
    const auto before = names(policy_status(future_baseline()));
    BOOST_TEST(before == names(policy_status()), boost::test_tools::per_element());
    BOOST_TEST((std::set(before.begin(), before.end()).size()) == before.size());
}

BOOST_AUTO_TEST_CASE(gitlab_has_minor_entries_for_warnings) {
    const json report = json::parse(status_as_gitlab(policy_status()));
    std::map<std::string, std::string> severities;
    std::set<std::string> fingerprints;
    for (const json& entry : report) {
        severities[entry["check_name"]] = entry["severity"];
        fingerprints.insert(entry["fingerprint"]);
    }
    BOOST_TEST(fingerprints.size() == report.size());
    BOOST_TEST(severities["condition/web-baseline/min_mitigation_ratio"] == "blocker");
    BOOST_TEST(severities["condition/web-baseline/max_days_since_review/warn"] == "minor");
    BOOST_TEST(!severities.contains("condition/web-baseline/max_unscored/warn"));
    BOOST_TEST(!severities.contains("condition/web-baseline/min_threats"));
}

BOOST_AUTO_TEST_CASE(the_summary_names_the_policy_and_lists_warnings) {
    const std::string text = status_as_markdown(policy_status());
    for (const char* part :
         {"### Threat model of Shop: failed\n",
          "\n- Policy web-baseline: 1 critical threat(s), at most 0 allowed: Spoofing (threat 1)\n",
          "\n**Warnings**\n\n- Policy web-baseline: 2 threat(s) of severity high or above without "
          "active mitigation, at most 1 allowed: Spoofing (threat 1), Tampering (threat 2)\n",
          "\nPolicy web-baseline, version 3, applies and is enforced. The risk of 1 threat is ",
          " web-baseline/max\\_threats/medium leaves out 1 of them. ",
          "\n| web-baseline: max\\_threats of critical | 0 | 1 | **failed** |\n",
          "\n| web-baseline: max\\_unmitigated of high | 2 | 2 | passed |\n",
          "\n| web-baseline: max\\_unmitigated of high (warning) | 1 | 2 | **warned** |\n",
          "\n| web-baseline: min\\_threats | 3 | 7 | passed |\n",
          "| medium | mitigated | no | – | web-baseline/max\\_threats/medium |\n",
          "| unscored | identified | no | – | warned about by web-baseline/max\\_unscored/warn "
          "|\n"}) {
        BOOST_TEST(has(text, part), part << " is not in " << text);
    }
    BOOST_TEST(!has(text, "No threshold was given"));
}

BOOST_AUTO_TEST_CASE(the_summary_tells_from_when_on_the_verdict_fails) {
    const std::string warned = status_as_markdown(policy_status(future_baseline()));
    BOOST_TEST(warned.starts_with("### Threat model of Shop: passed\n"), warned);
    BOOST_TEST(has(warned, "If nothing changes, the verdict fails from 2026-09-01 on."), warned);
    // Without acceptances as well.
    const ReportInputs early = [] {
        auto inputs =
            collect(policy_maker().events(), 1, base::parse_as_of("2026-01-05T12:00:00Z"), true);
        apply_policy(inputs, passing_policy(), {.name = "web-baseline"});
        return inputs;
    }();
    const std::string passed = status_as_markdown(status_of(early.model));
    BOOST_TEST(has(passed,
                   "\nPolicy web-baseline, version 3, applies and is not enforced. If nothing "
                   "changes, the verdict fails from 2026-04-06 on.\n"),
               passed);
}

BOOST_AUTO_TEST_CASE(the_longest_summary_with_policies_is_one_that_github_shows) {
    Policy policy;
    for (std::uint64_t limit = 0; limit < limits::policy_rules_max; ++limit) {
        policy.rules.push_back({.kind = RuleKind::max_threats, .severity = Severity::low});
    }
    EventMaker maker = policy_maker();
    for (ThreatId id = 8; id < 400; ++id) {
        ThreatIdentified threat;
        threat.threat_id = id;
        threat.texts.set(ThreatField::name, std::string(200, '<'));
        threat.texts.set(ThreatField::element_name, std::string(200, '<'));
        threat.scoring.severity = Severity::critical;
        maker.add(threat);
    }
    ReportInputs inputs = collect(maker.events(), 1, std::nullopt, false);
    apply_policy(inputs, policy, {.name = std::string(64, 'n')});
    const std::string text = status_as_markdown(status_of(inputs.model));
    BOOST_TEST(text.size() < std::size_t{1} << 20U);
    BOOST_TEST(has(text, "/max\\_threats/low and 95 more |\n"));
    BOOST_TEST(has(text, "at most 0 allowed\n"));  // a reason that names no threat
}

BOOST_AUTO_TEST_CASE(annotations_of_warnings_are_warnings) {
    const std::string text = status_as_workflow_commands(policy_status());
    for (const char* part :
         {"::error title=Threat model of Shop%3A failed::Policy web-baseline: 1 critical threat(s)",
          "\n::warning title=Threat model of Shop%3A warned::Policy web-baseline: 2 threat(s) of "
          "severity high or above without active mitigation, at most 1 allowed; Policy ",
          "Threat 2: high, in progress, no active mitigation. Fails "
          "web-baseline/max_threats/medium, web-baseline/max_open_days/high. Warned about by "
          "web-baseline/max_unmitigated/high/warn.\n",
          "\n::warning title=unscored threat%3A Flooding::",
          ". Policy web-baseline, version 3, applies and is enforced."}) {
        BOOST_TEST(has(text, part), part << " is not in " << text);
    }
    const std::string passed = status_as_workflow_commands(policy_status(passing_policy()));
    BOOST_TEST(has(passed, "::notice title=Threat model of Shop%3A passed::"), passed);
    BOOST_TEST(!has(passed, "warned"), passed);
}

BOOST_AUTO_TEST_CASE(a_badge_shows_the_verdict_of_a_policy) {
    for (const auto& [policy, word] :
         {std::pair(web_baseline(), "failed"), std::pair(future_baseline(), "passed"),
          std::pair(passing_policy(), "passed")}) {
        BOOST_TEST(json::parse(badge_as_json(policy_status(policy)))["message"] == word);
    }
}

BOOST_AUTO_TEST_SUITE_END()
