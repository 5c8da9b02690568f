#include <set>
#include <thread>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "http/ops/service_limits.hpp"
#include "support/api_fixture.hpp"

BOOST_AUTO_TEST_SUITE(api_write_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::ops;
using namespace threatatlas::testing;
using nlohmann::json;

namespace {

struct Writes : ApiFixture {
    Writes() { made("POST", "/api/products", {{"name", "Payments API"}}); }

    std::uint64_t log_end() const { return last_event()["position"]; }
    json last_event() const { return get("/api/events?limit=1000").lines().back(); }
};

const std::string threats = "/api/products/1/threats";
const std::string mitigations = "/api/products/1/mitigations";
const std::string events = "/api/products/1/events";

// Checks that `actual` has all members of `expected`.
void check_members(const json& actual, const json& expected) {
    for (const auto& [key, value] : expected.items()) {
        BOOST_TEST(actual.at(key) == value, key << ": " << actual.at(key).dump());
    }
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(writes, Writes)

BOOST_AUTO_TEST_CASE(a_product_from_its_registration_to_its_end) {
    const Answer made_one = send("POST", "/api/products",
                                 {{"name", "Shop"},
                                  {"description", "Sells."},
                                  {"status", "testing"},
                                  {"owner_email", "a@b.example"}});
    BOOST_TEST(made_one.status == 201);
    BOOST_TEST(made_one.header("Location") == "/api/products/2");
    BOOST_TEST(made_one.header("ETag").starts_with("\"1-"));
    BOOST_TEST(made_one.header("X-Log-Position") == "3");
    check_members(made_one.json(), {{"id", 2},
                                    {"name", "Shop"},
                                    {"status", "testing"},
                                    {"business_area", nullptr},
                                    {"version", 1},
                                    {"archived_at", nullptr}});

    const Answer changed =
        send("PATCH", "/api/products/2", {{"description", nullptr}, {"reason", "rewritten"}});
    BOOST_TEST(changed.status == 200);
    BOOST_TEST(changed.header("ETag").starts_with("\"2-"));
    BOOST_TEST(changed.header("Location") == "");
    check_members(changed.json(), {{"description", nullptr}, {"version", 2}});
    BOOST_TEST(last_event()["reason"].get<std::string>() == "rewritten");

    const Answer archived = ask("DELETE", "/api/products/2");
    BOOST_TEST(archived.status == 204);
    BOOST_TEST(archived.body == "");
    BOOST_TEST(archived.header("ETag").starts_with("\"3-"));
    BOOST_TEST(archived.header("X-Log-Position") == "5");
    BOOST_TEST(ask("DELETE", "/api/products/2").status == 404);
    BOOST_TEST(send("PATCH", "/api/products/2", {{"name", "x"}}).status == 404);
    BOOST_TEST(get("/api/products/2").status == 404);
}

BOOST_AUTO_TEST_CASE(a_threat_from_its_discovery_to_its_end) {
    const Answer found = send("POST", threats,
                              {{"name", "SQL injection"},
                               {"diagram", "Checkout"},
                               {"element_id", "node-7"},
                               {"likelihood", 4},
                               {"impact", 5}});
    BOOST_TEST(found.status == 201);
    BOOST_TEST(found.header("Location") == "/api/products/1/threats/1");
    check_members(found.json(), {{"id", 1},
                                 {"product_id", 1},
                                 {"severity", "critical"},
                                 {"risk_score", 20},
                                 {"status", "identified"},
                                 {"covered", false},
                                 {"covered_by", json::array()}});

    const Answer changed = send(
        "PATCH", threats + "/1",
        {{"name", "SQL injection in login"}, {"severity", "medium"}, {"status", "in_progress"}});
    BOOST_TEST(changed.status == 200);
    check_members(changed.json(), {{"name", "SQL injection in login"},
                                   {"severity", "medium"},
                                   {"likelihood", nullptr},
                                   {"status", "in_progress"}});
    // Fields of three kinds make three events of one transaction.
    BOOST_TEST(changed.header("ETag").starts_with("\"5-"));
    const auto lines = get("/api/products/1/events?after=3").lines();
    BOOST_TEST_REQUIRE(lines.size() == 3);
    BOOST_TEST(lines[0]["time"] == lines[2]["time"]);

    const std::uint64_t before = log_end();
    const Answer unchanged = send("PATCH", threats + "/1", {{"severity", "medium"}});
    BOOST_TEST(unchanged.status == 200);
    BOOST_TEST(unchanged.header("ETag").starts_with("\"5-"));
    BOOST_TEST(log_end() == before);

    BOOST_TEST(ask("DELETE", threats + "/1").status == 204);
    BOOST_TEST(ask("DELETE", threats + "/1").status == 404);
    BOOST_TEST(send("PATCH", threats + "/1", {{"name", "x"}}).status == 404);
    BOOST_TEST(get(threats + "/1").status == 404);
}

BOOST_AUTO_TEST_CASE(a_mitigation_from_its_proposal_to_its_end) {
    made("POST", threats, {{"name", "t"}, {"severity", "high"}});
    made("POST", threats, {{"name", "u"}, {"element_id", "node-7"}});
    const Answer proposed =
        send("POST", mitigations, {{"name", "Prepared statements"}, {"threat_ids", {1}}});
    BOOST_TEST(proposed.status == 201);
    BOOST_TEST(proposed.header("Location") == "/api/products/1/mitigations/1");
    check_members(proposed.json(),
                  {{"id", 1}, {"status", "proposed"}, {"active", false}, {"threat_ids", {1}}});
    BOOST_TEST(get(threats + "/1").json()["covered"] == false);

    const json active = made("PATCH", mitigations + "/1", {{"status", "verified"}});
    BOOST_TEST(active["active"] == true);
    BOOST_TEST(get(threats + "/1").json()["covered_by"] == json({1}));

    made("PATCH", mitigations + "/1", {{"threat_ids", nullptr}, {"element_id", "node-7"}});
    BOOST_TEST(get(threats + "/1").json()["covered"] == false);
    BOOST_TEST(get(threats + "/2").json()["covered_by"] == json({1}));

    BOOST_TEST(ask("DELETE", mitigations + "/1").status == 204);
    BOOST_TEST(get(threats + "/2").json()["covered"] == false);
    BOOST_TEST(get(mitigations + "/1").status == 404);
}

BOOST_AUTO_TEST_CASE(many_facts_at_once_in_three_forms) {
    const std::vector<std::pair<std::string, std::string>> bodies{
        {"application/x-ndjson",
         "{\"type\":\"threat.identified\",\"data\":{\"name\":\"a\"}}\n"
         "{\"type\":\"threat.identified\",\"data\":{\"name\":\"b\"}}\n"},
        {"application/json; charset=utf-8",
         R"([{"type":"threat.identified","data":{"name":"a"}},)"
         R"({"type":"threatatlas.threat.identified.v1","data":{"name":"b"},"reason":"r"}])"},
        {"application/cloudevents-batch+json",
         R"([{"specversion":"1.0","id":"x","source":"s","type":"threat.identified",)"
         R"("time":"2020-01-01T00:00:00Z","data":{"name":"a"}},)"
         R"({"specversion":"1.0","id":"y","source":"s","type":"threat.identified","data":{"name":"b"}}])"},
    };
    std::uint64_t first = 3;
    for (const auto& [type, body] : bodies) {
        const Answer answer = ask("POST", events, {.body = body, .type = type});
        BOOST_TEST_REQUIRE(answer.status == 200, answer.body);
        BOOST_TEST(answer.json() == json({{"appended", 2},
                                          {"first_position", first},
                                          {"last_position", first + 1},
                                          {"version", first}}));
        BOOST_TEST(answer.header("ETag").starts_with(fmt::format("\"{}-", first)));
        BOOST_TEST(answer.header("ETag") == get("/api/products/1").header("ETag"));
        first += 2;
    }
    const auto lines = get(events + "?after=6").lines();
    BOOST_TEST(lines[0]["data"]["occurred_at"].get<std::string>() == "2020-01-01T00:00:00.000000Z");
}

BOOST_AUTO_TEST_CASE(a_cloud_event_of_a_clock_slightly_ahead_is_recorded_as_it_was_sent) {
    const auto send_at = [&](Instant time) {
        return ask("POST", events,
                   {.body = R"([{"specversion":"1.0","id":"x","source":"s",)"
                            R"("type":"threat.identified","data":{"name":"a"},"time":")" +
                            format_instant(time) + "\"}]",
                    .type = "application/cloudevents-batch+json"});
    };
    const Instant ahead = clock.now() + std::chrono::milliseconds(50);
    const Answer answer = send_at(ahead);
    BOOST_TEST_REQUIRE(answer.status == 200, answer.body);
    BOOST_TEST(get(events).lines().back()["data"]["occurred_at"].get<std::string>() ==
               format_instant(ahead));
    const Answer refused = send_at(clock.now() + std::chrono::minutes(2));
    BOOST_TEST(refused.status == 422);
    BOOST_TEST(refused.json()["errors"][0]["pointer"].get<std::string>() == "/0/time");
    BOOST_TEST(refused.json()["detail"].get<std::string>().starts_with("time is more than 60 "));
}

BOOST_AUTO_TEST_CASE(one_bad_item_and_nothing_is_recorded) {
    const std::uint64_t before = log_end();
    const Answer answer =
        ask("POST", events,
            {.body = R"([{"type":"threat.identified","data":{"name":"a"}},)"
                     R"({"type":"threat.identified","data":{"name":"b","severity":"grave"}}])"});
    BOOST_TEST(answer.status == 422);
    BOOST_TEST(answer.json()["errors"][0]["pointer"].get<std::string>() == "/1/data/severity");
    BOOST_TEST(log_end() == before);
    BOOST_TEST(get(threats).json().empty());
}

// Long bodies are processed by another thread than short ones.
BOOST_AUTO_TEST_CASE(a_long_body_is_told_the_same) {
    const std::uint64_t before = log_end();
    const std::string item =
        R"({"type":"threat.identified","data":{"name":")" + std::string(500, 'n') + "\"}}\n";
    std::string body;
    std::size_t items = 0;
    for (; body.size() < 2 * ops::limits::long_body_bytes; ++items) {
        body += item;
    }
    const auto sent = [&](const std::string& bytes) {
        return ask("POST", events,
                   {.body = bytes,
                    .type = "application/x-ndjson",
                    .headers = {{"Idempotency-Key", "long"}}});
    };
    const Answer refused = sent(body + R"({"type":"threat.identified","data":{}})" + "\n");
    BOOST_TEST(refused.status == 422, refused.body);
    BOOST_TEST(refused.json()["errors"][0]["pointer"].get<std::string>() ==
               fmt::format("/{}/data/name", items));
    BOOST_TEST(sent(body + "{\n").status == 400);
    BOOST_TEST(log_end() == before);

    const Answer first = sent(body);
    BOOST_TEST_REQUIRE(first.status == 200, first.body);
    BOOST_TEST(first.json()["appended"] == items);
    BOOST_TEST(sent(body).body == first.body);
    BOOST_TEST(sent(body + item).status == 409);
    BOOST_TEST(log_end() == before + items);
}

BOOST_AUTO_TEST_CASE(an_id_that_is_taken_is_a_conflict) {
    const std::string body = R"([{"type":"threat.identified","data":{"threat_id":7,"name":"a"}}])";
    BOOST_TEST(ask("POST", events, {.body = body}).status == 200);
    BOOST_TEST(ask("POST", events, {.body = body}).status == 409);
    BOOST_TEST(made("POST", threats, {{"name", "next"}})["id"].get<int>() == 8);
}

BOOST_AUTO_TEST_CASE(bodies_of_another_kind_are_refused) {
    const std::string body = R"({"name":"x"})";
    for (const char* type : {"text/plain", "application/x-www-form-urlencoded", "application/xml",
                             "application/json; charset=latin1", "json", "application/x-ndjson"}) {
        BOOST_TEST(ask("POST", threats, {.body = body, .type = type}).status == 415, type);
    }
    BOOST_TEST(ask("POST", threats, {.body = body, .type = ""}).status == 415);
    for (const char* type :
         {"application/json", "Application/JSON", "application/json;charset=UTF-8",
          "application/json ; charset=\"utf-8\""}) {
        BOOST_TEST(ask("POST", threats, {.body = body, .type = type}).status == 201, type);
    }
    BOOST_TEST(ask("POST", events, {.body = body, .type = "text/csv"}).status == 415);
}

BOOST_AUTO_TEST_CASE(bodies_that_are_not_json_are_400) {
    for (const char* body : {"{", "[]x", "{\"name\":}", "nul", "{\"name\":\"\xff\"}",
                             "{\"name\":\"a\",\"name\":\"b\"}"}) {
        const Answer answer = ask("POST", threats, {.body = body});
        BOOST_TEST((answer.status == 400 || answer.status == 422), body << answer.status);
    }
    BOOST_TEST(ask("POST", threats, {.body = "{"}).status == 400);
    BOOST_TEST(ask("POST", threats, {.headers = {{"Content-Type", "application/json"}}}).status ==
               400);
}

BOOST_AUTO_TEST_CASE(bodies_over_the_limit_are_413) {
    const std::string big = R"({"name":"x","description":")" + std::string(1 << 20, 'x') + "\"}";
    BOOST_TEST(ask("POST", threats, {.body = big}).status == 413);
    // Bulk requests have a larger limit.
    BOOST_TEST(ask("POST", events, {.body = "[" + big + "]"}).status == 422);
    const std::string too_big(std::size_t{8 << 20} + 1, ' ');
    BOOST_TEST(ask("POST", events, {.body = too_big}).status == 413);
}

