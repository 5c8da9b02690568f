// Bodies, fields and parameters of writes that are refused, and with what answer.
#include <tuple>

#include <boost/test/unit_test.hpp>

#include "integration/http/api_writes.hpp"

BOOST_AUTO_TEST_SUITE(api_write_refusals_test)

using namespace threatatlas;
using namespace threatatlas::testing;
using nlohmann::json;

BOOST_FIXTURE_TEST_SUITE(refusals, ApiWrites)

BOOST_AUTO_TEST_CASE(bodies_of_other_types_are_415) {
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

BOOST_AUTO_TEST_CASE(a_syntax_error_is_reported_with_its_place) {
    const auto detail_of = [&](const std::string& target, const std::string& body,
                               const std::string& type = "application/json") {
        const Answer refused = ask("POST", target, {.body = body, .type = type});
        BOOST_TEST(refused.status == 400, body);
        return refused.json()["detail"].get<std::string>();
    };
    BOOST_TEST(detail_of(threats, "{\n  \"name\": \"t\"\n  \"severity\": \"high\"\n}")
                   .find("(line 3, column 3)") != std::string::npos);
    const std::string removal = R"({"type":"threat.removed","data":{"threat_id":1}})";
    BOOST_TEST(
        detail_of(events, removal + "\n\n" + removal + "\n{\"type\"\n", "application/x-ndjson")
            .find("(line 4, column 8)") != std::string::npos);
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

BOOST_AUTO_TEST_CASE(a_misnamed_field_gets_a_suggestion) {
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

BOOST_AUTO_TEST_CASE(a_name_without_a_visible_character_is_refused) {
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

BOOST_AUTO_TEST_CASE(only_delete_accepts_parameters) {
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

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
