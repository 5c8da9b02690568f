// Verdicts in the list of products, and since when a verdict has been what it is.

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "http/ops/service_limits.hpp"
#include "support/api_fixture.hpp"

BOOST_AUTO_TEST_SUITE(api_verdicts_test)

using namespace std::chrono_literals;
using namespace threatatlas;
using namespace threatatlas::testing;
using nlohmann::json;

namespace {

constexpr std::string_view since_path = "/api/products/1/security-status/since";

json rule(const std::string& kind, int limit, const json& more = json::object()) {
    json made{{"rule", kind}, {"limit", limit}};
    made.update(more);
    return made;
}

const json critical{{"severity", "critical"}};

// Product 1 with a critical threat, and the policies "web", which it breaks, "any", which it keeps,
// and "age", which it breaks after two days.
struct Judged : ApiFixture {
    Judged() {
        clock.set("2026-12-10T12:00:00Z");
        made("POST", "/api/products", {{"name", "Shop"}});
        clock.advance(1h);
        made("POST", "/api/products/1/threats",
             {{"name", "Forged"},
              {"severity", "critical"},
              {"reason", "Review"},
              {"on_behalf_of", "Ada"}});
        clock.advance(1h);
        define("web",
               {rule("max_threats", 0, critical), rule("min_threats", 9, {{"mode", "warn"}})});
        define("any", {rule("max_threats", 5, critical)});
        define("age", {rule("max_open_days", 1, critical)});
        clock.advance(1h);
    }

    void define(const std::string& name, const std::vector<json>& rules,
                const json& more = json::object()) const {
        json body{{"title", "T"}, {"rules", rules}};
        body.update(more);
        made("PUT", "/api/policies/" + name, body);
    }
    void assign(int product, const json& name, bool enforced = false) const {
        json body{{"policy", name}};
        if (enforced) {
            body["enforced"] = true;
        }
        made("PUT", fmt::format("/api/products/{}/policy", product), body);
    }
    json list(const std::string& query = "") const {
        const Answer answer = get("/api/products?with=verdict" + query);
        BOOST_TEST_REQUIRE(answer.status == 200, answer.body);
        return answer.json();
    }
    Answer ask_since(const std::string& query = "") const {
        return get(fmt::format("{}?{}", since_path, query));
    }
    json since(const std::string& query = "") const {
        const Answer answer = ask_since(query);
        BOOST_TEST_REQUIRE(answer.status == 200, answer.body);
        return answer.json();
    }
    std::string now() const { return base::format_instant(clock.now()); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(lists, Judged)

BOOST_AUTO_TEST_CASE(each_product_has_the_verdict_of_its_policy) {
    const std::string before = now();
    clock.advance(1s);
    made("POST", "/api/products", {{"name", "Docs"}});
    assign(1, "web", true);
    const json products = list();
    BOOST_TEST(products.at(0).at("verdict").dump() ==
               R"({"enforced":true,"fails_on":null,"failures":["Policy web: 1 critical threat(s), )"
               R"(at most 0 allowed"],"pass":false,"policy":"web","warnings":1})");
    BOOST_TEST(products.at(1).at("verdict").is_null());
    // An earlier moment is judged by the policy that was in force at that moment.
    BOOST_TEST(list("&as_of=" + before).at(0).at("verdict").is_null());
    define("web", {rule("max_threats", 5, critical)});
    BOOST_TEST(list().at(0).at("verdict").at("pass") == true);
    const std::string position = std::to_string(products.at(0).at("version").get<int>() + 5);
    BOOST_TEST(list("&at_position=" + position).at(0).at("verdict").at("pass") == false);
}