BOOST_AUTO_TEST_CASE(fields_are_checked_and_named) {
    made("POST", threats, {{"name", "t"}});
    const std::vector<std::tuple<std::string, std::string, json, std::string>> cases{
        {"POST", threats, json::object(), "/name"},
        {"POST", threats, {{"name", ""}}, "/name"},
        {"POST", threats, {{"name", std::string(501, 'x')}}, "/name"},
        {"POST", threats, {{"name", "a\x01"}}, "/name"},
        {"POST", threats, {{"name", "x"}, {"severity", "huge"}}, "/severity"},
        {"POST", threats, {{"name", "x"}, {"likelihood", 3}}, "/impact"},
        {"POST", threats, {{"name", "x"}, {"likelihood", 0}, {"impact", 3}}, "/likelihood"},
        {"POST", threats, {{"name", "x"}, {"status", "done"}}, "/status"},
        {"POST", threats, {{"name", "x"}, {"titel", "y"}}, "/titel"},
        {"POST", threats, {{"name", "x"}, {"reason", std::string(1001, 'r')}}, "/reason"},
        {"PATCH", threats + "/1", {{"name", nullptr}}, "/name"},
        {"PATCH", threats + "/1", {{"impact", 3}}, "/likelihood"},
        {"POST", mitigations, {{"name", "m"}, {"threat_ids", {9}}}, "/threat_ids"},
        {"POST", "/api/products", {{"name", "p"}, {"status", "retired"}}, "/status"},
        {"PATCH", "/api/products/1", {{"owner", "x"}}, "/owner"},
    };
    const std::uint64_t before = log_end();
    for (const auto& [method, target, body, pointer] : cases) {
        const Answer answer = send(method, target, body);
        BOOST_TEST_REQUIRE(answer.status == 422, method << target << body.dump() << answer.body);
        BOOST_TEST(answer.json()["errors"][0]["pointer"].get<std::string>().starts_with(pointer),
                   answer.body);
    }
    BOOST_TEST(log_end() == before);
}

