// Looks up products by name and by external_id, now and in the past.

#include <atomic>
#include <thread>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "support/api_fixture.hpp"

BOOST_AUTO_TEST_SUITE(api_product_lookup_test)

using namespace threatatlas;
using namespace threatatlas::testing;
using nlohmann::json;

namespace {

using Ids = std::vector<std::uint64_t>;

struct Lookups : ApiFixture {
    Lookups() {
        register_product({{"name", "Shop"}, {"external_id", "git/shop"}, {"status", "testing"}});
        register_product({{"name", "Shop"}, {"status", "production"}});
        register_product({{"name", "Bänk & Söhne"}, {"external_id", "git/bänk+1"}});
    }

    // The clock advances by a day after each write, so that dates distinguish them.
    void register_product(const json& product) {
        made("POST", "/api/products", product);
        clock.advance(std::chrono::hours(24));
    }
    void change(int product, const json& change) {
        made("PATCH", fmt::format("/api/products/{}", product), change);
        clock.advance(std::chrono::hours(24));
    }

    Ids found(const std::string& query, const std::string& token = {}) const {
        const Answer answer = get("/api/products?" + query, token);
        BOOST_TEST_REQUIRE(answer.status == 200, query << answer.body);
        Ids ids;
        for (const json& product : answer.json()) {
            ids.push_back(product["id"]);
        }
        return ids;
    }
    void require_found(const std::string& query, const Ids& wanted) const {
        BOOST_TEST_CONTEXT(query) {
            BOOST_TEST(found(query) == wanted, boost::test_tools::per_element());
        }
    }

