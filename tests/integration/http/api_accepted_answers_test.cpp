// An accepted risk in everything that is answered about its product, over HTTP. The contents are
// tested in tests/unit/export and tests/unit/projections.

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "export/status_forms.hpp"
#include "support/api_fixture.hpp"

BOOST_AUTO_TEST_SUITE(api_accepted_answers_test)

using namespace threatatlas;
using namespace threatatlas::testing;
using nlohmann::json;

namespace {

const std::string critical = "?fail_on_critical=true";

// The critical threat 1 is accepted until the end of 2026-12-10.
struct Accepted : ApiFixture {
    Accepted() {
        clock.set("2026-12-01T12:00:00Z");
        made("POST", "/api/products", {{"name", "Shop"}});
        made("POST", "/api/products/1/threats", {{"name", "Replay"}, {"severity", "critical"}});
        const std::string editor = issue_role("editor");
        const std::string approver = issue_role("approver");
        const auto fine = [](const Answer& answer) {
            BOOST_TEST_REQUIRE(answer.status / 100 == 2, answer.body);
        };
        clock.set("2026-12-02T12:00:00Z");
        fine(ask("POST", "/api/products/1/acceptances",
                 {.token = editor,
                  .body = json{{"threat_ids", {1}},
                               {"justification", "The old terminals are replaced"},
                               {"valid_until", "2026-12-10"},
                               {"on_behalf_of", "Jonas"}}
                              .dump()}));
        clock.set("2026-12-03T12:00:00Z");
        fine(ask("POST", "/api/products/1/acceptances/1/approve",
                 {.token = approver,
                  .body = json{{"note", "Until then"}, {"on_behalf_of", "Petra"}}.dump()}));
    }