BOOST_AUTO_TEST_CASE(a_write_takes_no_parameters_but_a_delete_says_why) {
    made("POST", threats, {{"name", "t"}});
    const Answer refused = ask("POST", threats + "?reason=x", {.body = R"({"name":"t"})"});
    BOOST_TEST(refused.status == 422);
    BOOST_TEST(refused.json()["errors"][0]["parameter"].get<std::string>() == "reason");
    const Answer typo = ask("DELETE", threats + "/1?raeson=x");
    BOOST_TEST(typo.status == 422);
    BOOST_TEST(typo.body.find("Did you mean reason?") != std::string::npos);
    const Answer too_long = ask("DELETE", threats + "/1?on_behalf_of=" + std::string(201, 'x'));
    BOOST_TEST(too_long.status == 422);
    BOOST_TEST(too_long.json()["errors"][0]["parameter"].get<std::string>() == "on_behalf_of");
    BOOST_TEST(ask("DELETE", threats + "/1", {.body = "{}"}).status == 422);
    BOOST_TEST(ask("DELETE", threats + "/1?reason=not+ours%21&on_behalf_of=%C3%84nne").status ==
               204);
    const json event = last_event();
    BOOST_TEST(event["reason"].get<std::string>() == "not ours!");
    BOOST_TEST(event["onbehalfof"].get<std::string>() == "\u00c4nne");
    BOOST_TEST(event["actor"].get<std::string>() == "admin#1");
}

