#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "support/api_fixture.hpp"

BOOST_AUTO_TEST_SUITE(api_read_test)

using namespace threatatlas;
using namespace threatatlas::testing;
using nlohmann::json;

namespace {

const std::string threats = "/api/products/1/threats";
const std::string mitigations = "/api/products/1/mitigations";

// A day between two writes, so that dates distinguish them.
struct Reads : ApiFixture {
    Reads() {
        write("POST", "/api/products", {{"name", "Shop"}, {"status", "testing"}});  // 23rd
        write("POST", threats, {{"name", "a"}, {"severity", "high"}});              // 24th
        write("POST", threats, {{"name", "b"}, {"diagram", "D"}, {"element_id", "e"}});
        write("POST", mitigations,  // 26th
              {{"name", "m"}, {"status", "implemented"}, {"diagram", "D"}, {"element_id", "e"}});
        write("PATCH", threats + "/1", {{"status", "mitigated"}, {"name", "A"}});      // 27th
        write("DELETE", threats + "/2", {});                                           // 28th
        write("POST", "/api/products", {{"name", "Bank"}, {"status", "production"}});  // 29th
    }

    void write(const std::string& method, const std::string& target, const json& body) {
        const Answer answer = ask(method, target, {.body = body.is_null() ? "" : body.dump()});
        BOOST_TEST_REQUIRE(answer.status / 100 == 2, target << answer.body);
        clock.advance(std::chrono::hours(24));
    }

