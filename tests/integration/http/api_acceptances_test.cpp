// Risk acceptances over HTTP: requests, decisions, lists, and what the gate makes of them.

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "projections/audit/verify.hpp"
#include "support/api_fixture.hpp"

BOOST_AUTO_TEST_SUITE(api_acceptances_test)

using namespace std::chrono_literals;
using namespace threatatlas;
using namespace threatatlas::testing;
using nlohmann::json;

namespace {

// A product with two critical threats, an editor and an approver.
struct Acceptances : ApiFixture {
    Acceptances() {
        made("POST", "/api/products", {{"name", "Payments API"}});
        for (const char* const name : {"Forged", "Flooded"}) {
            made("POST", "/api/products/1/threats", {{"name", name}, {"severity", "critical"}});
        }
        editor = issue_role("editor");
        approver = issue_role("approver");
    }

    Answer post(const std::string& token, const std::string& target, const json& body = {}) const {
        return ask("POST", target,
                   {.token = token, .body = body.is_null() ? std::string() : body.dump()});
    }
    std::string day(int ahead) const {
        return base::format_day(base::day_of(clock.now()) + std::chrono::days{ahead});
    }
    json request(const std::vector<int>& threats, int days) const {
        const Answer answer =
            post(editor, "/api/products/1/acceptances",
                 {{"threat_ids", threats}, {"justification", "J"}, {"valid_until", day(days)}});
        BOOST_TEST_REQUIRE(answer.status == 201, answer.body);
        return answer.json();
    }
    Answer step(const std::string& action, int id, const json& body = {{"note", "N"}}) const {
        return post(approver, fmt::format("/api/products/1/acceptances/{}/{}", id, action), body);
    }
    void accept(const std::vector<int>& threats, int days) const {
        const json made = request(threats, days);
        BOOST_TEST_REQUIRE(step("approve", made.at("id")).status == 200);
    }
    json gate(const std::string& more = "") const {
        return get("/api/products/1/security-status?fail_on_critical=true" + more).json();
    }
    std::string tag(const std::string& more = "") const {
        return get("/api/products/1/security-status?fail_on_critical=true" + more).header("ETag");
    }
    // The ids in a list, and the states.
    static std::string ids_of(const Answer& answer) {
        std::string ids;
        for (const json& acceptance : answer.json()) {
            ids += fmt::format("{}:{} ", acceptance.at("id").get<int>(),
                               acceptance.at("state").get<std::string>());
        }
        return ids;
    }