BOOST_AUTO_TEST_CASE(if_match_holds_a_write_to_the_state_that_was_seen) {
    const auto tag = [&] { return get("/api/products/1").header("ETag"); };
    const auto write = [&](const std::string& condition) {
        return send("POST", threats, {{"name", "t"}}, {{"If-Match", condition}}).status;
    };
    const std::string first = tag();
    BOOST_TEST(write(first) == 201);
    BOOST_TEST(write(first) == 412);
    BOOST_TEST(write(first + ", " + tag()) == 201);
    BOOST_TEST(write("*") == 201);
    BOOST_TEST(write("4") == 422);
    const auto remove = [&](const std::string& condition) {
        return ask("DELETE", threats + "/1", {.headers = {{"If-Match", condition}}}).status;
    };
    BOOST_TEST(remove(first) == 412);
    BOOST_TEST(remove(tag()) == 204);
    BOOST_TEST(get(threats).json().size() == 2);
}

BOOST_AUTO_TEST_CASE(a_tag_that_cannot_match_is_told_why) {
    const std::string tag = get("/api/products/1").header("ETag");
    const std::string other_state = "\"1-0123456789abcdef\"";
    for (const auto& [condition, part] : std::vector<std::pair<std::string, std::string>>{
             {"W/" + tag, "weak tags never match"},
             {"\"1\"", "does not give"},
             {other_state, "restored or imported"},
             {"\"2" + tag.substr(2), "at version 1 by now"}}) {
        const Answer answer = send("POST", threats, {{"name", "t"}}, {{"If-Match", condition}});
        BOOST_TEST(answer.status == 412, condition);
        BOOST_TEST(answer.json()["detail"].get<std::string>().find(part) != std::string::npos,
                   answer.body);
        BOOST_TEST(answer.json()["errors"][0]["header"] == "If-Match");
    }
    BOOST_TEST(get("/api/products/1").header("ETag") == tag);
}

