// The gate's answer with a baseline: how it is asked for, when it is refused, and its forms.

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "support/api_fixture.hpp"

BOOST_AUTO_TEST_SUITE(api_baseline_test)

using namespace std::chrono_literals;
using namespace threatatlas;
using namespace threatatlas::testing;
using nlohmann::json;

namespace {

constexpr std::string_view gate_path = "/api/products/1/security-status";

// A product that had two critical threats three days ago (positions 3 and 4) and was registered a
// day before that. Since then one was mitigated, and another one was found.
struct Baselines : ApiFixture {
    Baselines() {
        clock.set("2026-12-10T12:00:00Z");
        made("POST", "/api/products", {{"name", "Payments API"}});
        clock.advance(24h);
        found = clock.now();
        bulk({{{"name", "Forged"}, {"severity", "critical"}},
              {{"name", "Flooded"}, {"severity", "critical"}}});
        clock.advance(72h);
        made("PATCH", "/api/products/1/threats/1", {{"severity", "low"}});
        made("POST", "/api/products/1/threats", {{"name", "Leaked"}, {"severity", "critical"}});
    }

    // Identifies threats in one transaction.
    void bulk(const std::vector<json>& threats) const {
        json items = json::array();
        for (const json& threat : threats) {
            items.push_back({{"type", "threat.identified"}, {"data", threat}});
        }
        const Answer answer = send("POST", "/api/products/1/events", items);
        BOOST_TEST_REQUIRE(answer.status < 300, answer.body);
    }
    static std::string target(const std::string& baseline, const std::string& more = "") {
        return fmt::format("{}?fail_on_critical=true&baseline={}{}", gate_path, baseline, more);
    }
    Answer ask_gate(const std::string& baseline, const std::string& more = "") const {
        return get(target(baseline, more));
    }
    json gate(const std::string& baseline, const std::string& more = "") const {
        const Answer answer = ask_gate(baseline, more);
        BOOST_TEST_REQUIRE(answer.status == 200, answer.body);
        return answer.json();
    }
    void require_refused(const Answer& answer, const std::string& sentence) const {
        BOOST_TEST(answer.status == 422, answer.body);
        BOOST_TEST(answer.body.find(sentence) != std::string::npos, answer.body);
    }
    void define(const std::string& name, const json& more = json::object()) const {
        json body{{"title", "T"},
                  {"rules", {{{"rule", "max_threats"}, {"severity", "critical"}, {"limit", 0}}}}};
        body.update(more);
        made("PUT", "/api/policies/" + name, body);
    }
    void assign(const std::string& name, bool enforced) const {
        made("PUT", "/api/products/1/policy", {{"policy", name}, {"enforced", enforced}});
    }