BOOST_AUTO_TEST_CASE(without_the_parameter_the_list_is_the_same) {
    assign(1, "web");
    json products = list();
    products.at(0).erase("verdict");
    BOOST_TEST(get("/api/products").json().dump() == products.dump());
    BOOST_TEST(get("/api/products?limit=1").body.find("verdict") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(verdicts_about_age_know_when_they_fail) {
    assign(1, "age");
    BOOST_TEST(list().at(0).at("verdict").at("fails_on") == "2026-12-12");
    clock.advance(48h);
    BOOST_TEST(list().at(0).at("verdict").at("pass") == false);
    BOOST_TEST(list("&as_of=2026-12-10").at(0).at("verdict").at("pass") == true);
}

BOOST_AUTO_TEST_CASE(a_policy_with_a_baseline_is_judged) {
    define("web", {rule("max_threats", 0, critical)}, {{"baseline", "2026-12-10"}});
    assign(1, "web");
    BOOST_TEST(list().at(0).at("verdict").at("pass") == true);
    clock.advance(24h);
    BOOST_TEST(list().at(0).at("verdict").at("pass") == true);
    made("POST", "/api/products/1/threats", {{"name", "New"}, {"severity", "critical"}});
    BOOST_TEST(list().at(0).at("verdict").at("pass") == false);
}

BOOST_AUTO_TEST_CASE(another_value_is_refused_by_name) {
    for (const char* const value : {"verdicts", "", "verdict,", "pass"}) {
        const Answer answer = get(fmt::format("/api/products?with={}", value));
        BOOST_TEST(answer.status == 422, value);
        BOOST_TEST(answer.json().at("errors").at(0).at("parameter") == "with");
        BOOST_TEST(answer.body.find("verdict") != std::string::npos);
    }
}

// Together the threats are more than one page reads, but each product is judged.
BOOST_AUTO_TEST_CASE(a_page_that_would_read_too_many_threats_ends) {
    constexpr std::size_t products = 3;
    constexpr std::size_t in_one = ops::limits::page_threats_max / products + 1;
    constexpr std::size_t in_one_request = 20'000;
    for (std::size_t product = 2; product <= products + 1; ++product) {
        made("POST", "/api/products", {{"name", "Many"}});
        for (std::size_t left = in_one; left > 0;) {
            const std::size_t count = std::min(left, in_one_request);
            std::string lines;
            for (std::size_t i = 0; i < count; ++i) {
                lines += R"({"type":"threat.identified","data":{"name":"T","severity":"low"}})"
                         "\n";
            }
            const Answer answer = ask("POST", fmt::format("/api/products/{}/events", product),
                                      {.body = lines, .type = "application/x-ndjson"});
            BOOST_TEST_REQUIRE(answer.status == 200, answer.body);
            left -= count;
        }
        assign(static_cast<int>(product), "age");
    }
    const Answer first = get("/api/products?with=verdict");
    BOOST_TEST_REQUIRE(first.status == 200, first.body);
    BOOST_TEST(first.json().size() == products);
    BOOST_TEST_REQUIRE(first.next().has_value());
    const Answer second = get(fmt::format("/api/products?with=verdict&after={}", *first.next()));
    BOOST_TEST_REQUIRE(second.json().size() == 1U);
    BOOST_TEST(!second.next().has_value());
    BOOST_TEST(second.json().at(0).at("verdict").at("pass") == true);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(changes, Judged)

BOOST_AUTO_TEST_CASE(an_event_is_named_with_its_author_and_reason) {
    const json answer = since("fail_on_critical=true");
    BOOST_TEST(answer.at("product_id") == 1);
    BOOST_TEST(answer.at("pass") == false);
    BOOST_TEST(answer.at("since") == "2026-12-10T13:00:00.000000Z");
    BOOST_TEST(answer.at("complete") == true);
    BOOST_TEST(answer.at("last_opposite").at("at") == "2026-12-10T12:59:59.999999Z");
    const json& cause = answer.at("cause");
    BOOST_TEST(cause.at("kind") == "event");
    BOOST_TEST(cause.at("conditions").dump() == R"(["fail_on_critical"])");
    BOOST_TEST(cause.at("event_count") == 1);
    const json& event = cause.at("events").at(0);
    BOOST_TEST(event.at("type") == "threatatlas.threat.identified.v1");
    BOOST_TEST(event.at("subject") == "threats/1");
    BOOST_TEST(event.at("time") == answer.at("since"));
    BOOST_TEST(event.at("reason") == "Review");
    BOOST_TEST(event.at("on_behalf_of") == "Ada");
    BOOST_TEST(cause.at("policy").is_null());
    // The gate agrees on both sides of the change.
    const auto gate = [&](const json& at) {
        return get(fmt::format("/api/products/1/security-status?fail_on_critical=true&as_of={}",
                               at.get<std::string>()))
            .json();
    };
    BOOST_TEST(gate(answer.at("since")).at("pass") == false);
    BOOST_TEST(gate(answer["last_opposite"].at("at")).at("pass") == true);
    BOOST_TEST(gate(answer["last_opposite"]["at"]).at("position") ==
               answer["last_opposite"].at("position"));
}

BOOST_AUTO_TEST_CASE(a_verdict_that_was_never_another_begins_with_the_registration) {
    const json answer = since();
    BOOST_TEST(answer.dump() == R"({"cause":null,"complete":true,"last_opposite":null,"pass":true,)"
                                R"("product_id":1,"since":"2026-12-10T12:00:00.000000Z"})");
}

BOOST_AUTO_TEST_CASE(a_policy_is_named_with_its_version) {
    assign(1, "any");
    clock.advance(1h);
    const std::string redefined = now();
    define("any", {rule("max_threats", 0, critical)});
    clock.advance(1h);
    const json answer = since();
    BOOST_TEST(answer.at("since") == redefined);
    BOOST_TEST(answer.at("cause").at("kind") == "policy");
    BOOST_TEST(answer["cause"].at("policy").dump() == R"({"name":"any","version":2})");
    BOOST_TEST(answer["cause"].at("conditions").dump() == R"(["any/max_threats/critical"])");
    BOOST_TEST(answer["cause"].at("events").at(0).at("type") == "threatatlas.policy.defined.v1");
    // By the policies of today the threat itself is the cause.
    BOOST_TEST(since("policy_at=now").at("since") == "2026-12-10T13:00:00.000000Z");
    BOOST_TEST(since("policy_at=now").at("cause").at("kind") == "event");
    clock.advance(1h);
    const std::string taken = now();
    assign(1, nullptr);
    BOOST_TEST(since().at("since") == taken);
    BOOST_TEST(since().at("cause").at("kind") == "policy");
    BOOST_TEST(since().at("cause").at("policy").is_null());
    // As of an earlier moment it is what it was then.
    BOOST_TEST(since("as_of=" + redefined).at("since") == redefined);
}

BOOST_AUTO_TEST_CASE(the_answer_goes_back_to_the_definition_of_the_policy_that_is_asked_for) {
    const json answer = since("policy=web");
    BOOST_TEST(answer.at("since") == "2026-12-10T14:00:00.000000Z");
    BOOST_TEST(answer.at("cause").at("kind") == "policy");
    BOOST_TEST(answer["cause"].at("conditions").empty());
    BOOST_TEST(answer.at("last_opposite").is_null());
}

BOOST_AUTO_TEST_CASE(a_day_is_the_cause_if_nothing_was_recorded) {
    assign(1, "age");
    clock.advance(10 * 24h);
    const json answer = since();
    BOOST_TEST(answer.at("since") == "2026-12-12T00:00:00.000000Z");
    BOOST_TEST(answer.at("cause").at("kind") == "day");
    BOOST_TEST(answer["cause"].at("conditions").dump() == R"(["age/max_open_days/critical"])");
    BOOST_TEST(answer["cause"].at("events").empty());
    define("late", {rule("max_threats", 0, critical)}, {{"effective_from", "2026-12-25"}});
    assign(1, "late");
    clock.advance(20 * 24h);
    BOOST_TEST(since().at("since") == "2026-12-25T00:00:00.000000Z");
    BOOST_TEST(since().at("cause").at("policies_in_effect").dump() == R"(["late"])");
}

BOOST_AUTO_TEST_CASE(the_end_of_an_acceptance_is_named) {
    const json request{
        {"threat_ids", {1}}, {"justification", "Soon gone"}, {"valid_until", "2026-12-13"}};
    BOOST_TEST_REQUIRE(ask("POST", "/api/products/1/acceptances",
                           {.token = issue_role("editor"), .body = request.dump()})
                           .status == 201);
    BOOST_TEST_REQUIRE(ask("POST", "/api/products/1/acceptances/1/approve",
                           {.token = issue_role("approver"), .body = "{}"})
                           .status == 200);
    BOOST_TEST(since("fail_on_critical=true").at("pass") == true);
    clock.advance(8 * 24h);
    const json answer = since("fail_on_critical=true");
    BOOST_TEST(answer.at("since") == "2026-12-14T00:00:00.000000Z");
    BOOST_TEST(answer.at("cause").at("ended_acceptance_ids").dump() == "[1]");
    BOOST_TEST(since("fail_on_critical=true&acceptances=ignore").at("since") ==
               "2026-12-10T13:00:00.000000Z");
}

BOOST_AUTO_TEST_CASE(a_policy_with_a_baseline_is_asked_at_each_moment) {
    define("web", {rule("max_threats", 0, critical)}, {{"baseline", "2026-12-10"}});
    assign(1, "web");
    clock.advance(24h);
    BOOST_TEST(since().at("pass") == true);
    const std::string found = now();
    made("POST", "/api/products/1/threats", {{"name", "New"}, {"severity", "critical"}});
    clock.advance(24h);
    made("PATCH", "/api/products/1", {{"description", "Nothing else"}});
    const json answer = since();
    BOOST_TEST(answer.at("pass") == false);
    BOOST_TEST(answer.at("since") == found);
    BOOST_TEST(answer.at("cause").at("events").at(0).at("subject") == "threats/2");
}

BOOST_AUTO_TEST_CASE(questions_are_refused_as_by_the_gate) {
    const auto refused = [&](const std::string& query, const std::string& parameter) {
        const Answer answer = ask_since(query);
        BOOST_TEST(answer.status == 422, query);
        BOOST_TEST(answer.json().at("errors").at(0).at("parameter") == parameter);
    };
    refused("fail_on_crtical=true", "fail_on_crtical");
    refused("min_threats=x", "min_threats");
    refused("baseline=2026-12-10", "baseline");
    refused("policy=unknown", "policy");
    refused("as_of=2027-12-10", "as_of");
    refused("at_position=1000", "at_position");
    assign(1, "web", true);
    refused("policy=none", "policy");
    BOOST_TEST(ask_since("as_of=2026-12-09").status == 404);
    BOOST_TEST(get("/api/products/7/security-status/since").status == 404);
    made("POST", "/api/products", {{"name", "Other"}});
    const std::string stranger =
        issue({{"name", "other"}, {"role", "auditor"}, {"product_ids", {2}}});
    BOOST_TEST(get(std::string(since_path), stranger).status == 404);
    BOOST_TEST(get(std::string(since_path), issue_role("gate")).status == 403);
}

BOOST_AUTO_TEST_CASE(an_archived_product_is_answered_for_the_past_only) {
    const std::string then = now();
    clock.advance(1h);
    BOOST_TEST_REQUIRE(ask("DELETE", "/api/products/1").status == 204);
    BOOST_TEST(ask_since("fail_on_critical=true").status == 404);
    BOOST_TEST(since("fail_on_critical=true&as_of=" + then).at("since") ==
               "2026-12-10T13:00:00.000000Z");
}

BOOST_AUTO_TEST_CASE(the_tag_changes_when_the_answer_may) {
    const std::string target = fmt::format("{}?fail_on_critical=true", since_path);
    const auto tag = [&] { return get(target).header("ETag"); };
    const std::string first = tag();
    BOOST_TEST_REQUIRE(!first.empty());
    const auto status = [&] {
        return ask("GET", target, {.headers = {{"If-None-Match", first}}}).status;
    };
    BOOST_TEST(status() == 304);
    BOOST_TEST(get(target + "&acceptances=ignore").header("ETag") != first);
    made("PATCH", "/api/products/1/threats/1", {{"severity", "low"}});
    BOOST_TEST(status() == 200);
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