BOOST_AUTO_TEST_CASE(if_none_match_never_lets_a_write_through_to_what_is_there) {
    made("POST", threats, {{"name", "t"}});
    const auto write = [&](const std::string& method, const std::string& target,
                           const std::string& condition) {
        return ask(method, target,
                   {.body = method == "DELETE" ? "" : R"({"name":"u"})",
                    .headers = {{"If-None-Match", condition}}});
    };
    for (const auto& [method, target] :
         {std::pair("PATCH", threats + "/1"), std::pair("DELETE", threats + "/1"),
          std::pair("POST", threats), std::pair("POST", std::string("/api/products"))}) {
        const Answer refused = write(method, target, "*");
        BOOST_TEST(refused.status == 412, method);
        BOOST_TEST(refused.json()["errors"][0]["header"] == "If-None-Match");
        BOOST_TEST(refused.json()["detail"].get<std::string>().find("leave the header out") !=
                   std::string::npos);
        BOOST_TEST(write(method, target, "\"1\"").status == 422, method);
    }
    BOOST_TEST(write("PATCH", threats + "/9", "*").status == 404);
    BOOST_TEST(write("PATCH", "/api/products/9", "*").status == 404);
    BOOST_TEST(get(threats + "/1").json()["name"] == "t");
    const Answer dated = ask("PATCH", threats + "/1",
                             {.body = R"({"name":"u"})",
                              .headers = {{"If-Unmodified-Since", "Sat, 29 Oct 1994 19:43:31 GMT"},
                                          {"If-Modified-Since", "Sat, 29 Oct 1994 19:43:31 GMT"}}});
    BOOST_TEST(dated.status == 200);
}

