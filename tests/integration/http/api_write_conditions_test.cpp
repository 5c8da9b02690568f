// Writes under a condition (If-Match, If-None-Match), and writes that are repeated with their
// Idempotency-Key.
#include <tuple>

#include <boost/test/unit_test.hpp>

#include "integration/http/api_writes.hpp"

BOOST_AUTO_TEST_SUITE(api_write_conditions_test)

using namespace threatatlas;
using namespace threatatlas::testing;
using nlohmann::json;

BOOST_FIXTURE_TEST_SUITE(conditions, ApiWrites)

BOOST_AUTO_TEST_CASE(if_match_requires_the_state_it_names) {
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

BOOST_AUTO_TEST_CASE(the_answer_explains_why_a_tag_cannot_match) {
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

BOOST_AUTO_TEST_CASE(if_none_match_refuses_writes_to_existing_objects) {
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

BOOST_AUTO_TEST_CASE(malformed_keys_are_refused) {
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

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