    std::string fine(const std::string& target) const {
        const Answer answer = get(target);
        BOOST_TEST_REQUIRE(answer.status == 200, target << ": " << answer.body);
        return answer.body;
    }
    // What the gate and its forms say; all must say the same.
    bool passes(const std::string& query = critical) const {
        const std::string gate = "/api/products/1/security-status";
        const bool pass = json::parse(fine(gate + query))["pass"].get<bool>();
        const json sarif = json::parse(fine(gate + ".sarif" + query));
        BOOST_TEST(sarif["runs"][0]["results"].empty() == pass);
        BOOST_TEST(json::parse(fine(gate + ".gitlab.json" + query)).empty() == pass);
        BOOST_TEST((fine(gate + ".junit.xml" + query).find("<failure") == std::string::npos) ==
                   pass);
        BOOST_TEST((fine(gate + ".md" + query).find(": passed\n") != std::string::npos) == pass);
        BOOST_TEST((fine(gate + ".txt" + query).find("::error") == std::string::npos) == pass);
        BOOST_TEST((fine("/api/products/1/badge.json" + query).find("passed") !=
                    std::string::npos) == pass);
        return pass;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(answers, Accepted)

BOOST_AUTO_TEST_CASE(every_form_says_what_the_gate_says) {
    BOOST_TEST(passes());
    BOOST_TEST(!passes(critical + "&acceptances=ignore"));
    BOOST_TEST(!passes(critical + "&as_of=2026-12-02"));
    clock.set("2026-12-10T23:59:59Z");
    BOOST_TEST(passes());
    clock.set("2026-12-12T00:00:00Z");
    BOOST_TEST(!passes());
    BOOST_TEST(passes(critical + "&as_of=2026-12-10"));
    BOOST_TEST(!passes(critical + "&as_of=2026-12-11"));
}

BOOST_AUTO_TEST_CASE(a_tag_of_a_form_does_not_outlive_the_acceptance) {
    const std::string target = "/api/products/1/security-status.sarif" + critical;
    const std::string tag = get(target).header("ETag");
    const auto again = [&] {
        return ask("GET", target, {.headers = {{"If-None-Match", tag}}}).status;
    };
    BOOST_TEST(again() == 304);
    clock.set("2026-12-11T00:00:00Z");
    BOOST_TEST(again() == 200);
}

BOOST_AUTO_TEST_CASE(a_report_about_now_is_about_the_end_of_the_acceptance) {
    const std::string target = "/api/products/1/download/model.json" + critical;
    const json before = json::parse(fine(target));
    BOOST_TEST(before["as_of"] == before["recorded_at"]);
    BOOST_TEST(before["verdict"]["pass"] == true);
    BOOST_TEST(before["verdict"]["acceptances"]["fails_on"] == "2026-12-11");
    BOOST_TEST(before["acceptances"][0]["decided"]["on_behalf_of"] == "Petra");
    const std::string tag = get(target).header("ETag");

    clock.set("2026-12-20T12:00:00Z");
    const Answer answer = ask("GET", target, {.headers = {{"If-None-Match", tag}}});
    BOOST_TEST_REQUIRE(answer.status == 200);
    const json after = answer.json();
    BOOST_TEST(after["as_of"] == "2026-12-11T00:00:00.000000Z");
    BOOST_TEST(after["position"] == before["position"]);
    BOOST_TEST(after["verdict"]["pass"] == false);
    BOOST_TEST(after["acceptances"][0]["state"] == "expired");
    BOOST_TEST(fine(target + "&as_of=2026-12-11T00:00:00Z") == answer.body);
    BOOST_TEST((json::parse(fine(target + "&as_of=2026-12-03T12:00:00Z")) == before));

    made("PATCH", "/api/products/1/threats/1", {{"name", "Replay of payments"}});
    const json later = json::parse(fine(target));
    BOOST_TEST(later["as_of"] == later["recorded_at"]);
}

BOOST_AUTO_TEST_CASE(a_diff_of_the_past_has_texts_and_actors) {
    clock.set("2026-12-20T12:00:00Z");
    const std::string path = "/api/products/1/diff?from=";
    BOOST_TEST(!json::parse(fine(path + "2026-12-01T12:30:00Z&to=2026-12-02T00:00:00Z"))
                    .contains("acceptances"));
    const json requested =
        json::parse(fine(path + "2026-12-02T00:00:00Z&to=2026-12-02T13:00:00Z"))["acceptances"];
    BOOST_TEST(requested["added"][0]["state"] == "requested");
    BOOST_TEST(requested["added"][0]["justification"] == "The old terminals are replaced");
    BOOST_TEST(requested["added"][0]["requested"]["on_behalf_of"] == "Jonas");
    const json approved =
        json::parse(fine(path + "2026-12-03T00:00:00Z&to=2026-12-03T13:00:00Z"))["acceptances"];
    BOOST_TEST(approved["added"].empty());
    const json& fields = approved["changed"][0]["fields"];
    BOOST_TEST((fields["state"] == json{{"from", "requested"}, {"to", "approved"}}));
    BOOST_TEST(fields["decided"]["to"]["note"] == "Until then");
    BOOST_TEST(fields["decided"]["to"]["on_behalf_of"] == "Petra");
    BOOST_TEST(fields["decided"]["from"].is_null());
    // Nothing was recorded in this time.
    const json ended = json::parse(fine(path + "2026-12-05&to=2026-12-15"));
    BOOST_TEST(ended["from"]["position"] == ended["to"]["position"]);
    BOOST_TEST(ended["acceptances"].dump() ==
               R"({"added":[],"changed":[{"fields":{"in_force":{"from":true,"to":false},)"
               R"("state":{"from":"approved","to":"expired"}},"id":1}]})");
}

BOOST_AUTO_TEST_CASE(the_history_of_the_threat_has_the_events_of_its_acceptance) {
    const std::string history = fine("/api/products/1/threats/1/history");
    for (const char* type : {"threat.identified", "acceptance.requested", "acceptance.approved"}) {
        BOOST_TEST(history.find(type) != std::string::npos, type);
    }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