    std::vector<std::uint64_t> ids(const std::string& target) const {
        std::vector<std::uint64_t> found;
        const Answer answer = get(target);
        BOOST_TEST_REQUIRE(answer.status == 200, target << answer.body);
        for (const json& object : answer.json()) {
            found.push_back(object["id"]);
        }
        return found;
    }
};

using Ids = std::vector<std::uint64_t>;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(reads, Reads)

BOOST_AUTO_TEST_CASE(a_product_with_its_summary) {
    const Answer now = get("/api/products/1");
    BOOST_TEST(now.status == 200);
    BOOST_TEST(now.header("ETag").starts_with("\"7-"));
    BOOST_TEST(now.json()["summary"]["mitigated_threats"].get<int>() == 1);
    BOOST_TEST(now.json()["version"].get<int>() == 7);
    BOOST_TEST(now.json()["created_at"].get<std::string>() == "2026-11-23T12:00:00.000001Z");
    const Answer then = get("/api/products/1?as_of=2026-11-25");
    BOOST_TEST(then.header("ETag").starts_with("\"3-"));
    BOOST_TEST(then.json()["summary"]["total_threats"].get<int>() == 2);
    for (const auto& [tag, status] : std::vector<std::pair<std::string, int>>{
             {now.header("ETag"), 304}, {then.header("ETag"), 200}, {"\"7\"", 200}}) {
        BOOST_TEST(
            ask("GET", "/api/products/1", {.headers = {{"If-None-Match", tag}}}).status == status,
            tag);
    }
    BOOST_TEST(get("/api/products/3").status == 404);
}

BOOST_AUTO_TEST_CASE(products_in_pages_and_as_of) {
    BOOST_TEST(ids("/api/products") == (Ids{1, 2}), boost::test_tools::per_element());
    BOOST_TEST(ids("/api/products?as_of=2026-11-28") == (Ids{1}), boost::test_tools::per_element());
    BOOST_TEST(ids("/api/products?at_position=1").empty());
    BOOST_TEST(ids("/api/products?status=production,design") == (Ids{2}),
               boost::test_tools::per_element());
    const Answer first = get("/api/products?limit=1&status=testing%2Cproduction");
    // The test's client percent-decodes the field: the server sends the comma as %2C.
    BOOST_TEST(first.header("Link") ==
               "</api/products?limit=1&status=testing,production&after=1>; rel=\"next\"");
    BOOST_TEST(ids("/api/products?limit=1&after=1") == (Ids{2}), boost::test_tools::per_element());
    BOOST_TEST(!get("/api/products?limit=2").next());
    BOOST_TEST(ask("DELETE", "/api/products/1").status == 204);
    BOOST_TEST(ids("/api/products") == (Ids{2}), boost::test_tools::per_element());
    BOOST_TEST(ids("/api/products?as_of=2026-11-29T12:00:01Z") == (Ids{1, 2}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_threat_now_and_then) {
    BOOST_TEST(get(threats + "/1").json()["name"].get<std::string>() == "A");
    BOOST_TEST(get(threats + "/1").header("ETag") == get("/api/products/1").header("ETag"));
    const Answer then = get(threats + "/1?as_of=2026-11-26");
    BOOST_TEST(then.json()["name"].get<std::string>() == "a");
    BOOST_TEST(then.json()["status"].get<std::string>() == "identified");
    BOOST_TEST(then.header("ETag").starts_with("\"4-"));
    BOOST_TEST(get(threats + "/2").status == 404);
    const json covered = get(threats + "/2?as_of=2026-11-27").json();
    BOOST_TEST(covered["covered_by"] == json({1}));
    BOOST_TEST(get(threats + "/2?as_of=2026-11-24").status == 404);
    BOOST_TEST(get(threats + "/1?as_of=2026-11-22").status == 404);
    BOOST_TEST(get(threats + "/9").status == 404);
    BOOST_TEST(get(mitigations + "/9").status == 404);
}

BOOST_AUTO_TEST_CASE(lists_of_the_past) {
    BOOST_TEST(ids(threats) == (Ids{1}), boost::test_tools::per_element());
    BOOST_TEST(ids(threats + "?as_of=2026-11-27") == (Ids{1, 2}), boost::test_tools::per_element());
    BOOST_TEST(ids(threats + "?at_position=2").empty());
    BOOST_TEST(ids(mitigations + "?at_position=4").empty());
    BOOST_TEST(ids(mitigations + "?at_position=5") == (Ids{1}), boost::test_tools::per_element());
    BOOST_TEST(get(mitigations + "/1?at_position=4").status == 404);
    BOOST_TEST(get(mitigations + "/1?at_position=5").json()["active"] == true);
    BOOST_TEST(get(threats + "?at_position=1").status == 404);
}

BOOST_AUTO_TEST_CASE(answers_about_the_past_are_reproducible) {
    std::map<std::string, std::string> answers;
    for (const char* target :
         {"/api/products/1/threats?as_of=2026-11-27", "/api/products/1/threats/1?as_of=2026-11-26",
          "/api/products/1/mitigations?at_position=5", "/api/products?as_of=2026-11-29",
          "/api/products/1?as_of=2026-11-25", "/api/products/1/timeline?to=2026-11-29&every=1d",
          "/api/products/1/diff?from=2026-11-24&to=2026-11-29"}) {
        answers[target] = get(target).body;
        BOOST_TEST(get(target).status == 200, target);
    }
    write("PATCH", "/api/products/1", {{"name", "Other"}});
    write("POST", threats, {{"name", "new"}});
    write("PATCH", mitigations + "/1", {{"status", "retired"}});
    stop();
    start();
    for (const auto& [target, body] : answers) {
        BOOST_TEST(get(target).body == body, target);
    }
}

BOOST_AUTO_TEST_CASE(lists_are_filtered) {
    for (const auto& [name, severity, status, diagram] :
         std::vector<std::array<std::string, 4>>{{"c", "critical", "identified", "D"},
                                                 {"d", "low", "accepted", "E"},
                                                 {"e", "high", "not_applicable", "D"}}) {
        made("POST", threats,
             {{"name", name},
              {"severity", severity},
              {"status", status},
              {"diagram", diagram},
              {"reason", "r"}});
    }
    made("POST", threats, {{"name", "f"}, {"element_id", "x"}});
    made("POST", mitigations, {{"name", "n"}, {"status", "verified"}, {"threat_ids", {3}}});
    const std::vector<std::pair<std::string, Ids>> cases{
        {"", {1, 3, 4, 5, 6}},
        {"?severity=critical", {3}},
        {"?severity=critical,low", {3, 4}},
        {"?severity=unscored", {6}},
        {"?status=accepted,not_applicable", {4, 5}},
        {"?diagram=D", {3, 5}},
        {"?diagram=", {1, 6}},
        {"?diagram=d", {}},
        {"?covered=true", {3}},
        {"?covered=no", {1, 4, 5, 6}},
        {"?severity=high&diagram=D", {5}},
        {"?covered=false&after=4", {5, 6}},
        {"?severity=low,critical&limit=1", {3}},
    };
    for (const auto& [query, expected] : cases) {
        const Ids found = ids(threats + query);
        BOOST_TEST(found == expected, query);
        // The same query about the past is implemented differently.
        const std::string at =
            (query.empty() ? "?" : query + "&") +
            fmt::format("at_position={}", get("/api/events").next().value_or(14));
        BOOST_TEST(ids(threats + at) == expected, at);
    }
    BOOST_TEST(get(threats + "?severity=low,critical&limit=1").next().value() == 3);
    BOOST_TEST(!get(threats + "?severity=low,critical&limit=2").next());
    BOOST_TEST(ids(mitigations + "?status=verified") == (Ids{2}), boost::test_tools::per_element());
    BOOST_TEST(ids(mitigations + "?diagram=D") == (Ids{1}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(pages_add_up_to_the_whole_list) {
    for (int i = 0; i < 25; ++i) {
        made("POST", threats, {{"name", "t"}});
    }
    const Ids all = ids(threats);
    Ids joined;
    for (std::optional<std::uint64_t> after = 0; after;) {
        const Answer page = get(fmt::format("{}?limit=7&after={}", threats, *after));
        for (const json& threat : page.json()) {
            joined.push_back(threat["id"]);
        }
        after = page.next();
    }
    BOOST_TEST(joined == all, boost::test_tools::per_element());
    BOOST_TEST(all.size() == 26);
}

BOOST_AUTO_TEST_CASE(the_size_of_a_page_is_limited) {
    // A thousand of the longest texts would be about 30 MiB.
    std::string body;
    const std::string text(10'000, 'x');
    for (int i = 0; i < 400; ++i) {
        body += json({{"type", "threat.identified"},
                      {"data", {{"name", "t"}, {"description", text}, {"comments", text}}}})
                    .dump() +
                "\n";
    }
    const Asked asked{.body = body, .type = "application/x-ndjson"};
    BOOST_TEST_REQUIRE(ask("POST", "/api/products/1/events", asked).status == 200);
    BOOST_TEST_REQUIRE(ask("POST", "/api/products/1/events", asked).status == 200);
    for (const std::string target :
         {"/api/products/1/threats?limit=1000", "/api/products/1/events?limit=1000"}) {
        const Answer page = get(target);
        BOOST_TEST(page.body.size() > (8U << 20U), target);
        BOOST_TEST(page.body.size() < (9U << 20U), target);
        BOOST_TEST(page.next().has_value(), target);
    }
}

BOOST_AUTO_TEST_CASE(invalid_parameters_are_named) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {threats + "?limit=0", "limit"},
        {threats + "?limit=1001", "limit"},
        {threats + "?after=-1", "after"},
        {threats + "?severity=hihg", "severity"},
        {threats + "?severity=", "severity"},
        {threats + "?status=open", "status"},
        {threats + "?covered=maybe", "covered"},
        {threats + "?page=2", "page"},
        {threats + "?as_of=2027-01-01", "as_of"},
        {threats + "/1?limit=1", "limit"},
        {mitigations + "?severity=high", "severity"},
        {mitigations + "?status=identified", "status"},
        {mitigations + "/1?as_of=x", "as_of"},
        {"/api/products?severity=high", "severity"},
        {"/api/products?status=gone", "status"},
        {"/api/products?at_position=99", "at_position"},
        {"/api/products/1?at_position=99", "at_position"},
        {"/api/api-tokens?role=gate", "role"},
        {"/metrics?x=1", "x"},
    };
    for (const auto& [target, parameter] : cases) {
        const Answer answer = get(target);
        BOOST_TEST_REQUIRE(answer.status == 422, target);
        BOOST_TEST(answer.json()["errors"][0]["parameter"].get<std::string>() == parameter, target);
    }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