    std::string issue_for(const std::string& role, const Ids& products) const {
        return issue({{"name", role}, {"role", role}, {"product_ids", products}});
    }
};

void require_conflict(const Answer& answer, const std::string& pointer, const std::string& detail) {
    BOOST_TEST_REQUIRE(answer.status == 409, answer.body);
    BOOST_TEST(answer.header("Content-Type") == "application/problem+json");
    BOOST_TEST(answer.json()["detail"].get<std::string>() == detail);
    BOOST_TEST(answer.json()["errors"][0]["pointer"].get<std::string>() == pointer);
}

const std::string held_by_1 =
    "Product 1 has this external_id already: choose another one, or clear it there first.";
const std::string held_by_another =
    "Another product has this external_id already: choose another one.";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(product_lookup, Lookups)

BOOST_AUTO_TEST_CASE(a_name_finds_all_products_with_exactly_this_name) {
    require_found("name=Shop", {1, 2});
    require_found("name=shop", {});
    require_found("name=Sho", {});
    require_found("name=Shop%20", {});
    require_found("name=B%C3%A4nk+%26+S%C3%B6hne", {3});
    require_found("name=B%C3%A4nk%20%26%20S%C3%B6hne", {3});
    require_found("name=Shop&status=production", {2});
    require_found("name=Shop&status=design", {});
    require_found("name=Shop&after=1", {2});
    const Answer first = get("/api/products?name=Shop&limit=1");
    BOOST_TEST(first.next().value() == 1U);
    BOOST_TEST(first.header("Link") == "</api/products?name=Shop&limit=1&after=1>; rel=\"next\"");
    BOOST_TEST(!get("/api/products?name=Shop&limit=2").next());
}

BOOST_AUTO_TEST_CASE(an_external_id_finds_its_product) {
    require_found("external_id=git/shop", {1});
    require_found("external_id=git%2Fshop", {1});
    require_found("external_id=git/sho", {});
    require_found("external_id=git/shops", {});
    require_found("external_id=Git/shop", {});
    require_found("external_id=git/b%C3%A4nk%2B1", {3});
    require_found("external_id=git/shop&name=Shop", {1});
    require_found("external_id=git/shop&name=Bank", {});
    require_found("external_id=git/shop&status=production", {});
    require_found("external_id=git/shop&after=1", {});
    require_found("external_id=git/shop&after=9223372036854775807", {});
    const json product = get("/api/products?external_id=git/shop").json().at(0);
    BOOST_TEST(product == get("/api/products/1").json());
    BOOST_TEST(product["external_id"].get<std::string>() == "git/shop");
    BOOST_TEST(get("/api/products/2").json()["external_id"].is_null());
    stop();
    start();
    require_found("external_id=git/shop", {1});
}

BOOST_AUTO_TEST_CASE(as_of_selects_the_holder_at_that_moment) {
    change(1, {{"name", "Store"}, {"external_id", nullptr}});    // 26th, position 5
    change(2, {{"external_id", "git/shop"}});                    // 27th
    BOOST_TEST(ask("DELETE", "/api/products/2").status == 204);  // 28th
    clock.advance(std::chrono::hours(24));
    change(1, {{"external_id", "git/shop"}});  // 29th
    require_found("external_id=git/shop", {1});
    require_found("external_id=git/shop&as_of=2026-11-23", {1});
    require_found("external_id=git/shop&as_of=2026-11-22", {});
    require_found("external_id=git/shop&as_of=2026-11-26", {});
    require_found("external_id=git/shop&as_of=2026-11-27", {2});
    require_found("external_id=git/shop&as_of=2026-11-28", {});
    require_found("external_id=git/shop&at_position=4", {1});
    require_found("external_id=git/shop&at_position=5", {});
    require_found("name=Shop", {});
    require_found("name=Store", {1});
    require_found("name=Store&as_of=2026-11-25", {});
    require_found("name=Shop&as_of=2026-11-25", {1, 2});
    require_found("name=Shop&as_of=2026-11-27", {2});
    require_found("name=Shop&at_position=2", {1});
    const json then = get("/api/products?external_id=git/shop&as_of=2026-11-25").json().at(0);
    BOOST_TEST(then == get("/api/products/1?as_of=2026-11-25").json());
    BOOST_TEST(then["external_id"].get<std::string>() == "git/shop");
}

BOOST_AUTO_TEST_CASE(a_duplicate_external_id_is_a_conflict) {
    const std::string before = get("/api/events?limit=1000").body;
    const json shop{{"name", "Other"}, {"external_id", "git/shop"}};
    require_conflict(send("POST", "/api/products", shop), "/external_id", held_by_1);
    require_conflict(send("PATCH", "/api/products/2", shop), "/external_id", held_by_1);
    const Asked bulk{.body = R"({"type":"threat.identified","data":{"name":"t"}})"
                             "\n"
                             R"({"type":"product.described","data":{"external_id":"git/shop"}})",
                     .type = "application/x-ndjson"};
    require_conflict(ask("POST", "/api/products/2/events", bulk), "/1/data/external_id", held_by_1);
    BOOST_TEST(get("/api/events?limit=1000").body == before);
    BOOST_TEST(send("PATCH", "/api/products/1", {{"external_id", "git/shop"}}).status == 200);
    BOOST_TEST(get("/api/events?limit=1000").body == before);
}

BOOST_AUTO_TEST_CASE(clearing_or_archiving_frees_an_external_id) {
    const json shop{{"name", "Other"}, {"external_id", "git/shop"}};
    const httplib::Headers key{{"Idempotency-Key", "again"}};
    require_conflict(send("POST", "/api/products", shop, key), "/external_id", held_by_1);
    const json cleared = made("PATCH", "/api/products/1", {{"external_id", nullptr}});
    BOOST_TEST(cleared["external_id"].is_null());
    require_found("external_id=git/shop", {});
    // A refusal is not stored for its idempotency key.
    BOOST_TEST(send("POST", "/api/products", shop, key).status == 201);
    require_found("external_id=git/shop", {4});
    BOOST_TEST(ask("DELETE", "/api/products/4").status == 204);
    require_found("external_id=git/shop", {});
    made("PATCH", "/api/products/2", {{"external_id", "git/shop"}});
    require_found("external_id=git/shop", {2});
}

BOOST_AUTO_TEST_CASE(a_token_learns_nothing_about_hidden_products) {
    const std::string auditor = issue_for("auditor", {2, 3});
    const std::string editor = issue_for("editor", {2});
    for (const std::string& token : {auditor, editor}) {
        BOOST_TEST(found("external_id=git/shop", token).empty());
        BOOST_TEST(found("external_id=git/shop&as_of=2026-11-25", token).empty());
        BOOST_TEST(found("name=Shop", token) == (Ids{2}), boost::test_tools::per_element());
        BOOST_TEST(get("/api/products?external_id=git/shop", token).body ==
                   get("/api/products?external_id=nothing", token).body);
    }
    BOOST_TEST(found("external_id=git/b%C3%A4nk%2B1", auditor) == (Ids{3}),
               boost::test_tools::per_element());
    BOOST_TEST(get("/api/products?external_id=git/shop", issue_role("gate")).status == 403);

    const Asked patch{.token = editor, .body = R"({"external_id":"git/shop"})"};
    require_conflict(ask("PATCH", "/api/products/2", patch), "/external_id", held_by_another);
    const Asked bulk{.token = editor,
                     .body = R"({"type":"product.described","data":{"external_id":"git/shop"}})",
                     .type = "application/x-ndjson"};
    require_conflict(ask("POST", "/api/products/2/events", bulk), "/0/data/external_id",
                     held_by_another);
    const Asked seen{.token = issue_for("editor", {1, 2}), .body = patch.body};
    require_conflict(ask("PATCH", "/api/products/2", seen), "/external_id", held_by_1);
}

BOOST_AUTO_TEST_CASE(exactly_one_of_concurrent_writers_wins) {
    constexpr int writers = 8;
    std::atomic<int> created = 0;
    std::atomic<int> conflicts = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < writers; ++i) {
        threads.emplace_back([&] {
            const Answer answer =
                send("POST", "/api/products", {{"name", "New"}, {"external_id", "git/new"}});
            created += answer.status == 201 ? 1 : 0;
            conflicts += answer.status == 409 ? 1 : 0;
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    BOOST_TEST(created == 1);
    BOOST_TEST(conflicts == writers - 1);
    require_found("name=New", {4});
    require_found("external_id=git/new", {4});
}

// An unset variable in a script must not select all products.
BOOST_AUTO_TEST_CASE(an_impossible_text_is_refused) {
    const std::string long_text(501, 'x');
    for (const std::string parameter : {"name", "external_id"}) {
        for (const std::string& value :
             {std::string(), std::string("%FF"), std::string("a%1Fb"), long_text}) {
            const Answer answer = get("/api/products?" + parameter + "=" + value);
            BOOST_TEST_REQUIRE(answer.status == 422, parameter << "=" << value);
            BOOST_TEST(answer.json()["errors"][0]["parameter"].get<std::string>() == parameter);
        }
    }
    const Answer misspelt = get("/api/products?externalid=x");
    BOOST_TEST(misspelt.status == 422);
    BOOST_TEST(misspelt.body.find("external_id") != std::string::npos);
    BOOST_TEST(get("/api/products?name=a&name=b").status == 422);
}

BOOST_AUTO_TEST_CASE(metrics_name_the_products) {
    made("POST", "/api/products", {{"name", "a \"b\" \\ c\nd {e} 漢"}, {"external_id", "x\\\"\n"}});
    BOOST_TEST(ask("DELETE", "/api/products/2").status == 204);
    const std::string monitor =
        issue({{"name", "m"}, {"role", "monitor"}, {"product_ids", {1, 4}}});
    const std::string text = get("/metrics", issue_role("monitor")).body;
    const std::string wanted =
        "# TYPE threatatlas_product_info gauge\n"
        "threatatlas_product_info{product_id=\"1\",name=\"Shop\",external_id=\"git/shop\"} 1\n"
        "threatatlas_product_info{product_id=\"3\",name=\"Bänk & Söhne\","
        "external_id=\"git/bänk+1\"} 1\n"
        "threatatlas_product_info{product_id=\"4\",name=\"a \\\"b\\\" \\\\ c\\nd {e} 漢\","
        "external_id=\"x\\\\\\\"\\n\"} 1\n"
        "# HELP ";
    BOOST_TEST(text.find(wanted) != std::string::npos, text);
    made("PATCH", "/api/products/1", {{"name", "Store"}, {"external_id", nullptr}});
    const std::string later = get("/metrics", monitor).body;
    BOOST_TEST(later.find("threatatlas_product_info{product_id=\"1\",name=\"Store\","
                          "external_id=\"\"} 1\n") != std::string::npos);
    BOOST_TEST(later.find("threatatlas_product_info{product_id=\"3\"") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