    std::string editor;
    std::string approver;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(acceptance_calls, Acceptances)

BOOST_AUTO_TEST_CASE(the_gate_passes_while_all_critical_threats_are_accepted) {
    const json before = gate();
    BOOST_TEST(before.at("pass") == false);
    BOOST_TEST(!before.contains("acceptances"));
    accept({1}, 3);
    accept({2}, 10);
    const json now = gate();
    BOOST_TEST(now.at("pass") == true);
    BOOST_TEST(now.at("conditions")[0].dump() ==
               R"({"accepted":2,"actual":0,"limit":0,"pass":true,"rule":"fail_on_critical"})");
    BOOST_TEST(now.at("summary").at("by_severity").at("critical") == 2);
    const json& effect = now.at("acceptances");
    BOOST_TEST(effect.at("in_force") == 2);
    BOOST_TEST(effect.at("next_expiry") == day(3));
    BOOST_TEST(effect.at("fails_on") == day(4));
    BOOST_TEST(effect.at("next_change").at("at") == day(4) + "T00:00:00.000000Z");
    BOOST_TEST(effect.at("next_change").at("pass") == false);
    BOOST_TEST(effect.at("next_change").at("acceptance_ids").dump() == "[1]");
    BOOST_TEST(effect.at("pass_without_acceptances") == false);
    BOOST_TEST(gate("&acceptances=ignore").at("pass") == false);
    BOOST_TEST(get("/api/products/1/security-status?acceptances=all").status == 422);
    BOOST_TEST(get("/api/products/1/threats/1").json().at("acceptance_ids").dump() == "[1]");
}

BOOST_AUTO_TEST_CASE(a_day_that_ends_changes_the_answer_and_its_tag) {
    accept({1, 2}, 0);
    const std::string tag_before = tag();
    BOOST_TEST(gate().at("pass") == true);
    const base::Instant midnight = base::end_of(base::day_of(clock.now()));
    clock.advance(midnight - clock.now() - 1us);
    BOOST_TEST(gate().at("pass") == true);
    BOOST_TEST(tag() == tag_before);
    clock.advance(1us);
    const json after = gate();
    BOOST_TEST(after.at("pass") == false);
    BOOST_TEST(after.at("acceptances").at("in_force") == 0);
    BOOST_TEST(tag() != tag_before);
    BOOST_TEST(ask("GET", "/api/products/1/security-status?fail_on_critical=true",
                   {.headers = {{"If-None-Match", tag_before}}})
                   .status == 200);
    // Nothing was recorded, and the past still passes.
    BOOST_TEST(after.at("position") == 8);
    const std::string before_midnight = base::format_instant(midnight - 1us);
    BOOST_TEST(gate("&as_of=" + before_midnight).at("pass") == true);
    BOOST_TEST(gate("&as_of=" + base::format_instant(midnight)).at("pass") == false);
    // A position means the time of its transaction.
    BOOST_TEST(gate("&at_position=8").at("pass") == true);
    BOOST_TEST(gate("&at_position=7").at("pass") == false);
}

BOOST_AUTO_TEST_CASE(each_role_has_its_part) {
    const json body{{"threat_ids", {1}}, {"justification", "J"}, {"valid_until", day(3)}};
    BOOST_TEST(post(approver, "/api/products/1/acceptances", body).status == 403);
    BOOST_TEST(post(issue_role("auditor"), "/api/products/1/acceptances", body).status == 403);
    request({1}, 3);
    for (const std::string action : {"approve", "reject", "revoke"}) {
        BOOST_TEST(
            post(editor, "/api/products/1/acceptances/1/" + action, {{"note", "N"}}).status == 403);
    }
    BOOST_TEST(step("withdraw", 1, nullptr).status == 403);
    // An approver reads what an auditor reads, and changes nothing else.
    BOOST_TEST(get("/api/products/1/acceptances/1", approver).status == 200);
    BOOST_TEST(get("/api/products/1/download/report", approver).status == 200);
    BOOST_TEST(get("/api/products/1/events", approver).status == 200);
    BOOST_TEST(post(approver, "/api/products/1/threats", {{"name", "T"}}).status == 403);
    BOOST_TEST(step("approve", 1, nullptr).status == 200);
    // Tokens for other products see nothing.
    made("POST", "/api/products", {{"name", "Other"}});
    const std::string other = issue({{"name", "o"}, {"role", "approver"}, {"product_ids", {2}}});
    BOOST_TEST(get("/api/products/1/acceptances", other).status == 404);
    BOOST_TEST(get("/api/acceptances", other).json().empty());
}

BOOST_AUTO_TEST_CASE(lists_are_filtered_and_answer_about_the_past) {
    accept({1}, 3);
    clock.advance(1s);
    const std::string then = base::format_instant(clock.now());
    clock.advance(1s);
    request({2}, 40);
    request({1, 2}, 3);
    step("reject", 3);
    const auto list = [&](const std::string& query) {
        return ids_of(get("/api/products/1/acceptances" + query, approver));
    };
    BOOST_TEST(list("") == "1:approved 2:requested 3:rejected ");
    BOOST_TEST(list("?state=requested,rejected") == "2:requested 3:rejected ");
    BOOST_TEST(list("?threat_id=2") == "2:requested 3:rejected ");
    BOOST_TEST(list("?expires_before=" + day(4)) == "1:approved 3:rejected ");
    BOOST_TEST(list("?limit=1&after=1") == "2:requested ");
    BOOST_TEST(list("?as_of=" + then) == "1:approved ");
    BOOST_TEST(get("/api/products/1/acceptances/2?as_of=" + then).status == 404);
    BOOST_TEST(get("/api/products/1/acceptances/1?as_of=" + then).json() ==
               get("/api/products/1/acceptances/1").json());
    for (const char* const query :
         {"?state=open", "?threat_id=0", "?expires_before=soon", "?limit=0", "?what=1"}) {
        BOOST_TEST(get(std::string("/api/products/1/acceptances") + query).status == 422, query);
    }
    clock.advance(std::chrono::days{5});
    BOOST_TEST(list("?state=expired") == "1:expired ");
}

BOOST_AUTO_TEST_CASE(the_inbox_has_pages_across_products) {
    made("POST", "/api/products", {{"name", "Other"}});
    made("POST", "/api/products/2/threats", {{"name", "T"}, {"severity", "high"}});
    request({1}, 3);
    request({2}, 3);
    post(editor, "/api/products/2/acceptances",
         {{"threat_ids", {1}}, {"justification", "J"}, {"valid_until", day(9)}});
    step("approve", 1);
    std::string target = "/api/acceptances?state=requested&limit=1";
    std::string found;
    for (int pages = 0; pages < 5 && !target.empty(); ++pages) {
        const Answer answer = get(target, approver);
        BOOST_TEST_REQUIRE(answer.status == 200, answer.body);
        for (const json& acceptance : answer.json()) {
            found += fmt::format("{}-{} ", acceptance.at("product_id").get<int>(),
                                 acceptance.at("id").get<int>());
        }
        const std::string link = answer.header("Link");
        target = link.empty() ? "" : link.substr(1, link.find('>') - 1);
    }
    BOOST_TEST(found == "1-2 2-1 ");
    for (const char* const after : {"1", "1-", "-1", "1-x", "a-1", "1-2-3"}) {
        BOOST_TEST(get(std::string("/api/acceptances?after=") + after).status == 422, after);
    }
}

BOOST_AUTO_TEST_CASE(what_was_decided_is_verified_and_survives_a_restart) {
    accept({1}, 3);
    request({2}, 4);
    const json before = get("/api/products/1/acceptances").json();
    const json gate_before = gate();
    stop();
    {
        const auto store = store::Store::open(data(), {});
        const audit::Verification verification = audit::verify_projections(*store);
        BOOST_TEST(verification.clean());
        BOOST_TEST(verification.rows[static_cast<std::size_t>(store::Table::acceptances)] == 2U);
    }
    start();
    BOOST_TEST(get("/api/products/1/acceptances").json() == before);
    json gate_after = gate();
    gate_after["generated_at"] = gate_before.at("generated_at");
    BOOST_TEST(gate_after == gate_before);
}

BOOST_AUTO_TEST_CASE(a_repeated_decision_is_answered_once) {
    request({1}, 3);
    const auto approve = [&](const std::string& token) {
        return ask("POST", "/api/products/1/acceptances/1/approve",
                   {.token = token, .body = "{}", .headers = {{"Idempotency-Key", "k"}}});
    };
    const Answer first = approve(approver);
    BOOST_TEST(first.status == 200);
    BOOST_TEST(approve(approver).body == first.body);
    BOOST_TEST(approve(admin()).status == 409);
    BOOST_TEST(ask("POST", "/api/products/1/acceptances/1/revoke",
                   {.token = approver,
                    .body = R"({"note":"N"})",
                    .headers = {{"If-Match", "\"1-0000000000000000\""}}})
                   .status == 412);
}

BOOST_AUTO_TEST_CASE(metrics_count_acceptances) {
    accept({1}, 3);
    accept({2}, 60);
    const std::string metrics = get("/metrics").body;
    BOOST_TEST(metrics.find("threatatlas_product_acceptances_in_force{product_id=\"1\"} 2\n") !=
               std::string::npos);
    BOOST_TEST(metrics.find("threatatlas_product_acceptances_ending{product_id=\"1\"} 1\n") !=
               std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