BOOST_AUTO_TEST_CASE(a_body_that_is_not_json_is_answered_with_its_place) {
    const auto detail_of = [&](const std::string& target, const std::string& body,
                               const std::string& type = "application/json") {
        const Answer refused = ask("POST", target, {.body = body, .type = type});
        BOOST_TEST(refused.status == 400, body);
        return refused.json()["detail"].get<std::string>();
    };
    BOOST_TEST(detail_of(threats, "{\n  \"name\": \"t\"\n  \"severity\": \"high\"\n}")
                   .find("(line 3, column 3)") != std::string::npos);
    const std::string removal = R"({"type":"threat.removed","data":{"threat_id":1}})";
    const std::string events = "/api/products/1/events";
    BOOST_TEST(
        detail_of(events, removal + "\n\n" + removal + "\n{\"type\"\n", "application/x-ndjson")
            .find("(line 4, column 8)") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_field_of_another_name_is_told_what_it_is_called_here) {
    const auto errors_of = [&](const std::string& body) {
        const Answer refused = ask("POST", threats, {.body = body});
        BOOST_TEST(refused.status == 422);
        return refused.json()["errors"].dump();
    };
    BOOST_TEST(errors_of(R"({"title":"t"})").find(R"(Did you mean \"name\"?)") !=
               std::string::npos);
    BOOST_TEST(errors_of(R"({"name":"t","severity":"HIGH"})")
                   .find(R"(Did you mean \"high\"? Give one of critical, high, medium or low.)") !=
               std::string::npos);
    const Answer filter = get(threats + "?severity=High");
    BOOST_TEST(filter.status == 422);
    BOOST_TEST(filter.body.find("Did you mean high?") != std::string::npos, filter.body);
}

BOOST_AUTO_TEST_CASE(a_name_without_a_visible_character_is_none) {
    for (const char* name : {" ", "\t\n", "\u00A0", "\u200B", "\u3000 \uFEFF"}) {
        BOOST_TEST(send("POST", "/api/products", {{"name", name}}).status == 422, name);
        BOOST_TEST(send("POST", threats, {{"name", name}}).status == 422, name);
        BOOST_TEST(
            send("POST", "/api/api-tokens", {{"name", name}, {"role", "gate"}}).status == 422,
            name);
        BOOST_TEST(send("POST", threats, {{"name", "t"}, {"reason", name}}).status == 422, name);
        BOOST_TEST(send("POST", "/api/products/1/mitigations", {{"name", name}}).status == 422,
                   name);
        for (const char* object : {"", "/threats/1", "/mitigations/1"}) {
            BOOST_TEST(
                send("PATCH", std::string("/api/products/1") + object, {{"name", name}}).status ==
                    422,
                name);
        }
        for (const char* type : {"threat.identified", "mitigation.proposed", "product.described"}) {
            BOOST_TEST(send("POST", "/api/products/1/events",
                            json::array({{{"type", type}, {"data", {{"name", name}}}}}))
                               .status == 422,
                       name);
        }
        BOOST_TEST(send("PUT", "/api/products/by-external-id/k", {{"name", name}}).status == 422,
                   name);
    }
    BOOST_TEST(ask("DELETE", "/api/products/1?reason=%E2%80%8B").status == 422);
}

BOOST_AUTO_TEST_CASE(the_same_key_gives_the_first_answer_again) {
    const httplib::Headers key{{"Idempotency-Key", "k-1"}};
    const Answer first = send("POST", threats, {{"name", "t"}}, key);
    BOOST_TEST(first.status == 201);
    made("PATCH", threats + "/1", {{"name", "other"}});
    const auto check_again = [&] {
        const Answer again = send("POST", threats, {{"name", "t"}}, key);
        BOOST_TEST(again.status == 201);
        BOOST_TEST(again.body == first.body);
        for (const char* header : {"ETag", "Location", "X-Log-Position", "X-Log-Epoch"}) {
            BOOST_TEST(again.header(header) == first.header(header));
        }
    };
    check_again();
    stop();
    start();
    check_again();
    BOOST_TEST(get(threats).json().size() == 1);
    BOOST_TEST(
        get(events + "?types=threat.identified").lines()[0]["idempotencykey"].get<std::string>() ==
        "k-1");

    for (const auto& [method, target, body] :
         std::vector<std::tuple<std::string, std::string, json>>{
             {"POST", threats, {{"name", "u"}}},
             {"POST", mitigations, {{"name", "t"}}},
             {"PATCH", threats + "/1", {{"name", "t"}}}}) {
        const Answer other = send(method, target, body, key);
        BOOST_TEST(other.status == 409, target);
        BOOST_TEST(other.json()["errors"][0]["header"].get<std::string>() == "Idempotency-Key");
    }
    // Another token has its own keys.
    const std::string editor = issue_role("editor");
    BOOST_TEST(
        ask("POST", threats, {.token = editor, .body = R"({"name":"t"})", .headers = key}).status ==
        201);
}

BOOST_AUTO_TEST_CASE(a_delete_with_a_key_can_be_repeated) {
    made("POST", threats, {{"name", "t"}});
    const Asked asked{.headers = {{"Idempotency-Key", "d"}}};
    const Answer first = ask("DELETE", threats + "/1?reason=a", asked);
    BOOST_TEST(first.status == 204);
    BOOST_TEST(ask("DELETE", threats + "/1?reason=a", asked).header("X-Log-Position") ==
               first.header("X-Log-Position"));
    BOOST_TEST(ask("DELETE", threats + "/1?reason=b", asked).status == 409);
    BOOST_TEST(ask("DELETE", threats + "/1").status == 404);
}

BOOST_AUTO_TEST_CASE(a_refused_write_keeps_no_answer) {
    const httplib::Headers key{{"Idempotency-Key", "k"}};
    BOOST_TEST(send("PATCH", threats + "/1", {{"name", "t"}}, key).status == 404);
    made("POST", threats, {{"name", "s"}});
    BOOST_TEST(send("PATCH", threats + "/1", {{"name", "t"}}, key).status == 200);
}

BOOST_AUTO_TEST_CASE(keys_have_a_form) {
    for (const std::string& key :
         {std::string(), std::string("a b"), std::string("\xc3\xa4"), std::string(256, 'k')}) {
        const Answer answer = send("POST", threats, {{"name", "t"}}, {{"Idempotency-Key", key}});
        BOOST_TEST(answer.status == 422, key);
        BOOST_TEST(answer.json()["errors"][0]["header"].get<std::string>() == "Idempotency-Key");
    }
    const Answer twice = send("POST", threats, {{"name", "t"}},
                              {{"Idempotency-Key", "a"}, {"Idempotency-Key", "a"}});
    BOOST_TEST(twice.status == 422);
    BOOST_TEST(send("POST", threats, {{"name", "t"}}, {{"Idempotency-Key", std::string(255, 'k')}})
                   .status == 201);
}

BOOST_AUTO_TEST_CASE(sixty_four_writers_leave_no_gap) {
    constexpr int writers = 64;
    constexpr int writes_each = 5;
    const std::uint64_t before = log_end();
    std::vector<std::thread> threads;
    std::mutex mutex;
    std::set<std::string> positions;
    std::set<std::uint64_t> ids;
    for (int i = 0; i < writers; ++i) {
        threads.emplace_back([&] {
            for (int write = 0; write < writes_each; ++write) {
                const Answer answer = send("POST", threats, {{"name", "t"}});
                const std::lock_guard lock(mutex);
                positions.insert(answer.header("X-Log-Position"));
                ids.insert(answer.json()["id"].get<std::uint64_t>());
            }
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    constexpr std::size_t all = writers * writes_each;
    BOOST_TEST(ids.size() == all);
    BOOST_TEST(*ids.rbegin() == all);
    BOOST_TEST(log_end() == before + all);
    std::uint64_t expected = 0;
    std::string last_time;
    for (const json& line : get("/api/events?limit=1000").lines()) {
        BOOST_TEST_REQUIRE(line["position"].get<std::uint64_t>() == ++expected);
        BOOST_TEST_REQUIRE(line["time"].get<std::string>() > last_time);
        last_time = line["time"];
    }
    BOOST_TEST(expected == before + all);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
