// Recorded checks over HTTP: answers of the gate about an artifact that are kept in the log.

#include <thread>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "base/base64.hpp"
#include "projections/audit/rebuild.hpp"
#include "projections/audit/verify.hpp"
#include "support/api_fixture.hpp"

BOOST_AUTO_TEST_SUITE(api_checks_test)

using namespace std::chrono_literals;
using namespace threatatlas;
using namespace threatatlas::testing;
using nlohmann::json;

namespace {

const std::string commit = "0123456789abcdef0123456789abcdef01234567";

// A product with a critical and a high threat.
struct Checks : ApiFixture {
    Checks() {
        made("POST", "/api/products", {{"name", "Payments API"}});
        for (const char* const severity : {"critical", "high"}) {
            made("POST", "/api/products/1/threats", {{"name", "T"}, {"severity", severity}});
        }
        gate_token = issue_role("gate");
    }

    static json body_of(json question) {
        question["subject"] = {{"name", "payments-api"}, {"digest", {{"gitCommit", commit}}}};
        return question;
    }
    Answer check(const json& question) const {
        return ask("POST", "/api/products/1/checks",
                   {.token = gate_token, .body = body_of(question).dump()});
    }
    // The gate's answer without what tells two answers about the same state apart.
    static json comparable(json answer) {
        answer.erase("generated_at");
        answer.erase("check_id");
        return answer;
    }
    audit::Verification verified() const {
        const auto store = store::Store::open(data(), {});
        return audit::verify_projections(*store);
    }

