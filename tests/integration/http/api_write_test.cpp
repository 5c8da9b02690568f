// Writes of single objects and of many at once, and what they record.
#include <mutex>
#include <set>
#include <thread>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "http/ops/service_limits.hpp"
#include "integration/http/api_writes.hpp"

BOOST_AUTO_TEST_SUITE(api_write_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::ops;
using namespace threatatlas::testing;
using nlohmann::json;

namespace {

// Checks that `actual` has all members of `expected`.
void check_members(const json& actual, const json& expected) {
    for (const auto& [key, value] : expected.items()) {
        BOOST_TEST(actual.at(key) == value, key << ": " << actual.at(key).dump());
    }
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(writes, ApiWrites)

BOOST_AUTO_TEST_CASE(the_life_of_a_product) {
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

BOOST_AUTO_TEST_CASE(the_life_of_a_threat) {
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

BOOST_AUTO_TEST_CASE(the_life_of_a_mitigation) {
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

BOOST_AUTO_TEST_CASE(many_events_in_one_body_of_three_forms) {
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

BOOST_AUTO_TEST_CASE(a_cloud_event_slightly_in_the_future_is_recorded_as_sent) {
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

BOOST_AUTO_TEST_CASE(a_bad_item_prevents_the_whole_batch) {
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
BOOST_AUTO_TEST_CASE(a_long_body_gets_the_same_answers) {
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

BOOST_AUTO_TEST_CASE(a_used_id_is_a_conflict) {
    const std::string body = R"([{"type":"threat.identified","data":{"threat_id":7,"name":"a"}}])";
    BOOST_TEST(ask("POST", events, {.body = body}).status == 200);
    BOOST_TEST(ask("POST", events, {.body = body}).status == 409);
    BOOST_TEST(made("POST", threats, {{"name", "next"}})["id"].get<int>() == 8);
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