    base::Instant found{};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(baseline_questions, Baselines)

BOOST_AUTO_TEST_CASE(only_what_got_worse_fails) {
    const json answer = gate("2026-12-12");
    BOOST_TEST(answer.at("pass") == false);
    BOOST_TEST(answer.at("conditions").dump() ==
               R"([{"actual":1,"limit":0,"pass":false,"rule":"fail_on_critical"}])");
    BOOST_TEST(answer.at("failures")[0] ==
               "1 critical threat(s) require immediate attention (new since "
               "2026-12-12T23:59:59.999999Z)");
    BOOST_TEST(answer.at("baseline").dump() ==
               fmt::format(R"({{"new":[{{"rule":"fail_on_critical","threat_ids":[3]}}],)"
                           R"("position":4,"recorded_at":"{}"}})",
                           base::format_instant(found)));
    BOOST_TEST(answer.at("summary").at("by_severity").at("critical") == 2);

    made("PATCH", "/api/products/1/threats/3", {{"severity", "high"}});
    const json solved = gate("2026-12-12");
    BOOST_TEST(solved.at("pass") == true);
    BOOST_TEST(solved.at("baseline").at("new").empty());
    BOOST_TEST(
        !get(fmt::format("{}?fail_on_critical=true", gate_path)).json().contains("baseline"));
}

BOOST_AUTO_TEST_CASE(before_the_registration_everything_is_new) {
    for (const char* const baseline : {"2026-12-09", "position:0", "position:1", "1969-12-31"}) {
        const json answer = gate(baseline).at("baseline");
        BOOST_TEST(answer.at("position") == 0);
        BOOST_TEST(answer.at("recorded_at").is_null());
        BOOST_TEST(answer.at("new")[0].at("threat_ids").dump() == "[2,3]");
    }
}

BOOST_AUTO_TEST_CASE(a_position_inside_a_transaction_is_the_one_before) {
    const json inside = gate("position:3");
    BOOST_TEST(inside.at("baseline").at("position") == 2);
    BOOST_TEST(inside.at("baseline").at("new")[0].at("threat_ids").dump() == "[2,3]");
    BOOST_TEST(gate("position:4").at("baseline").at("new")[0].at("threat_ids").dump() == "[3]");
    const auto registered = base::parse_instant("2026-12-10T12:00:00Z").value();
    BOOST_TEST(inside.at("failures")[0].get<std::string>().find(fmt::format(
                   "(new since {})", base::format_instant(registered))) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(now_is_a_baseline_since_which_nothing_got_worse) {
    for (const std::string baseline : {"2026-12-14", "position:6"}) {
        BOOST_TEST(gate(baseline).at("pass") == true);
    }
    BOOST_TEST(gate(gate("2026-12-14").at("recorded_at")).at("pass") == true);
}

BOOST_AUTO_TEST_CASE(other_values_are_refused) {
    for (const char* const baseline :
         {"3", "position:", "position:-1", "position:x", "position:1x", "main", "2026-11-31", ""}) {
        require_refused(ask_gate(baseline), "Invalid parameter baseline. Give");
    }
    require_refused(ask_gate("2026-12-15"), "The time is in the future");
    require_refused(ask_gate("2026-12-14T12:00:01Z"), "The time is in the future");
    require_refused(ask_gate("position:7"), "The log ends at position 6.");
    require_refused(ask_gate("2026-12-12", "&as_of=2026-12-11"),
                    "It is later than the moment of the question, 2026-12-11T23:59:59.999999Z");
    require_refused(ask_gate("position:6", "&at_position=4"),
                    "It is later than the moment of the question");
    BOOST_TEST(ask_gate("2026-12-11", "&as_of=2026-12-11").status == 200);
    BOOST_TEST(ask_gate("position:4", "&at_position=4").status == 200);
    BOOST_TEST(get("/api/products/2/security-status?baseline=main").status == 404);
}

BOOST_AUTO_TEST_CASE(the_tag_names_the_baseline) {
    const Answer answer = ask_gate("2026-12-12");
    const std::string tag = answer.header("ETag");
    BOOST_TEST(tag == ask_gate("2026-12-12T23:59:59.999999Z").header("ETag"));
    BOOST_TEST(tag != ask_gate("2026-12-11").header("ETag"));
    BOOST_TEST(tag != get(fmt::format("{}?fail_on_critical=true", gate_path)).header("ETag"));
    const auto again = [&](const std::string& baseline) {
        return ask("GET", target(baseline), {.headers = {{"If-None-Match", tag}}}).status;
    };
    BOOST_TEST(again("2026-12-12") == 304);
    BOOST_TEST(again("2026-12-11") == 200);
}

BOOST_AUTO_TEST_CASE(an_enforced_policy_has_no_baseline_but_its_own) {
    define("web");
    assign("web", true);
    require_refused(ask_gate("2026-12-12"),
                    "The policy web is enforced for this product and names no baseline");
    for (const char* const form : {"security-status.sarif", "security-status.junit.xml",
                                   "badge.svg", "download/model.json"}) {
        BOOST_TEST(get(fmt::format("/api/products/1/{}?baseline=2026-12-12", form)).status == 422);
    }
    // At that time it was not enforced.
    BOOST_TEST(ask_gate("2026-12-12", "&as_of=2026-12-13").status == 200);
    require_refused(ask_gate("2026-12-12", "&as_of=2026-12-13&policy_at=now"), "is enforced");

    assign("web", false);
    const json chosen = gate("2026-12-12");
    BOOST_TEST(chosen.at("conditions")[1].at("actual") == 1);
    BOOST_TEST(chosen.at("conditions")[1].at("threat_ids").dump() == "[3]");
    BOOST_TEST(chosen.at("policy").at("fails_on").is_null());

    define("dated", {{"baseline", "2026-12-12"}});
    assign("dated", true);
    const json own = get(std::string(gate_path)).json();
    BOOST_TEST(own.at("conditions")[0].at("actual") == 1);
    BOOST_TEST(own.at("baseline").at("position") == 4);
    // The baseline of the request is that of its thresholds.
    const json both = gate("2026-12-10");
    BOOST_TEST(both.at("conditions")[0].at("actual") == 2);
    BOOST_TEST(both.at("conditions")[1].at("actual") == 1);
    BOOST_TEST(both.at("baseline").at("position") == 2);
    BOOST_TEST(both.at("baseline").at("new")[1].at("position") == 4);
    // Thresholds have no baseline unless the request names one.
    BOOST_TEST(get(fmt::format("{}?fail_on_critical=true", gate_path))
                   .json()
                   .at("conditions")[0]
                   .at("actual") == 2);
}

BOOST_AUTO_TEST_CASE(the_day_of_a_policys_baseline_may_be_today_and_not_later) {
    const json rules{{{"rule", "max_threats"}, {"severity", "critical"}, {"limit", 0}}};
    const json tomorrow{{"title", "T"}, {"rules", rules}, {"baseline", "2026-12-15"}};
    const Answer refused = send("PUT", "/api/policies/web", tomorrow);
    require_refused(refused, "Give a day up to today, 2026-12-14");
    BOOST_TEST(refused.json().at("errors")[0].at("pointer") == "/baseline");
    require_refused(send("POST", "/api/policies/web/preview", tomorrow),
                    "Give a day up to today, 2026-12-14");
    define("web", {{"baseline", "2026-12-14"}});
    BOOST_TEST(get("/api/policies/web").json().at("baseline") == "2026-12-14");
    assign("web", true);
    BOOST_TEST(get(std::string(gate_path)).json().at("pass") == true);
    // What is found today is part of the baseline, and what is found tomorrow is not.
    made("POST", "/api/products/1/threats", {{"name", "Today"}, {"severity", "critical"}});
    BOOST_TEST(get(std::string(gate_path)).json().at("pass") == true);
    clock.advance(24h);
    BOOST_TEST(get(std::string(gate_path)).json().at("pass") == true);
    made("POST", "/api/products/1/threats", {{"name", "Tomorrow"}, {"severity", "critical"}});
    const json failed = get(std::string(gate_path)).json();
    BOOST_TEST(failed.at("pass") == false);
    BOOST_TEST(failed.at("conditions")[0].at("threat_ids").dump() == "[5]");
    require_refused(get(std::string(gate_path) + "?as_of=2026-12-13&policy_at=now"),
                    "The baseline of the policy web, 2026-12-14, is later than the moment");
    // The metrics leave it out, as they fold no histories.
    BOOST_TEST(get("/metrics").body.find("product_policy_pass{") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_preview_takes_the_baseline_of_the_draft) {
    const json rules{{{"rule", "max_threats"}, {"severity", "critical"}, {"limit", 0}}};
    const auto actual = [&](const char* day) {
        return send("POST", "/api/policies/web/preview",
                    {{"title", "T"}, {"rules", rules}, {"baseline", day}})
            .json()
            .at("products")[0]
            .at("conditions")[0]
            .at("actual")
            .get<int>();
    };
    BOOST_TEST(actual("2026-12-10") == 2);
    BOOST_TEST(actual("2026-12-12") == 1);
    BOOST_TEST(actual("2026-12-14") == 0);
}

BOOST_AUTO_TEST_CASE(all_forms_and_reports_take_it) {
    const auto ask_form = [&](const std::string& form, const std::string& baseline) {
        const Answer answer = get(
            fmt::format("/api/products/1/{}?fail_on_critical=true&baseline={}", form, baseline));
        BOOST_TEST_REQUIRE(answer.status == 200, answer.body);
        return answer;
    };
    const std::string new_since = "new since 2026-12-12T23:59:59.999999Z";
    BOOST_TEST(ask_form("security-status.junit.xml", "2026-12-12").body.find(new_since) !=
               std::string::npos);
    BOOST_TEST(ask_form("security-status.md", "2026-12-12").body.find(new_since) !=
               std::string::npos);
    BOOST_TEST(ask_form("security-status.junit.xml", "2026-12-12").header("ETag") !=
               ask_form("security-status.junit.xml", "2026-12-11").header("ETag"));
    BOOST_TEST(ask_form("badge.json", "2026-12-12").body !=
               ask_form("badge.json", "2026-12-14").body);
    // Only the new threat fails the condition.
    const auto failing = [&](const std::string& query) {
        const json answer =
            get("/api/products/1/security-status.sarif?fail_on_critical=true" + query).json();
        std::vector<std::string> messages;
        for (const json& result : answer.at("runs")[0].at("results")) {
            std::string message = result.at("message").at("text");
            if (message.find("This fails fail_on_critical.") != std::string::npos) {
                messages.push_back(std::move(message));
            }
        }
        return messages;
    };
    BOOST_TEST(failing("").size() == 2U);
    const auto fails = failing("&baseline=2026-12-12");
    BOOST_TEST_REQUIRE(fails.size() == 1U);
    BOOST_TEST(fails[0].find("Leaked") != std::string::npos);

    const auto report = [&](const std::string& query) {
        const Answer answer =
            get("/api/products/1/download/model.json?fail_on_critical=true" + query);
        BOOST_TEST_REQUIRE(answer.status == 200, answer.body);
        return answer;
    };
    BOOST_TEST(report("&baseline=2026-12-12").body.find(new_since) != std::string::npos);
    BOOST_TEST(report("").body.find("new since") == std::string::npos);
    BOOST_TEST(report("&baseline=2026-12-12").header("ETag") != report("").header("ETag"));
    // A report is about the last change, after which a baseline may be.
    clock.advance(48h);
    BOOST_TEST(report("&baseline=2026-12-15").body.find("new since") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