    std::string gate_token;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(check_calls, Checks)

BOOST_AUTO_TEST_CASE(a_check_answers_like_the_gate_and_is_recorded) {
    const Answer made = check({{"fail_on_critical", true}, {"min_mitigation_ratio", 0.5}});
    BOOST_TEST_REQUIRE(made.status == 201, made.body);
    BOOST_TEST(made.header("Location") == "/api/products/1/checks/1");
    BOOST_TEST(made.json().at("check_id") == 1);
    BOOST_TEST(made.json().at("pass") == false);
    const json gate = get("/api/products/1/security-status?fail_on_critical=true"
                          "&min_mitigation_ratio=0.5")
                          .json();
    BOOST_TEST(comparable(made.json()) == comparable(gate));

    const json kept = get("/api/products/1/checks/1", gate_token).json();
    BOOST_TEST(kept.at("pass") == false);
    BOOST_TEST(kept.at("conditions") == gate.at("conditions"));
    BOOST_TEST(kept.at("question").dump() ==
               R"({"fail_on_critical":true,"min_mitigation_ratio":0.5})");
    BOOST_TEST(kept.at("subject").at("digest").at("gitCommit") == commit);
    BOOST_TEST(kept.at("product_position") == gate.at("position"));
    BOOST_TEST(kept.at("actor") == "gate#2");
}

BOOST_AUTO_TEST_CASE(a_check_does_not_change_the_product) {
    const Answer product = get("/api/products/1");
    const Answer gate = get("/api/products/1/security-status?fail_on_critical=true");
    const std::string events = get("/api/products/1/events").body;
    for (int i = 0; i < 3; ++i) {
        BOOST_TEST(check({{"fail_on_critical", true}}).status == 201);
    }
    BOOST_TEST(get("/api/products/1").body == product.body);
    BOOST_TEST(get("/api/products/1").header("ETag") == product.header("ETag"));
    const Answer again = get("/api/products/1/security-status?fail_on_critical=true");
    BOOST_TEST(again.header("ETag") == gate.header("ETag"));
    BOOST_TEST(comparable(again.json()) == comparable(gate.json()));
    BOOST_TEST(get("/api/products/1/events").body == events);
    // An editor's condition still holds, and the checks are in the stream of all events.
    BOOST_TEST(
        ask("PATCH", "/api/products/1",
            {.body = R"({"description":"D"})", .headers = {{"If-Match", product.header("ETag")}}})
            .status == 200);
    BOOST_TEST(get("/api/events?types=gate.checked").lines().size() == 3U);
}

BOOST_AUTO_TEST_CASE(checks_are_found_by_subject_digest_and_time) {
    check({});
    clock.advance(std::chrono::hours{24});
    ask("POST", "/api/products/1/checks",
        {.token = gate_token,
         .body = R"({"subject":{"name":"other","digest":{"sha256":"00ff","gitTag":"ab"}},)"
                 R"("ref":"refs/tags/v1","pipeline_url":"https://ci.example/7"})"});
    const auto ids = [&](const std::string& query) {
        std::string found;
        for (const json& one : get("/api/products/1/checks" + query).json()) {
            found += fmt::format("{} ", one.at("check_id").get<int>());
        }
        return found;
    };
    BOOST_TEST(ids("") == "1 2 ");
    BOOST_TEST(ids("?subject=other") == "2 ");
    BOOST_TEST(ids("?digest=gitCommit:" + commit) == "1 ");
    BOOST_TEST(ids("?digest=00ff") == "2 ");
    BOOST_TEST(ids("?digest=gitTag:00ff").empty());
    BOOST_TEST(ids("?after=1") == "2 ");
    BOOST_TEST(ids("?limit=1") == "1 ");
    BOOST_TEST(ids("?to=" + base::format_instant(clock.now() - 1h)) == "1 ");
    BOOST_TEST(ids("?from=" + base::format_instant(clock.now() - 1h)) == "2 ");
    const json second = get("/api/products/1/checks/2").json();
    BOOST_TEST(second.at("ref") == "refs/tags/v1");
    BOOST_TEST(second.at("pipeline_url") == "https://ci.example/7");
    BOOST_TEST(get("/api/products/1/checks/3").status == 404);
    // They would find nothing, which would be taken for an answer.
    for (const std::string query : {"digest=00FF", "digest=sha256:", "digest=:00ff",
                                    "digest=", "digest=sha-256:00ff", "subject="}) {
        BOOST_TEST(get("/api/products/1/checks?" + query).status == 422, query);
    }
}

BOOST_AUTO_TEST_CASE(checks_of_an_archived_product_are_still_found) {
    check({});
    const std::string list = get("/api/products/1/checks").body;
    const std::string one = get("/api/products/1/checks/1").body;
    BOOST_TEST(ask("DELETE", "/api/products/1", {.type = ""}).status == 204);
    BOOST_TEST(get("/api/products/1/checks").body == list);
    BOOST_TEST(get("/api/products/1/checks/1").body == one);
    const Answer attestation = get("/api/products/1/checks/1/attestation");
    BOOST_TEST_REQUIRE(attestation.status == 200, attestation.body);
    const json statement = json::parse(
        base::bytes_of_base64(attestation.json().at("payload").get<std::string>()).value());
    BOOST_TEST(statement.at("predicate").at("threatatlas:check/v1").at("product").at("name") ==
               "Payments API");
    BOOST_TEST(get("/api/products/2/checks").status == 404);
}

BOOST_AUTO_TEST_CASE(a_check_by_a_policy_names_its_version_and_its_threats) {
    made("PUT", "/api/policies/web",
         {{"title", "Web"},
          {"rules",
           {{{"rule", "max_threats"}, {"severity", "high"}, {"limit", 0}},
            {{"rule", "max_open_days"}, {"severity", "high"}, {"limit", 3}, {"mode", "warn"}}}}});
    const json by_name = check({{"policy", "web"}}).json();
    BOOST_TEST(by_name.at("pass") == false);
    BOOST_TEST(by_name.at("conditions")[0].at("threat_ids").dump() == "[1,2]");
    made("PUT", "/api/products/1/policy", {{"policy", "web"}, {"enforced", true}});
    clock.advance(std::chrono::hours{24 * 5});
    const json enforced = check({}).json();
    BOOST_TEST(enforced.at("policy").at("enforced") == true);
    BOOST_TEST(enforced.at("warnings").size() == 1U);
    BOOST_TEST(comparable(enforced) == comparable(get("/api/products/1/security-status").json()));
    const Answer none = check({{"policy", "none"}});
    BOOST_TEST(none.status == 422);
    BOOST_TEST(none.json().at("errors")[0].at("pointer") == "/policy");
    BOOST_TEST(check({{"policy", "unknown"}}).status == 422);
    const json kept = get("/api/products/1/checks/2").json();
    BOOST_TEST(kept.at("policies").dump() == R"([{"enforced":true,"name":"web","version":1}])");
    stop();
    const auto verification = verified();
    BOOST_TEST(verification.clean());
    BOOST_TEST(verification.rows[static_cast<std::size_t>(store::Table::checks)] == 2U);
}

BOOST_AUTO_TEST_CASE(checks_survive_a_restart_and_a_rebuild) {
    check({{"fail_on_critical", true}});
    made("POST", "/api/products/1/threats", {{"name", "T"}, {"severity", "low"}});
    check({{"min_threats", 3}});
    const std::string before = get("/api/products/1/checks").body;
    stop();
    {
        const auto store = store::Store::open(data(), {});
        audit::rebuild_projections(*store, {});
    }
    BOOST_TEST(verified().clean());
    start();
    BOOST_TEST(get("/api/products/1/checks").body == before);
    BOOST_TEST(check({}).json().at("check_id") == 3);
}

BOOST_AUTO_TEST_CASE(a_repeated_check_is_recorded_once) {
    const auto send = [&] {
        return ask("POST", "/api/products/1/checks",
                   {.token = gate_token,
                    .body = body_of(json::object()).dump(),
                    .headers = {{"Idempotency-Key", "k"}}});
    };
    const Answer first = send();
    BOOST_TEST(first.status == 201);
    BOOST_TEST(send().body == first.body);
    BOOST_TEST(get("/api/products/1/checks").json().size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_check_that_reads_threats_is_of_one_state_while_the_product_changes) {
    made("PUT", "/api/policies/old",
         {{"title", "Old"},
          {"rules", {{{"rule", "max_open_days"}, {"severity", "low"}, {"limit", 0}}}}});
    clock.advance(std::chrono::hours{48});
    std::atomic<bool> ends = false;
    std::thread writer([&] {
        // Each change alters which threats break the rule.
        for (int i = 0; !ends; ++i) {
            send("PATCH", "/api/products/1/threats/1",
                 {{"status", i % 2 == 0 ? "mitigated" : "identified"}});
            clock.advance(1ms);
        }
    });
    int recorded = 0;
    for (int i = 0; i < 100; ++i) {
        const Answer made = check({{"policy", "old"}});
        BOOST_TEST((made.status == 201 || made.status == 503), made.body);
        recorded += made.status == 201 ? 1 : 0;
    }
    ends = true;
    writer.join();
    BOOST_TEST(recorded > 0);
    stop();
    BOOST_TEST(verified().clean());
}

BOOST_AUTO_TEST_CASE(attestations_are_envelopes_or_bundles) {
    check({{"fail_on_critical", true}});
    const Answer envelope = get("/api/products/1/checks/1/attestation", gate_token);
    BOOST_TEST_REQUIRE(envelope.status == 200, envelope.body);
    BOOST_TEST(envelope.header("Content-Type") == "application/vnd.dsse.envelope.v1+json");
    const json statement = json::parse(
        base::bytes_of_base64(envelope.json().at("payload").get<std::string>()).value());
    BOOST_TEST(statement.at("subject")[0].at("digest").at("gitCommit") == commit);
    BOOST_TEST(statement.at("predicate").at("verificationResult") == "FAILED");
    const std::string link = envelope.header("Link");
    BOOST_TEST(get(link.substr(1, link.find('>') - 1)).status == 200);
    const Answer bundle = get("/api/products/1/checks/1/attestation?format=bundle");
    BOOST_TEST(bundle.json().contains("dsseEnvelope"));
    BOOST_TEST(get("/api/products/1/checks/1/attestation?format=x").status == 422);
    BOOST_TEST(get("/api/products/1/checks/2/attestation").status == 404);
}

const std::array<std::string, 12> bad_bodies{
    R"({})",
    R"({"subject":1})",
    R"({"subject":{"name":"a"}})",
    R"({"subject":{"name":"","digest":{"sha256":"00"}}})",
    R"({"subject":{"name":"a","digest":{}}})",
    R"({"subject":{"name":"a","digest":{"sha256":"XYZ"}}})",
    R"({"subject":{"name":"a","digest":{"sha 256":"00"}}})",
    R"({"subject":{"name":"a","digest":{"sha256":"00","sha256":"11"}}})",
    R"({"subject":{"name":"a","digest":{"sha256":"00"}},"policy":"No Name"})",
    R"({"subject":{"name":"a","digest":{"sha256":"00"}},"min_mitigation_ratio":2})",
    R"({"subject":{"name":"a","digest":{"sha256":"00"}},"baseline":"2026-01-01"})",
    R"({"subject":{"name":"a","digest":{"sha256":"00"}},"acceptances":"all"})"};

BOOST_DATA_TEST_CASE(a_bad_request_records_nothing, bad_bodies, body) {
    const Answer answer = ask("POST", "/api/products/1/checks", {.body = body});
    BOOST_TEST(answer.status == 422, answer.body);
    for (const json& error : answer.json().at("errors")) {
        BOOST_TEST(error.at("detail").get<std::string>().ends_with('.'), answer.body);
    }
    BOOST_TEST(get("/api/products/1/checks").json().empty());
}

BOOST_AUTO_TEST_CASE(an_archived_or_unknown_product_is_not_checked) {
    BOOST_TEST(ask("POST", "/api/products/2/checks", {.body = body_of({}).dump()}).status == 404);
    BOOST_TEST(ask("DELETE", "/api/products/1", {.type = ""}).status == 204);
    BOOST_TEST(ask("POST", "/api/products/1/checks", {.body = body_of({}).dump()}).status == 404);
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
