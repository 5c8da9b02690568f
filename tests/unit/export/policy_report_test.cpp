// What a report says of policies and reviews.

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "export/contents.hpp"
#include "unit/export/reports.hpp"

BOOST_AUTO_TEST_SUITE(policy_report_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::events;
using namespace threatatlas::exports;
using namespace threatatlas::query;
using namespace threatatlas::testing;
using nlohmann::json;

namespace {

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

// A chapter in Markdown; empty if there is none.
std::string chapter(const std::string& text, std::string_view title) {
    const auto begin = text.find("\n## " + std::string(title) + "\n");
    return begin == std::string::npos ? std::string()
                                      : text.substr(begin, text.find("\n## ", begin + 1) - begin);
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_verdict_names_the_policy_and_shows_its_rules) {
    const std::string text = chapter(written(policy_inputs(), "md"), "Verdict");
    for (const char* part :
         {"**FAIL**\n\nPolicy web-baseline, version 3, applies and is enforced.\n",
          "| Policy | Rule | Severity | Limit | Actual | Result | Threats, the first 20 |\n",
          "| web-baseline | max\\_threats | critical | 0 | 1 | fail | T1 |\n",
          "| web-baseline | max\\_threats | medium | 3 | 4 | fail | T1, T2, T3, T4 |\n",
          "| web-baseline | max\\_unmitigated | high | 2 | 2 | pass | – |\n",
          "| web-baseline | max\\_unmitigated | high | 1 | 2 | warn | T1, T2 |\n",
          "| web-baseline | max\\_accepted | – | 0 | 1 | fail | T6 |\n",
          "\n- Policy web-baseline: 1 critical threat(s), at most 0 allowed\n",
          "\n- **Warning:** Policy web-baseline: The last review is 15 day(s) ago, at most 7 "
          "allowed\n"}) {
        BOOST_TEST(has(text, part), part << " is not in " << text);
    }
    BOOST_TEST(!has(text, "defaults apply"));
    BOOST_TEST(!has(text, "requested thresholds"));
}

BOOST_AUTO_TEST_CASE(thresholds_are_mentioned_if_they_apply) {
    const std::string both = written(policy_inputs(), "md", {.min_threats = 1});
    BOOST_TEST(has(both,
                   "\nPolicy web-baseline, version 3, applies and is enforced. Checked against the "
                   "requested thresholds.\n"));
    BOOST_TEST(has(both, "| – | min\\_threats | – | 1 | 7 | pass | – |\n"));
    // The product has a policy, but the question leaves it out.
    const auto inputs = collect(policy_maker().events(), 1, parse_as_of("2026-03-01"), true);
    const std::string neither = written(inputs, "md");
    BOOST_TEST(has(neither, "\nNo thresholds were requested, so the defaults apply: "));
    BOOST_TEST(has(neither, "\n| Rule | Limit | Actual | Result |\n"));
}

BOOST_AUTO_TEST_CASE(a_report_tells_on_which_day_a_rule_about_time_fails) {
    Policy policy;
    policy.rules = {{.kind = RuleKind::max_days_since_review, .limit = 30}};
    auto inputs = collect(policy_maker().events(), 1, parse_as_of("2026-03-01"), true);
    apply_policy(inputs, policy);
    const std::string text = chapter(written(inputs, "md"), "Verdict");
    BOOST_TEST(has(text, "If nothing changes, the verdict fails from 2026-03-17 on."), text);
    policy.effective_from = parse_day("2026-04-01");
    policy.rules = {{.kind = RuleKind::max_unscored}};
    apply_policy(inputs = collect(policy_maker().events(), 1, parse_as_of("2026-03-01"), true),
                 policy);
    const std::string warned = chapter(written(inputs, "md"), "Verdict");
    BOOST_TEST(has(warned, "| max\\_unscored | – | 0 | 1 | warn, fails from 2026-04-01 | T5 |"),
               warned);
    BOOST_TEST(has(warned, "If nothing changes, the verdict fails from 2026-04-01 on."), warned);
}

BOOST_AUTO_TEST_CASE(product_and_changes_show_assignments_and_reviews) {
    const std::string text = written(policy_inputs(), "md");
    BOOST_TEST(has(text, "| Policy | web-baseline, enforced |\n"));
    BOOST_TEST(has(text, "| Last review | 2026-02-14T20:00:00.000000Z |\n"), text);
    const std::string changes = chapter(text, "Changes in the last 30 days");
    BOOST_TEST(
        has(changes,
            "| Product 1 | Shop | changed | reviewed at | – | 2026-02-14T20:00:00.000000Z | "
            "2026-02-14<br>by editor\\#2<br>for Jonas | Yearly<br>Note: Complete &#124; as it "
            "is |\n"),
        changes);
    BOOST_TEST(has(changes,
                   "| Product 1 | Shop | changed | policy | web-baseline, not enforced | "
                   "web-baseline, enforced | 2026-02-14<br>by admin\\#1 | – |\n"),
               changes);
    const std::string steps = chapter(text, "Policy and reviews");
    BOOST_TEST(
        has(steps,
            "| 2026-01-05<br>by admin\\#1<br>for Petra | policy web-baseline, not enforced "
            "| New standard | – |\n"
            "| 2026-02-14<br>by admin\\#1 | policy web-baseline, enforced | – | – |\n"
            "| 2026-02-14<br>by editor\\#2<br>for Jonas | reviewed | Yearly | Complete &#124; "
            "as it is |\n"),
        steps);
}

BOOST_AUTO_TEST_CASE(a_product_that_lost_its_policy_still_has_its_steps) {
    EventMaker maker = policy_maker();
    maker.add(PolicyAssigned{});
    const auto inputs = collect(maker.events(), 1, std::nullopt, false);
    const std::string text = written(inputs, "md");
    BOOST_TEST(has(chapter(text, "Policy and reviews"), "| no policy any more |"), text);
    BOOST_TEST(!has(text, "| Policy | "));
    BOOST_TEST(has(text, "| policy | web-baseline, not enforced | – |"), text);
}

BOOST_AUTO_TEST_CASE(only_the_newest_steps_are_listed) {
    EventMaker maker = policy_maker();
    for (std::size_t i = 0; i < policy_steps_max; ++i) {
        maker.add(ProductReviewed{});
    }
    const auto inputs = collect(maker.events(), 1, std::nullopt, false);
    const std::string steps = chapter(written(inputs, "md"), "Policy and reviews");
    BOOST_TEST(has(steps, "The newest 200 steps; 3 before them are not listed."), steps);
    BOOST_TEST(!has(steps, "web-baseline"), steps);
    const auto model = json::parse(written(inputs, "json"));
    BOOST_TEST(model["policy_steps"].size() == policy_steps_max);
    BOOST_TEST(model["earlier_policy_steps"] == 3);
}

BOOST_AUTO_TEST_CASE(the_model_in_json_has_the_policy_and_its_steps) {
    const auto model = json::parse(written(policy_inputs(), "json"));
    BOOST_TEST(model["product"]["policy"] == (json{{"name", "web-baseline"}, {"enforced", true}}));
    BOOST_TEST(model["product"]["reviewed_at"] == "2026-02-14T20:00:00.000000Z");
    const json& verdict = model["verdict"];
    BOOST_TEST(
        verdict["policy"] ==
        (json{
            {"name", "web-baseline"}, {"version", 3}, {"enforced", true}, {"fails_on", nullptr}}));
    BOOST_TEST(verdict["warnings"].size() == 3U);
    BOOST_TEST(verdict["conditions"][1]["threat_ids"].dump() == "[1,2,3,4]");
    BOOST_TEST(verdict["thresholds_given"] == false);
    const json& changed = model["changes"]["product"]["changed"];
    BOOST_TEST(changed["policy"]["from"]["enforced"] == false);
    BOOST_TEST(changed["policy"]["to"]["enforced"] == true);
    BOOST_TEST(changed["reviewed_at"]["from"].is_null());
    const json& steps = model["policy_steps"];
    BOOST_TEST_REQUIRE(steps.size() == 3U);
    BOOST_TEST(steps[0]["step"] == "assigned");
    BOOST_TEST(steps[0]["policy"]["name"] == "web-baseline");
    BOOST_TEST(steps[0]["on_behalf_of"] == "Petra");
    BOOST_TEST(steps[2]["step"] == "reviewed");
    BOOST_TEST(steps[2]["note"] == "Complete | as it is");
    BOOST_TEST(steps[2]["actor"] == "editor#2");
}

BOOST_AUTO_TEST_CASE(a_product_that_never_had_a_policy_has_nothing_about_them) {
    for (const char* form : {"md", "html", "docx", "csv", "json"}) {
        const std::string text = readable(written(sample_inputs(), form), form);
        for (const char* word :
             {"Policy and reviews", "web-baseline", "policy_steps", "reviewed"}) {
            BOOST_TEST(!has(text, word), form << " has " << word);
        }
    }
}

BOOST_AUTO_TEST_CASE(notes_are_never_markup) {
    const auto reviewed = [](const std::string& text) {
        EventMaker maker = policy_maker();
        maker.by("editor#2", text, text).add(ProductReviewed{text});
        return collect(maker.events(), 1, std::nullopt, false);
    };
    const auto lines = [](const std::string& text) {
        return std::count(text.begin(), text.end(), '\n');
    };
    const std::string harmless = chapter(written(reviewed("harmless"), "md"), "Policy and reviews");
    BOOST_TEST(lines(harmless) == 11, harmless);
    for (const std::string& hostile : hostile_texts()) {
        const ReportInputs inputs = reviewed(hostile);
        const std::string page = written(inputs, "html");
        BOOST_TEST(!has(page, "<script"));
        BOOST_TEST(!has(page, "<img"));
        const std::string steps = chapter(written(inputs, "md"), "Policy and reviews");
        BOOST_TEST(lines(steps) == lines(harmless), steps);
    }
}

BOOST_AUTO_TEST_SUITE_END()
