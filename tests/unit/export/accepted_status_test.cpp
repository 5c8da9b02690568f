// What the forms of the gate's answer show of accepted risks.

#include <map>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "export/acceptance_text.hpp"
#include "export/status_forms.hpp"
#include "unit/export/reports.hpp"

BOOST_AUTO_TEST_SUITE(accepted_status_test)

using namespace threatatlas;
using namespace threatatlas::events;
using namespace threatatlas::exports;
using namespace threatatlas::projections;
using namespace threatatlas::query;
using namespace threatatlas::testing;
using nlohmann::json;

namespace {

// The critical threats 1 and 4 and the unscored threat 3 are accepted, the high threat 2 is not.
// Threat 4 is mitigated, and the status of threat 5 is accepted.
EventMaker accepting_maker() {
    EventMaker maker;
    ProductRegistered product;
    product.texts.set(ProductField::name, "Shop");
    maker.add(product);
    const auto add = [&](ThreatId id, std::optional<Severity> severity, ThreatStatus status) {
        ThreatIdentified threat;
        threat.threat_id = id;
        threat.texts.set(ThreatField::name, "T" + std::to_string(id));
        threat.scoring.severity = severity;
        threat.status = status;
        maker.add(threat);
    };
    add(1, Severity::critical, ThreatStatus::in_progress);
    add(2, Severity::high, ThreatStatus::identified);
    add(3, std::nullopt, ThreatStatus::identified);
    add(4, Severity::critical, ThreatStatus::mitigated);
    add(5, Severity::high, ThreatStatus::accepted);
    maker.accept(1, {1}, {Severity::critical}, "2026-06-30");
    maker.accept(2, {3, 4}, {std::nullopt, Severity::critical}, "2026-12-31");
    return maker;
}

ProductModel accepting_model(std::string_view as_of) {
    return collect(accepting_maker().events(), 1, base::parse_as_of(as_of), true).model;
}

const Thresholds strict{
    .fail_on_critical = true, .fail_on_unmitigated_high = true, .fail_on_unscored = true};

std::map<ThreatId, std::string> breaks_of(const StatusView& view) {
    std::map<ThreatId, std::string> breaks;
    for (const StatusThreat& threat : view.threats) {
        breaks[threat.id];
        for (const std::size_t index : threat.breaks) {
            breaks[threat.id] += projections::name_of(view.verdict.conditions[index]) + ";";
        }
    }
    return breaks;
}

using Breaks = std::map<ThreatId, std::string>;

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_CASE(an_accepted_risk_breaks_no_condition_until_its_last_day_is_over) {
    const StatusView now = status_of(accepting_model("2026-06-30"), strict);
    BOOST_TEST((breaks_of(now) == Breaks{{1, ""},
                                         {2, "fail_on_unmitigated_high;"},
                                         {3, "fail_on_unscored;"},
                                         {5, "fail_on_unmitigated_high;"}}));
    BOOST_TEST(now.verdict.conditions[0].actual == "0");
    BOOST_TEST(now.verdict.conditions[1].actual == "2");
    // What needs attention comes first.
    BOOST_TEST(now.threats.back().id == 1U);
    BOOST_TEST(base::format_day(now.threats.back().accepted_until.value()) == "2026-06-30");

    const StatusView later = status_of(accepting_model("2026-07-01"), strict);
    BOOST_TEST((breaks_of(later) == Breaks{{1, "fail_on_critical;fail_on_unmitigated_high;"},
                                           {2, "fail_on_unmitigated_high;"},
                                           {3, "fail_on_unscored;"},
                                           {5, "fail_on_unmitigated_high;"}}));
    BOOST_TEST(later.verdict.conditions[0].actual == "1");
}

BOOST_AUTO_TEST_CASE(a_question_that_ignores_acceptances_shows_none) {
    Thresholds ignoring = strict;
    ignoring.ignores_acceptances = true;
    const StatusView view = status_of(accepting_model("2026-06-30"), ignoring);
    BOOST_TEST((breaks_of(view) == Breaks{{1, "fail_on_critical;fail_on_unmitigated_high;"},
                                          {2, "fail_on_unmitigated_high;"},
                                          {3, "fail_on_unscored;"},
                                          {4, "fail_on_critical;"},
                                          {5, "fail_on_unmitigated_high;"}}));
    BOOST_TEST(json::parse(status_as_sarif(view))["runs"][0]["results"].size() == 5U);
    BOOST_TEST(has(status_as_markdown(view), "Acceptances are ignored, as requested"));
}

BOOST_AUTO_TEST_CASE(the_latest_last_day_counts) {
    EventMaker maker = accepting_maker();
    maker.accept(3, {1}, {Severity::critical}, "2026-09-30");
    const auto until = [&](std::string_view as_of) {
        const StatusView view =
            status_of(collect(maker.events(), 1, base::parse_as_of(as_of), true).model, strict);
        return base::format_day(view.threats.back().accepted_until.value());
    };
    BOOST_TEST(until("2026-06-30") == "2026-09-30");
    BOOST_TEST(until("2026-07-01") == "2026-09-30");
}

BOOST_AUTO_TEST_CASE(a_threat_that_became_more_severe_is_not_accepted) {
    EventMaker maker = accepting_maker();
    maker.accept(3, {2}, {Severity::high}, "2026-06-30");
    maker.add(ThreatScored{2, {Severity::critical, {}, {}}});
    const StatusView view =
        status_of(collect(maker.events(), 1, std::nullopt, false).model, strict);
    BOOST_TEST(breaks_of(view)[2] == "fail_on_critical;fail_on_unmitigated_high;");
}

BOOST_AUTO_TEST_CASE(sarif_leaves_accepted_risks_out) {
    const StatusView view = status_of(accepting_model("2026-06-30"), strict);
    const json run = json::parse(status_as_sarif(view))["runs"][0];
    std::map<std::uint64_t, std::size_t> suppressions;
    for (const json& result : run["results"]) {
        suppressions[result["properties"]["threat_id"].get<std::uint64_t>()] =
            result["suppressions"].size();
        const json& rule = run["tool"]["driver"]["rules"][result["ruleIndex"].get<std::size_t>()];
        BOOST_TEST(rule["id"] == result["ruleId"]);
    }
    // The unscored threat is accepted as well, but fails a condition that acceptances leave alone.
    BOOST_TEST((suppressions == std::map<std::uint64_t, std::size_t>{{2, 0}, {3, 0}, {5, 1}}));
    BOOST_TEST(run["tool"]["driver"]["rules"].size() == 2U);
    const json& notes = run["invocations"][0]["toolExecutionNotifications"];
    BOOST_TEST(notes[0]["level"] == "note");
    BOOST_TEST(notes[0]["message"]["text"] == "1 threat is left out, as its risk is accepted.");
    BOOST_TEST(notes[1]["message"]["text"] ==
               "The risk of 3 threats is accepted by 2 acceptances in force, the first of which is "
               "valid until the end of 2026-06-30 (UTC).");
    const json over =
        json::parse(status_as_sarif(status_of(accepting_model("2026-07-01"), strict)))["runs"][0];
    BOOST_TEST(over["results"].size() == 4U);
}

BOOST_AUTO_TEST_CASE(gitlab_and_annotations_are_about_what_needs_attention) {
    const StatusView view = status_of(accepting_model("2026-06-30"), strict);
    const json report = json::parse(status_as_gitlab(view));
    BOOST_TEST_REQUIRE(report.size() == 3U);
    BOOST_TEST(report[2]["description"] ==
               "T3 (unscored, identified, no active mitigation, risk accepted until 2026-12-31)");
    const std::string commands = status_as_workflow_commands(view);
    BOOST_TEST(!has(commands, "Threat 1:"), commands);
    BOOST_TEST(has(commands, "Threat 3:"), commands);
    BOOST_TEST(has(commands, "fail_on_critical leaves out 2 of them."), commands);
}

BOOST_AUTO_TEST_CASE(the_summary_tells_how_many_are_accepted_and_until_when) {
    const Thresholds critical{.fail_on_critical = true};
    const std::string text = status_as_markdown(status_of(accepting_model("2026-06-30"), critical));
    BOOST_TEST(text.starts_with("### Threat model of Shop: passed\n"), text);
    BOOST_TEST(has(text,
                   "The risk of 3 threats is accepted by 2 acceptances in force, the first of "
                   "which is valid until the end of 2026-06-30 (UTC). fail\\_on\\_critical "
                   "leaves out 2 of them. If nothing changes, the verdict fails from "
                   "2026-07-01 on. Without acceptances, the verdict would be: failed.\n"),
               text);
    BOOST_TEST(
        has(text, "| 1 | T1 | critical | in progress, risk accepted until 2026-06-30 | no |"),
        text);
    const std::string later =
        status_as_markdown(status_of(accepting_model("2026-07-01"), critical));
    BOOST_TEST(has(later,
                   "The risk of 2 threats is accepted by 1 acceptance in force, which is "
                   "valid until the end of 2026-12-31 (UTC). fail\\_on\\_critical leaves "
                   "out 1 of them. Without acceptances, the verdict would be the same.\n"),
               later);
    const std::string unjudged = status_as_markdown(status_of(accepting_model("2026-07-01")));
    BOOST_TEST(has(unjudged, "until the end of 2026-12-31 (UTC).\n"), unjudged);
}

BOOST_AUTO_TEST_CASE(the_test_cases_of_junit_are_the_same_with_acceptances) {
    const std::string text = status_as_junit(status_of(accepting_model("2026-06-30"), strict));
    BOOST_TEST(has(text, "tests=\"3\" failures=\"2\""), text);
    BOOST_TEST(has(text, "name=\"fail_on_critical\" time=\"0\"/>"), text);
    BOOST_TEST(has(text, "\nfail_on_unmitigated_high leaves out 1 of them.\n"), text);
}

BOOST_AUTO_TEST_CASE(a_product_with_nothing_accepted_has_no_sentences) {
    EventMaker maker;
    maker.add(ProductRegistered{});
    const ProductAt product = collect(maker.events(), 1, std::nullopt, false).model.product;
    BOOST_TEST(sentences_about_acceptances(product, judge(product.posture, strict)).empty());
    const StatusView over = status_of(accepting_model("2027-01-01"), strict);
    BOOST_TEST(sentences_about_acceptances(over.product, over.verdict).empty());
}

BOOST_AUTO_TEST_SUITE_END()
