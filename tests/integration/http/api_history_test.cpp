#include <future>
#include <thread>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "events/limits.hpp"
#include "support/api_fixture.hpp"

BOOST_AUTO_TEST_SUITE(api_history_test)

using namespace threatatlas;
using namespace threatatlas::events;
using namespace threatatlas::testing;
using nlohmann::json;

namespace {

const std::string threats = "/api/products/1/threats";
const std::string mitigations = "/api/products/1/mitigations";

struct History : ApiFixture {
    History() { made("POST", "/api/products", {{"name", "Shop"}}); }

    void next_day() { clock.advance(std::chrono::hours(24)); }
};

std::vector<std::uint64_t> positions(const std::vector<json>& lines) {
    std::vector<std::uint64_t> found;
    for (const json& line : lines) {
        found.push_back(line["position"]);
    }
    return found;
}

std::vector<std::string> types(const json& lines) {
    std::vector<std::string> found;
    for (const json& line : lines) {
        found.push_back(line["type"]);
    }
    return found;
}

using Positions = std::vector<std::uint64_t>;
using std::chrono::steady_clock;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(the_past, History)

BOOST_AUTO_TEST_CASE(a_timeline_by_days_and_by_changes) {
    for (int day = 0; day < 5; ++day) {
        next_day();
        made("POST", threats, {{"name", "t"}});
    }
    const Answer daily = get("/api/products/1/timeline?every=1d");
    BOOST_TEST(daily.status == 200);
    const json points = daily.json();
    BOOST_TEST(points.size() == 6);
    BOOST_TEST(points[0]["at"].get<std::string>() == "2026-11-23T12:00:00.000001Z");
    BOOST_TEST(points[0]["position"].get<int>() == 2);
    BOOST_TEST(points[2]["at"].get<std::string>() == "2026-11-25T12:00:00.000001Z");
    BOOST_TEST(points[2]["summary"]["total_threats"].get<int>() == 2);
    BOOST_TEST(points.back()["summary"]["total_threats"].get<int>() == 5);

    const json changes = get("/api/products/1/timeline").json();
    BOOST_TEST(changes.size() == 6);
    BOOST_TEST(changes == get("/api/products/1/timeline?every=change").json());
    const json some =
        get("/api/products/1/timeline?from=2026-11-24T12:00:00Z&to=2026-11-26T12:00:00Z").json();
    BOOST_TEST(some.size() == 3);
    const json hourly =
        get("/api/products/1/timeline?from=2026-11-24&to=2026-11-24&every=1h").json();
    BOOST_TEST(hourly.size() == 25);
    BOOST_TEST(hourly[0]["at"].get<std::string>() == "2026-11-24T00:00:00.000000Z");
    BOOST_TEST(hourly[24]["at"].get<std::string>() == "2026-11-24T23:59:59.999999Z");
    const json today = get("/api/products/1/timeline?from=2026-11-28").json();
    BOOST_TEST(today.size() == 1);
    // There are no points before the product was registered.
    const json all =
        get("/api/products/1/timeline?from=1990-01-01T12:00:00.000001Z&every=1d").json();
    BOOST_TEST(all == points);
}

BOOST_AUTO_TEST_CASE(invalid_timeline_ranges_are_refused) {
    next_day();
    const std::vector<std::pair<std::string, std::string>> cases{
        {"every=0d", "every"},         {"every=1m", "every"},
        {"every=daily", "every"},      {"from=2026-11-24&to=2026-11-23T13:00:00Z", "from"},
        {"to=2026-11-26", "to"},       {"from=x", "from"},
        {"as_of=2026-11-23", "as_of"}, {"step=1d", "step"},
    };
    for (const auto& [query, parameter] : cases) {
        const Answer answer = get("/api/products/1/timeline?" + query);
        BOOST_TEST_REQUIRE(answer.status == 422, query << answer.body);
        BOOST_TEST(answer.json()["errors"][0]["parameter"].get<std::string>() == parameter, query);
    }
    clock.set("2028-11-23T12:00:00Z");
    const Answer answer = get("/api/products/1/timeline?every=1h");
    BOOST_TEST(answer.status == 422);
    BOOST_TEST(answer.json()["errors"][0]["parameter"].get<std::string>() == "every");
    BOOST_TEST(get("/api/products/1/timeline?every=2h").json().size() == 8'773);
}

BOOST_AUTO_TEST_CASE(a_diff_lists_the_changes) {
    made("POST", threats, {{"name", "stays"}});
    made("POST", threats, {{"name", "goes"}, {"severity", "high"}});
    clock.set("2026-11-25T12:00:00Z");
    made("PATCH", threats + "/1", {{"severity", "low"}});
    BOOST_TEST(ask("DELETE", threats + "/2").status == 204);
    made("POST", threats, {{"name", "new"}});
    made("POST", mitigations, {{"name", "m"}});
    const Answer answer = get("/api/products/1/diff?from=2026-11-24");
    BOOST_TEST_REQUIRE(answer.status == 200, answer.body);
    const json diff = answer.json();
    BOOST_TEST(diff["from"]["summary"]["total_threats"].get<int>() == 2);
    BOOST_TEST(diff["to"]["summary"]["by_severity"]["low"].get<int>() == 1);
    BOOST_TEST(diff["threats"]["added"][0]["id"].get<int>() == 3);
    BOOST_TEST(diff["threats"]["removed"][0]["id"].get<int>() == 2);
    BOOST_TEST(diff["threats"]["changed"][0]["fields"]["severity"] ==
               json({{"from", nullptr}, {"to", "low"}}));
    BOOST_TEST(diff["mitigations"]["added"].size() == 1);

    // A date is the start of that day in `from`, and its end in `to`.
    const json first_day = get("/api/products/1/diff?from=2026-11-23&to=2026-11-23").json();
    BOOST_TEST(first_day["from"]["at"].get<std::string>() == "2026-11-23T00:00:00.000000Z");
    BOOST_TEST(first_day["from"]["summary"].is_null());
    BOOST_TEST(first_day["to"]["at"].get<std::string>() == "2026-11-23T23:59:59.999999Z");
    BOOST_TEST(first_day["threats"]["added"].size() == 2);
    const json today = get("/api/products/1/diff?from=2026-11-25").json();
    BOOST_TEST(today["from"]["at"].get<std::string>() == "2026-11-25T00:00:00.000000Z");
    BOOST_TEST(today["threats"]["added"].size() == 1);

    const json from_nothing = get("/api/products/1/diff?from=2020-01-01").json();
    BOOST_TEST(from_nothing["from"]["summary"].is_null());
    BOOST_TEST(from_nothing["threats"]["added"].size() == 2);
    const Answer before = get("/api/products/1/diff?from=2020-01-01&to=2021-01-01");
    BOOST_TEST(before.status == 404);
    BOOST_TEST(before.body.find("2026-11-23T12:00:00.000001Z") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_history_of_an_archived_product_is_readable) {
    made("POST", threats, {{"name", "t"}});
    clock.set("2026-11-25T12:00:00Z");
    BOOST_TEST(ask("DELETE", "/api/products/1").status == 204);
    for (const std::string path :
         {"/timeline", "/diff?from=2026-11-23T12:00:00.000002Z", "/events", "/threats/1/history",
          "/threats?as_of=2026-11-24", "/security-status?as_of=2026-11-24"}) {
        const Answer answer = get("/api/products/1" + path);
        BOOST_TEST(answer.status == 200, path << answer.body);
        BOOST_TEST(answer.body.size() > 10, path);
    }
    for (const std::string path : {"", "/threats", "/threats/1", "/mitigations", "/security-status",
                                   "/threats?as_of=2026-11-25"}) {
        BOOST_TEST(get("/api/products/1" + path).status == 404, path);
    }
}

BOOST_AUTO_TEST_CASE(the_history_of_a_threat_includes_its_mitigations) {
    made("POST", threats, {{"name", "t"}, {"diagram", "D"}, {"element_id", "e"}});      // 3
    made("POST", threats, {{"name", "other"}});                                         // 4
    made("POST", mitigations, {{"name", "m"}, {"threat_ids", {2}}});                    // 5
    made("PATCH", mitigations + "/1", {{"threat_ids", {1, 2}}});                        // 6
    made("PATCH", mitigations + "/1", {{"status", "implemented"}});                     // 7
    made("PATCH", mitigations + "/1", {{"threat_ids", {2}}});                           // 8
    made("PATCH", mitigations + "/1", {{"status", "retired"}});                         // 9
    made("POST", mitigations, {{"name", "n"}, {"diagram", "D"}, {"element_id", "e"}});  // 10
    made("POST", mitigations, {{"name", "o"}, {"diagram", "E"}, {"element_id", "e"}});  // 11
    made("PATCH", threats + "/1", {{"severity", "low"}});                               // 12
    made("PATCH", threats + "/1", {{"diagram", "E"}});                                  // 13
    made("PATCH", mitigations + "/2", {{"name", "n2"}});                                // 14
    made("PATCH", mitigations + "/3", {{"name", "o2"}});                                // 15
    BOOST_TEST(ask("DELETE", mitigations + "/3").status == 204);                        // 16
    BOOST_TEST(ask("DELETE", threats + "/1").status == 204);                            // 17
    const json lines = get(threats + "/1/history").json();
    BOOST_TEST(positions(lines) == (Positions{3, 6, 7, 8, 10, 12, 13, 15, 16, 17}),
               boost::test_tools::per_element());
    const Answer page = get(threats + "/1/history?after=6&limit=2");
    BOOST_TEST(positions(page.json()) == (Positions{7, 8}), boost::test_tools::per_element());
    BOOST_TEST(page.next().value() == 8);
    BOOST_TEST(get(threats + "/9/history").status == 404);
    BOOST_TEST(get(threats + "/1/history?as_of=2026-11-23").status == 422);
}

BOOST_AUTO_TEST_CASE(events_are_the_stored_lines) {
    made("POST", threats, {{"name", "t"}});
    made("POST", "/api/products", {{"name", "Bank"}});
    made("POST", "/api/products/2/threats", {{"name", "u"}});
    const Answer all = get("/api/events");
    BOOST_TEST(all.header("Content-Type") == "application/x-ndjson");
    BOOST_TEST(all.header("X-Log-Position") == "5");
    BOOST_TEST(positions(all.lines()) == (Positions{1, 2, 3, 4, 5}),
               boost::test_tools::per_element());
    BOOST_TEST(positions(get("/api/products/1/events").lines()) == (Positions{2, 3}),
               boost::test_tools::per_element());
    BOOST_TEST(get("/api/products/1/events?after=2").body + get("/api/products/2/events").body ==
               get("/api/events?after=2").body);
    const Answer page = get("/api/events?limit=2&after=1");
    BOOST_TEST(positions(page.lines()) == (Positions{2, 3}), boost::test_tools::per_element());
    BOOST_TEST(page.next().value() == 3);
    BOOST_TEST(page.header("X-Log-Position") == "3");
    BOOST_TEST(get("/api/events?after=5").body == "");
}

BOOST_AUTO_TEST_CASE(a_cursor_beyond_the_log_is_refused) {
    made("POST", threats, {{"name", "t"}});
    const std::string history = threats + "/1/history";
    for (const std::string& path :
         {std::string("/api/events"), std::string("/api/products/1/events"), history}) {
        for (const std::string query : {"?after=4", "?after=5000", "?after=4&limit=1"}) {
            const Answer answer = get(path + query);
            BOOST_TEST(answer.status == 422, path + query);
            BOOST_TEST(answer.json()["errors"][0]["parameter"] == "after");
            BOOST_TEST(answer.body.find("ends at position 3") != std::string::npos, answer.body);
        }
        BOOST_TEST(get(path + "?after=3").status == 200);
        for (const std::string after :
             {"x", "-1", "", "3-", "3-x", "3x", "18446744073709551616", "1.5"}) {
            const Answer answer = get(path + "?after=" + after);
            BOOST_TEST(answer.status == 422, path + " " + after);
            BOOST_TEST(answer.json()["errors"][0]["parameter"] == "after");
        }
    }
    // A request never waits for a position beyond the end of the log.
    BOOST_TEST(get("/api/events?after=5000&wait=30").status == 422);
    BOOST_TEST(get("/api/products/1/events?after=5000&wait=30").status == 422);
}

BOOST_AUTO_TEST_CASE(a_cursor_identifies_the_last_event_read) {
    made("POST", threats, {{"name", "t"}});
    const Answer all = get("/api/events");
    const std::string cursor = all.header("X-Log-Cursor");
    BOOST_TEST(cursor.starts_with("3-"));
    BOOST_TEST(all.header("X-Log-Epoch") == get("/readyz").json()["log_epoch"]);
    BOOST_TEST(get("/api/products/1/events").header("X-Log-Cursor") == cursor);
    BOOST_TEST(get("/api/events?after=" + cursor).status == 200);
    BOOST_TEST(get("/api/events?after=" + cursor).header("X-Log-Cursor") == cursor);
    BOOST_TEST(get("/api/events?limit=1")
                   .header("Link")
                   .find("after=" + get("/api/events?limit=1").header("X-Log-Cursor") + ">") !=
               std::string::npos);
    made("POST", threats, {{"name", "u"}});
    BOOST_TEST(positions(get("/api/events?after=" + cursor).lines()) == (Positions{4}),
               boost::test_tools::per_element());
    // The same position with a different event.
    const std::string other = "3" + get("/api/events").header("X-Log-Cursor").substr(1);
    for (const std::string& after : {other, "5000" + cursor.substr(1)}) {
        const Answer answer = get("/api/events?wait=30&after=" + after);
        BOOST_TEST(answer.status == 409, after);
        BOOST_TEST(answer.body.find("has been replaced") != std::string::npos, answer.body);
    }
}

BOOST_AUTO_TEST_CASE(events_are_filtered_by_type) {
    made("POST", threats, {{"name", "t"}});
    made("PATCH", threats + "/1", {{"severity", "low"}, {"status", "accepted"}, {"reason", "r"}});
    const std::vector<std::string> two{"threatatlas.threat.scored.v1",
                                       "threatatlas.threat.status_changed.v1"};
    for (const std::string query : {"threat.scored,threat.status_changed",
                                    "threatatlas.threat.status_changed.v1,threat.scored"}) {
        BOOST_TEST(types(get("/api/products/1/events?types=" + query).lines()) == two,
                   boost::test_tools::per_element());
        BOOST_TEST(types(get("/api/events?types=" + query).lines()) == two,
                   boost::test_tools::per_element());
    }
    for (const std::string query :
         {"types=threat.identfied", "types=", "types=threat.scored,", "types=threat.*", "wait=31",
          "wait=-1", "wait=0.5", "limit=0", "as_of=2026-11-23"}) {
        const Answer answer = get("/api/events?" + query);
        BOOST_TEST(answer.status == 422, query);
        BOOST_TEST(answer.json()["errors"][0]["parameter"].get<std::string>() ==
                       query.substr(0, query.find('=')),
                   query);
    }
    BOOST_TEST(get("/api/events?types=threat.identfied").body.find("threat.identified?") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_sparse_page_has_a_cursor_to_continue) {
    std::string body;
    for (int i = 0; i < 20'000; ++i) {
        body += R"({"type":"threat.identified","data":{"name":"t"}})"
                "\n";
    }
    const Asked asked{.body = body, .type = "application/x-ndjson"};
    for (int i = 0; i < 3; ++i) {
        BOOST_TEST_REQUIRE(ask("POST", "/api/products/1/events", asked).status == 200);
    }
    made("PATCH", threats + "/1", {{"status", "accepted"}, {"reason", "r"}});
    for (const std::string path : {"/api/events", "/api/products/1/events"}) {
        Answer page = get(path + "?types=threat.status_changed");
        std::size_t empty_pages = 0;
        while (page.body.empty()) {
            ++empty_pages;
            BOOST_TEST_REQUIRE(page.next().has_value());
            BOOST_TEST(page.header("X-Log-Position") == std::to_string(*page.next()));
            // A request does not wait while there are more lines to scan.
            page = get(
                fmt::format("{}?types=threat.status_changed&wait=30&after={}", path, *page.next()));
        }
        BOOST_TEST(empty_pages == 60'000 / events::limits::event_lines_scanned_max);
        BOOST_TEST(positions(page.lines()) == (Positions{60'003}),
                   boost::test_tools::per_element());
        BOOST_TEST(!page.next().has_value());
    }
}

BOOST_AUTO_TEST_CASE(a_long_poll_returns_on_a_matching_event) {
    const auto poll = [this](const std::string& target) {
        return std::async(std::launch::async, [this, target] { return get(target); });
    };
    auto all = poll("/api/events?after=2&wait=30");
    auto product = poll("/api/products/1/events?after=2&wait=30");
    auto scored = poll("/api/products/1/events?after=2&wait=30&types=threat.scored");
    // Waits until all three polls are waiting.
    while (get("/metrics").body.find("threatatlas_polls_waiting 3") == std::string::npos) {
        std::this_thread::yield();
    }
    made("POST", "/api/products", {{"name", "Bank"}});
    BOOST_TEST(positions(all.get().lines()) == (Positions{3}), boost::test_tools::per_element());
    made("POST", threats, {{"name", "t"}});
    BOOST_TEST(positions(product.get().lines()) == (Positions{4}),
               boost::test_tools::per_element());
    made("PATCH", threats + "/1", {{"severity", "low"}});
    const Answer last = scored.get();
    BOOST_TEST(positions(last.lines()) == (Positions{5}), boost::test_tools::per_element());
    BOOST_TEST(last.header("X-Log-Position") == "5");
}

BOOST_AUTO_TEST_CASE(a_long_poll_can_end_without_events) {
    const auto started = steady_clock::now();
    const Answer answer = get("/api/events?after=2&wait=1");
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.body == "");
    BOOST_TEST(answer.header("X-Log-Position") == "2");
    BOOST_TEST((steady_clock::now() - started >= std::chrono::seconds(1)));
    // Existing events are returned without waiting.
    BOOST_TEST(positions(get("/api/events?after=1&wait=30").lines()) == (Positions{2}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_stopping_server_answers_its_long_polls) {
    auto waiting =
        std::async(std::launch::async, [this] { return get("/api/events?after=2&wait=30"); });
    while (get("/metrics").body.find("threatatlas_polls_waiting 1") == std::string::npos) {
        std::this_thread::yield();
    }
    const auto started = steady_clock::now();
    stop();
    BOOST_TEST(waiting.get().body == "");
    BOOST_TEST((steady_clock::now() - started < std::chrono::seconds(25)));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
