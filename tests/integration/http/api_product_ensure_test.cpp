// PUT /api/products/by-external-id/{key}: creates the product if there is none.

#include <atomic>
#include <thread>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "support/api_fixture.hpp"

BOOST_AUTO_TEST_SUITE(api_product_ensure_test)

using namespace threatatlas;
using namespace threatatlas::testing;
using nlohmann::json;

namespace {

struct Keys : ApiFixture {
    Answer put(const std::string& key, Asked asked = {.type = ""}) const {
        return ask("PUT", "/api/products/by-external-id/" + key, std::move(asked));
    }
    Answer put_json(const std::string& key, const json& body) const {
        return send("PUT", "/api/products/by-external-id/" + key, body);
    }
    std::string events() const { return get("/api/events?limit=1000").body; }
};

void require_problem(const Answer& answer, int status, const std::string& says) {
    BOOST_TEST_REQUIRE(answer.status == status, answer.body);
    BOOST_TEST(answer.header("Content-Type") == "application/problem+json");
    BOOST_TEST(answer.json()["detail"].get<std::string>().find(says) != std::string::npos,
               answer.body);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(product_ensure, Keys)

BOOST_AUTO_TEST_CASE(ensure_creates_a_product_once_and_never_edits_it) {
    const Answer created = put_json("git%2Fshop", {{"name", "Shop"}, {"status", "testing"}});
    BOOST_TEST_REQUIRE(created.status == 201, created.body);
    BOOST_TEST(created.header("Location") == "/api/products/1");
    BOOST_TEST(created.json()["name"].get<std::string>() == "Shop");
    BOOST_TEST(created.json()["status"].get<std::string>() == "testing");
    BOOST_TEST(created.json()["external_id"].get<std::string>() == "git/shop");
    const std::string before = events();
    for (const json& body : {json::object(), json{{"name", "Other"}, {"reason", "renamed"}},
                             json{{"external_id", "git/shop"}, {"owner_name", "Ada"}}}) {
        const Answer found = put_json("git%2Fshop", body);
        BOOST_TEST(found.status == 200);
        BOOST_TEST(found.body == created.body);
        BOOST_TEST(found.header("Location") == "");
        for (const char* header : {"ETag", "X-Log-Position", "X-Log-Epoch"}) {
            BOOST_TEST(found.header(header) == created.header(header), header);
        }
    }
    BOOST_TEST(put("git%2fshop").body == created.body);
    BOOST_TEST(put("git%2Fshop/").body == created.body);
    BOOST_TEST(get("/api/products/1").body == created.body);
    BOOST_TEST(get("/api/products?external_id=git/shop").json().at(0) == created.json());
    BOOST_TEST(events() == before);

    made("PATCH", "/api/products/1", {{"name", "Store"}});
    BOOST_TEST(put("git%2Fshop").json()["name"].get<std::string>() == "Store");
    BOOST_TEST(ask("DELETE", "/api/products/1").status == 204);
    BOOST_TEST(put("git%2Fshop").header("Location") == "/api/products/2");
    stop();
    start();
    BOOST_TEST(put("git%2Fshop").status == 200);
}

BOOST_AUTO_TEST_CASE(without_a_body_the_name_is_the_key) {
    int number = 0;
    for (const Asked& asked : {Asked{.type = ""}, Asked{}, Asked{.body = "{}"},
                               Asked{.type = "application/x-www-form-urlencoded"}}) {
        const std::string key = "key " + std::to_string(++number);
        const Answer answer = put("key%20" + std::to_string(number), asked);
        BOOST_TEST_REQUIRE(answer.status == 201, answer.body);
        BOOST_TEST(answer.json()["name"].get<std::string>() == key);
        BOOST_TEST(answer.json()["external_id"].get<std::string>() == key);
    }
    // A plus is a plus in a path.
    BOOST_TEST(put("a+b").json()["name"].get<std::string>() == "a+b");
    BOOST_TEST(put("%F0%9F%9B%A1").json()["name"].get<std::string>() == "\xF0\x9F\x9B\xA1");
    BOOST_TEST(put("17").json()["external_id"].get<std::string>() == "17");
}

BOOST_AUTO_TEST_CASE(hostile_keys_are_refused) {
    const std::string before = events();
    const std::string blank = "Give a text with visible characters";
    for (const auto& [key, status, says] : std::vector<std::tuple<std::string, int, std::string>>{
             {"", 404, "The key is missing: the path is /api/products/by-external-id/{key}."},
             {"/", 404, "The key is missing"},
             {"git/shop", 404, "Write each slash in it as %2F."},
             {"git//shop", 404, "Write each slash in it as %2F."},
             {"%20", 422, blank},
             {"%09%0A", 422, blank},
             {"%C2%A0%E2%80%8B", 422, blank},
             {"a%1Fb", 422, "Remove the control character U+001F"},
             {"a%7F", 422, "Remove the control character U+007F"},
             {"%FF", 422, "Encode the text as UTF-8."},
             {"a%C0%AFb", 422, "Encode the text as UTF-8."},
             {"%ED%A0%80", 422, "Encode the text as UTF-8."},
             {std::string(501, 'x'), 422, "Shorten the text to 500 characters: it has 501."},
             {std::string(2'000, 'x'), 422, "Shorten the text to 500 characters: it has 2000."},
             {"a%00b", 400, "zero byte"},
             {"a%zzb", 400, "percent sign"},
             {"a%2", 400, "percent sign"}}) {
        BOOST_TEST_CONTEXT(key.substr(0, 20)) {
            const Answer answer = put(key);
            require_problem(answer, status, says);
            if (status == 422) {
                BOOST_TEST(answer.json()["errors"][0]["parameter"].get<std::string>() == "key");
            }
        }
    }
    require_problem(put("a?name=x"), 422, "name");
    require_problem(put_json("a", json{{"external_id", "b"}}), 422, "they differ");
    require_problem(put_json("a", json{{"name", " "}}), 422, "visible characters");
    require_problem(put_json("a", json{{"names", "b"}}), 422, "name");
    require_problem(put("a", {.body = "{", .type = "application/json"}), 400, "JSON");
    require_problem(put("a", {.body = "{}", .type = "text/plain"}), 415, "application/json");
    BOOST_TEST(get("/api/products/by-external-id/a").header("Allow") == "PUT");
    BOOST_TEST(events() == before);

    std::string longest;
    for (int i = 0; i < 500; ++i) {
        longest += "%F0%9F%9B%A1";
    }
    BOOST_TEST(put(longest).status == 201);
}

BOOST_AUTO_TEST_CASE(only_admins_may_ensure_a_product) {
    put("shop");
    const std::string before = events();
    const std::string admin = issue_role("admin");
    for (const char* role : {"gate", "monitor", "auditor", "editor"}) {
        const std::string token = issue_role(role);
        for (const char* key : {"shop", "bank"}) {
            const Answer answer = put(key, {.token = token, .type = ""});
            BOOST_TEST(answer.status == 403, role);
        }
    }
    BOOST_TEST(put("bank", {.with_token = false, .type = ""}).status == 401);
    BOOST_TEST(put("shop", {.token = admin, .type = ""}).status == 200);
    BOOST_TEST(put("bank", {.token = admin, .type = ""}).status == 201);
}

BOOST_AUTO_TEST_CASE(a_repeated_idempotency_key_gives_the_first_answer) {
    const Asked again{.body = R"({"name":"Shop"})", .headers = {{"Idempotency-Key", "k"}}};
    const Answer first = put("shop", again);
    BOOST_TEST_REQUIRE(first.status == 201);
    made("PATCH", "/api/products/1", {{"name", "Store"}});
    const Answer second = put("shop", again);
    BOOST_TEST(second.status == 201);
    BOOST_TEST(second.body == first.body);
    BOOST_TEST(second.header("Location") == "/api/products/1");
    BOOST_TEST(put("bank", again).status == 409);
    BOOST_TEST(put("shop", {.body = "{}", .headers = again.headers}).status == 409);
}

BOOST_AUTO_TEST_CASE(preconditions_are_about_the_product_with_that_key) {
    const auto put_if = [&](const std::string& key, const char* header, const std::string& value) {
        return put(key, {.type = "", .headers = {{header, value}}}).status;
    };
    BOOST_TEST(put_if("shop", "If-Match", "*") == 412);
    BOOST_TEST(put_if("shop", "If-None-Match", "*") == 201);
    BOOST_TEST(put_if("shop", "If-None-Match", "*") == 412);
    BOOST_TEST(put_if("shop", "If-Match", "*") == 200);
    const std::string tag = put("shop").header("ETag");
    BOOST_TEST(put_if("shop", "If-Match", tag) == 200);
    made("PATCH", "/api/products/1", {{"name", "Store"}});
    BOOST_TEST(put_if("shop", "If-Match", tag) == 412);
}

BOOST_AUTO_TEST_CASE(concurrent_requests_all_get_the_one_product) {
    constexpr int rounds = 5;
    constexpr std::size_t writers = 12;
    for (int round = 0; round < rounds; ++round) {
        const std::string key = "git%2F" + std::to_string(round);
        std::atomic<int> created = 0;
        std::vector<std::string> bodies(writers);
        std::vector<std::thread> threads;
        for (std::size_t i = 0; i < writers; ++i) {
            threads.emplace_back([&, i] {
                const Answer answer = put_json(key, json{{"name", "by " + std::to_string(i)}});
                created += answer.status == 201 ? 1 : 0;
                bodies[i] = answer.body;
            });
        }
        for (auto& thread : threads) {
            thread.join();
        }
        BOOST_TEST(created == 1);
        BOOST_TEST(bodies == std::vector<std::string>(writers, bodies.front()),
                   boost::test_tools::per_element());
    }
    BOOST_TEST(get("/api/products").json().size() == static_cast<std::size_t>(rounds));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
