// Policies over HTTP: definitions, assignments, reviews and previews. What the gate makes of them
// is tested in api_policy_gate_test.cpp.

#include <fstream>
#include <set>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "events/limits.hpp"
#include "projections/audit/rebuild.hpp"
#include "projections/audit/verify.hpp"
#include "support/api_fixture.hpp"

BOOST_AUTO_TEST_SUITE(api_policies_test)

using namespace std::chrono_literals;
using namespace threatatlas;
using namespace threatatlas::testing;
using nlohmann::json;

namespace {

const json no_critical{{"rule", "max_threats"}, {"severity", "critical"}, {"limit", 0}};
const json all_scored{{"rule", "max_unscored"}, {"limit", 0}};
const json no_open_high{{"rule", "max_open_days"}, {"severity", "high"}, {"limit", 30}};

json policy(const std::vector<json>& rules, const std::string& title = "T") {
    return {{"title", title}, {"rules", rules}};
}

// Product 1 has a critical threat, product 2 an unscored one, and product 3 none.
struct Policies : ApiFixture {
    Policies() {
        for (const char* const name : {"Shop", "Blog", "Wiki"}) {
            made("POST", "/api/products", {{"name", name}});
        }
        made("POST", "/api/products/1/threats", {{"name", "Forged"}, {"severity", "critical"}});
        made("POST", "/api/products/2/threats", {{"name", "Guessed"}});
    }

    Answer define(const std::string& name, const json& definition) const {
        return send("PUT", "/api/policies/" + name, definition);
    }
    Answer assign(int product, const json& assignment) const {
        return send("PUT", fmt::format("/api/products/{}/policy", product), assignment);
    }
    Answer preview(const std::string& name, const json& draft = nullptr,
                   const std::string& token = {}) const {
        return ask("POST", "/api/policies/" + name + "/preview",
                   {.token = token, .body = draft.is_null() ? std::string() : draft.dump()});
    }
    std::uint64_t log_end() const {
        return get("/api/events?limit=1000").lines().back().at("position");
    }
    // The names in a list, with versions.
    std::string listed(const std::string& query = "") const {
        std::string names;
        const json list = get("/api/policies" + query).json();
        for (const json& item : list) {
            names += fmt::format("{}:{} ", item.at("name").get<std::string>(),
                                 item.at("version").get<int>());
        }
        return names;
    }
};

struct RoleCall {
    std::string method;
    std::string target;
    std::string body;
    std::set<std::string> roles;  // that may call it
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(policies, Policies)

BOOST_AUTO_TEST_CASE(a_policy_is_defined_changed_and_removed) {
    const Answer created = define("web", policy({no_critical, all_scored}, "Web"));
    BOOST_TEST(created.status == 201);
    BOOST_TEST(created.header("Location") == "/api/policies/web");
    BOOST_TEST(created.json().at("version") == 1);
    BOOST_TEST(created.json().at("title") == "Web");
    BOOST_TEST(created.json().at("defined_by") == "admin#1");
    const Answer same = define("web", policy({no_critical, all_scored}, "Web"));
    BOOST_TEST(same.status == 200);
    BOOST_TEST(same.json().at("version") == 1);
    // The order of rules is the order of conditions, so it is part of the definition.
    const Answer changed = define("web", policy({all_scored, no_critical}, "Web"));
    BOOST_TEST(changed.status == 200);
    BOOST_TEST(changed.json().at("version") == 2);

    json shown = get("/api/policies/web").json();
    BOOST_TEST(shown.at("products") == 0);
    shown.erase("products");
    BOOST_TEST(shown == changed.json());
    BOOST_TEST(get("/api/policies").json().at(0) == changed.json());

    BOOST_TEST(ask("DELETE", "/api/policies/web").status == 204);
    BOOST_TEST(ask("DELETE", "/api/policies/web").status == 404);
    BOOST_TEST(get("/api/policies/web").status == 404);
    BOOST_TEST(listed() == "");
    const Answer again = define("web", policy({no_critical}));
    BOOST_TEST(again.status == 201);
    BOOST_TEST(again.json().at("version") == 3);
}

BOOST_AUTO_TEST_CASE(each_role_has_its_calls) {
    const std::set<std::string> readers{"auditor", "approver", "editor", "admin"};
    const std::set<std::string> writers{"editor", "admin"};
    const std::set<std::string> admins{"admin"};
    define("web", policy({no_critical}));
    const std::string body = policy({no_critical}).dump();
    const std::vector<RoleCall> calls{
        {"GET", "/api/policies", "", readers},
        {"GET", "/api/policies/web", "", readers},
        {"POST", "/api/policies/web/preview", "", readers},
        {"POST", "/api/policies/web/preview", body, readers},
        {"PUT", "/api/policies/web", body, admins},
        {"PUT", "/api/products/1/policy", R"({"policy":"web"})", admins},
        {"POST", "/api/products/1/reviews", "", writers},
        {"PUT", "/api/products/1/policy", R"({"policy":null})", admins},
        {"DELETE", "/api/policies/web", "", admins}};
    const std::vector<std::string> roles{"gate",   "monitor",  "badge", "auditor",
                                         "editor", "approver", "admin"};
    std::map<std::string, std::string> tokens;
    for (const std::string& role : roles) {
        tokens[role] = issue_role(role);
    }
    for (const RoleCall& call : calls) {
        for (const std::string& role : roles) {
            const int status =
                ask(call.method, call.target, {.token = tokens[role], .body = call.body}).status;
            const bool allowed = call.roles.contains(role);
            BOOST_TEST((status / 100 == 2) == allowed,
                       role << " " << call.method << " " << call.target << ": " << status);
            BOOST_TEST((status == 403) != allowed, role << " " << call.method << call.target);
        }
        BOOST_TEST(ask(call.method, call.target, {.with_token = false, .body = call.body}).status ==
                   401);
    }
    // The gate applies a policy for every role that may ask it.
    define("web", policy({no_critical}));
    BOOST_TEST(get("/api/products/1/security-status?policy=web", tokens["gate"]).status == 200);
}

BOOST_AUTO_TEST_CASE(tokens_of_some_products_review_and_preview_only_those) {
    define("web", policy({no_critical}));
    const std::string editor = issue({{"name", "e"}, {"role", "editor"}, {"product_ids", {2}}});
    const json seen = preview("web", nullptr, editor).json();
    BOOST_TEST(seen.at("products").size() == 1U);
    BOOST_TEST(seen["products"][0].at("product_id") == 2);
    BOOST_TEST(seen.at("passing") == 1);
    BOOST_TEST(seen.at("failing") == 0);
    BOOST_TEST(ask("POST", "/api/products/1/reviews", {.token = editor}).status == 404);
    BOOST_TEST(ask("POST", "/api/products/2/reviews", {.token = editor}).status == 200);
}

BOOST_AUTO_TEST_CASE(definitions_of_the_past_are_shown) {
    const auto tick = [&] {
        clock.advance(1s);
        const std::string then = base::format_instant(clock.now());
        clock.advance(1s);
        return then;
    };
    const std::string before = tick();
    define("web", policy({no_critical}, "First"));
    const std::uint64_t first_position = log_end();
    const std::string first = tick();
    define("web", policy({all_scored}, "Second"));
    define("api", policy({all_scored}));
    const std::uint64_t second_position = log_end();
    const std::string second = tick();
    assign(1, {{"policy", "web"}});
    assign(1, {{"policy", nullptr}});
    ask("DELETE", "/api/policies/web");
    const std::uint64_t third_position = log_end();
    const std::string third = tick();
    define("web", policy({no_critical}, "Third"));

    const auto title_at = [&](const std::string& query) {
        const Answer answer = get("/api/policies/web?" + query);
        return answer.status == 200 ? answer.json().at("title").get<std::string>()
                                    : std::to_string(answer.status);
    };
    BOOST_TEST(title_at("as_of=" + before) == "404");
    BOOST_TEST(title_at("as_of=" + first) == "First");
    BOOST_TEST(title_at("as_of=" + second) == "Second");
    BOOST_TEST(title_at("as_of=" + third) == "404");
    BOOST_TEST(title_at("") == "Third");
    BOOST_TEST(title_at(fmt::format("at_position={}", first_position - 1)) == "404");
    BOOST_TEST(title_at(fmt::format("at_position={}", first_position)) == "First");
    BOOST_TEST(title_at(fmt::format("at_position={}", second_position)) == "Second");
    BOOST_TEST(title_at(fmt::format("at_position={}", third_position)) == "404");
    BOOST_TEST(title_at(fmt::format("at_position={}", third_position + 2)) == "422");
    BOOST_TEST(title_at("as_of=1969-01-01T00:00:00Z") == "404");
    BOOST_TEST(title_at("as_of=soon") == "422");
    BOOST_TEST(title_at("limit=1") == "422");
    BOOST_TEST(listed() == "api:1 web:3 ");
    BOOST_TEST(listed("?as_of=" + before) == "");
    BOOST_TEST(listed("?as_of=" + first) == "web:1 ");
    BOOST_TEST(listed("?as_of=" + second) == "api:1 web:2 ");
    BOOST_TEST(listed("?as_of=" + third) == "api:1 ");
    BOOST_TEST(listed(fmt::format("?at_position={}", first_position)) == "web:1 ");
    BOOST_TEST(get("/api/policies?limit=1").status == 422);
    // Only the present has products.
    BOOST_TEST(!get("/api/policies/web?as_of=" + second).json().contains("products"));
}

BOOST_AUTO_TEST_CASE(products_show_their_policy_and_their_review) {
    define("web", policy({no_critical}));
    BOOST_TEST(!get("/api/products/1").json().contains("policy"));
    BOOST_TEST(!get("/api/products/1").json().contains("reviewed_at"));
    clock.advance(1s);
    const std::string before = base::format_instant(clock.now());
    clock.advance(1s);
    BOOST_TEST(assign(1, {{"policy", "web"}, {"enforced", true}}).status == 200);
    const Answer reviewed = send("POST", "/api/products/1/reviews", {{"note", "Right"}});
    BOOST_TEST(reviewed.status == 200);
    const json product = get("/api/products/1").json();
    BOOST_TEST(product.at("policy") == json({{"name", "web"}, {"enforced", true}}));
    BOOST_TEST(product.at("reviewed_at") == product.at("updated_at"));
    BOOST_TEST(reviewed.json() == product);
    BOOST_TEST(get("/api/policies/web").json().at("products") == 1);
    const json past = get("/api/products/1?as_of=" + before).json();
    BOOST_TEST(!past.contains("policy"));
    BOOST_TEST(!past.contains("reviewed_at"));
    // Lists do not lose them, and others do not have them.
    const json products = get("/api/products").json();
    BOOST_TEST(products.at(0).at("policy").at("name") == "web");
    BOOST_TEST(!products.at(1).contains("policy"));
}

BOOST_AUTO_TEST_CASE(a_policy_in_use_is_not_removed) {
    define("web", policy({no_critical}));
    assign(1, {{"policy", "web"}});
    const Answer refused = ask("DELETE", "/api/policies/web");
    BOOST_TEST(refused.status == 409);
    BOOST_TEST(refused.json().at("detail").get<std::string>().find("/policy first") !=
               std::string::npos);
    assign(1, {{"policy", nullptr}});
    BOOST_TEST(ask("DELETE", "/api/policies/web").status == 204);
    BOOST_TEST(assign(1, {{"policy", "web"}}).status == 422);
}

BOOST_AUTO_TEST_CASE(a_policy_of_an_archived_product_may_be_removed) {
    define("web", policy({no_critical}));
    assign(1, {{"policy", "web"}, {"enforced", true}});
    BOOST_TEST(ask("DELETE", "/api/products/1").status == 204);
    BOOST_TEST(get("/api/policies/web").json().at("products") == 0);
    BOOST_TEST(ask("DELETE", "/api/policies/web").status == 204);
    BOOST_TEST(assign(1, {{"policy", nullptr}}).status == 404);
    // Its own past is still judged.
    const Answer past =
        get(fmt::format("/api/products/1/security-status?at_position={}", log_end() - 2));
    BOOST_TEST(past.status == 200);
    BOOST_TEST(past.json().at("policy").at("name") == "web");
}

BOOST_AUTO_TEST_CASE(a_preview_judges_all_products) {
    define("web", policy({no_critical}));
    assign(1, {{"policy", "web"}});
    define("other", policy({all_scored}));
    const Answer stored = preview("other");
    BOOST_TEST_REQUIRE(stored.status == 200, stored.body);
    BOOST_TEST(stored.json().at("passing") == 2);
    BOOST_TEST(stored.json().at("failing") == 1);
    const json products = stored.json().at("products");
    BOOST_TEST(products.size() == 3U);
    BOOST_TEST(products[0].at("product_name") == "Shop");
    BOOST_TEST(products[0].at("pass") == true);
    BOOST_TEST(
        products[0].at("policy") ==
        json({{"name", "other"}, {"version", 1}, {"enforced", false}, {"fails_on", nullptr}}));
    BOOST_TEST(products[1].at("pass") == false);
    BOOST_TEST(products[1].at("failures").at(0) ==
               "Policy other: 1 threat(s) have no severity yet, at most 0 allowed");
    BOOST_TEST(products[1].at("conditions").at(0).at("actual") == 1);

    // A draft has the version that it would get, and changes nothing.
    const std::uint64_t end = log_end();
    const Answer draft = preview("other", policy({no_critical}));
    BOOST_TEST(draft.json().at("passing") == 2);
    BOOST_TEST(draft.json().at("products").at(0).at("pass") == false);
    BOOST_TEST(draft.json()["products"][0].at("policy").at("version") == 2);
    const Answer new_one = preview("not-yet", policy({no_critical}));
    BOOST_TEST(new_one.json().at("products").at(0).at("policy").at("version") == 1);
    BOOST_TEST(preview("not-yet").status == 404);
    BOOST_TEST(log_end() == end);
    BOOST_TEST(listed() == "other:1 web:1 ");
    // Archived products are left out.
    ask("DELETE", "/api/products/3");
    BOOST_TEST(preview("other").json().at("products").size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_preview_reads_threats_if_the_policy_needs_their_age) {
    clock.advance(std::chrono::days{31});
    const Answer answer = preview("old", policy({no_open_high}));
    BOOST_TEST_REQUIRE(answer.status == 200, answer.body);
    BOOST_TEST(answer.json().at("failing") == 1);
    BOOST_TEST(answer.json().at("products").at(0).at("failures").at(0) ==
               "Policy old: 1 threat(s) of severity high or above open for more than 30 day(s), "
               "the oldest for 31");
}

BOOST_AUTO_TEST_CASE(a_preview_says_what_is_wrong_with_its_draft) {
    BOOST_TEST(preview("web", json::array()).status == 422);
    BOOST_TEST(preview("web", policy(std::vector<json>())).status == 422);
    BOOST_TEST(ask("POST", "/api/policies/web/preview", {.body = "{"}).status == 400);
    BOOST_TEST(
        ask("POST", "/api/policies/web/preview", {.body = "x", .type = "text/plain"}).status ==
        415);
    BOOST_TEST(ask("POST", "/api/policies/web/preview?policy=x").status == 422);
    const std::string large(events::limits::body_bytes_max + 1, ' ');
    BOOST_TEST(ask("POST", "/api/policies/web/preview", {.body = large}).status == 413);
}

BOOST_AUTO_TEST_CASE(definitions_that_contradict_themselves_are_refused) {
    json warning = no_critical;
    warning["mode"] = "warn";
    const Answer refused = define("web", policy({no_critical, warning}));
    BOOST_TEST(refused.status == 422);
    BOOST_TEST(refused.json().at("errors").at(0).at("pointer") == "/rules");
    BOOST_TEST(refused.json()["errors"][0].at("detail") ==
               "max_threats of critical never warns before it fails: give the warning a stricter "
               "limit");
    BOOST_TEST(define("web", policy(std::vector<json>())).status == 422);
    BOOST_TEST(define("web", policy(std::vector<json>(51, all_scored))).status == 422);
    BOOST_TEST(listed() == "");
}

BOOST_AUTO_TEST_CASE(hostile_numbers_are_refused) {
    const auto put = [&](const std::string& kind, const std::string& limit) {
        return ask("PUT", "/api/policies/web",
                   {.body = R"({"title":"T","rules":[{"rule":")" + kind + R"(","limit":)" + limit +
                            "}]}"})
            .status;
    };
    for (const std::string limit :
         {"18446744073709551616", "-1", "0.5", "1e2", "\"1\"", "null", "[1]", "{}", "true"}) {
        BOOST_TEST(put("min_threats", limit) == 422, limit);
    }
    for (const std::string limit :
         {"1e-20", "1.0000000001", "-0.5", "1e308", "1e999", "\"0.5\"", "null"}) {
        BOOST_TEST(put("min_mitigation_ratio", limit) == 422, limit);
    }
    for (const std::string limit : {"NaN", "Infinity", "-", "0x10", "01", ".5"}) {
        BOOST_TEST(put("min_mitigation_ratio", limit) == 400, limit);
        BOOST_TEST(put("min_threats", limit) == 400, limit);
    }
    BOOST_TEST(put("min_mitigation_ratio", "0.00001") == 201);
    const std::string shown = get("/api/policies/web").body;
    BOOST_TEST(shown.find("\"limit\":0.00001,") != std::string::npos, shown);
}

BOOST_AUTO_TEST_CASE(hostile_names_are_refused) {
    const std::string body = policy({no_critical}).dump();
    for (const std::string name :
         {"none", "Web", "%57eb", "%2e%2e", "%2E%2E", "..", "a%2Fb", "a%00b", "a%0Ab", "-a", "a-",
          "%20", "a%20b", "a+b", "a_b", "%C3%A9", "%EF%BC%A1", "%22", "*"}) {
        const std::string target = "/api/policies/" + name;
        for (const int status : {ask("PUT", target, {.body = body}).status, get(target).status,
                                 ask("DELETE", target).status,
                                 ask("POST", target + "/preview", {.body = body}).status}) {
            // The listener refuses characters that no path has.
            BOOST_TEST((status == 422 || status == 404 || status == 400), name << ": " << status);
        }
    }
    const std::string longest(events::limits::policy_name_chars_max, 'x');
    BOOST_TEST(define(longest + "x", policy({no_critical})).status == 422);
    BOOST_TEST(listed() == "");
    BOOST_TEST(define(longest, policy({no_critical})).status == 201);
    // Escapes of valid characters are the characters.
    BOOST_TEST(define("%77eb", policy({no_critical})).status == 201);
    BOOST_TEST(get("/api/policies/web").status == 200);
    // Names of routes are names like others.
    BOOST_TEST(define("preview", policy({no_critical})).status == 201);
    BOOST_TEST(preview("preview").status == 200);
}

BOOST_AUTO_TEST_CASE(malformed_and_large_bodies_are_refused) {
    for (const std::string target : {"/api/policies/web", "/api/products/1/policy"}) {
        BOOST_TEST(ask("PUT", target, {.body = ""}).status / 100 == 4);
        BOOST_TEST(ask("PUT", target, {.body = "{"}).status == 400);
        BOOST_TEST(ask("PUT", target, {.body = "[]"}).status == 422);
        BOOST_TEST(ask("PUT", target, {.body = "{}", .type = "text/plain"}).status == 415);
        BOOST_TEST(
            ask("PUT", target, {.body = std::string(events::limits::body_bytes_max + 1, ' ')})
                .status == 413);
    }
    BOOST_TEST(ask("POST", "/api/products/1/reviews", {.body = "{"}).status == 400);
    BOOST_TEST(ask("POST", "/api/products/9/reviews").status == 404);
    BOOST_TEST(assign(9, {{"policy", nullptr}}).status == 404);
    BOOST_TEST(ask("DELETE", "/api/policies/web", {.body = "{}"}).status == 422);
}

// Almost every character of this definition takes six bytes in the log.
BOOST_AUTO_TEST_CASE(a_definition_that_does_not_fit_in_a_line_is_refused) {
    const auto separators = [](std::size_t count) {
        std::string text = "x";  // a text has a visible character
        for (; count > 1; --count) {
            text += "\u2028";
        }
        return text;
    };
    json long_one = policy({no_critical});
    long_one["description"] = separators(events::limits::description_points_max);
    const Answer fits = define("web", long_one);
    BOOST_TEST_REQUIRE(fits.status == 201, fits.body);
    long_one["title"] = separators(500);
    long_one["reason"] = separators(1'000);
    const Answer refused = define("web", long_one);
    BOOST_TEST_REQUIRE(refused.status == 422, refused.body);
    BOOST_TEST(refused.json().at("errors").at(0).at("pointer") == "/description");
    BOOST_TEST(get("/api/policies/web").json().at("version") == 1);
}

BOOST_AUTO_TEST_CASE(a_repeated_key_is_answered_once) {
    const auto put = [&](const json& definition, const std::string& key) {
        return send("PUT", "/api/policies/web", definition, {{"Idempotency-Key", key}});
    };
    const Answer first = put(policy({no_critical}), "a");
    BOOST_TEST(first.status == 201);
    const std::uint64_t end = log_end();
    define("web", policy({all_scored}));
    const Answer again = put(policy({no_critical}), "a");
    BOOST_TEST(again.status == 201);
    BOOST_TEST(again.body == first.body);
    BOOST_TEST(log_end() == end + 1);
    BOOST_TEST(put(policy({all_scored}), "a").status == 409);
    const httplib::Headers key{{"Idempotency-Key", "b"}};
    for (int i = 0; i < 2; ++i) {
        BOOST_TEST(ask("POST", "/api/products/1/reviews", {.headers = key}).status == 200);
    }
    BOOST_TEST(log_end() == end + 2);
    const httplib::Headers removal{{"Idempotency-Key", "c"}};
    for (int i = 0; i < 2; ++i) {
        BOOST_TEST(ask("DELETE", "/api/policies/web", {.headers = removal}).status == 204);
    }
}

BOOST_AUTO_TEST_CASE(an_assignment_may_require_the_state_that_was_seen) {
    define("web", policy({no_critical}));
    const std::string tag = get("/api/products/1").header("ETag");
    const auto assign_if = [&](const std::string& condition) {
        return send("PUT", "/api/products/1/policy", {{"policy", "web"}},
                    {{"If-Match", condition}});
    };
    made("PATCH", "/api/products/1", {{"name", "Store"}});
    BOOST_TEST(assign_if(tag).status == 412);
    const std::string newer = get("/api/products/1").header("ETag");
    const Answer assigned = assign_if(newer);
    BOOST_TEST(assigned.status == 200);
    BOOST_TEST(assigned.header("ETag") == get("/api/products/1").header("ETag"));
    BOOST_TEST(assign_if(newer).status == 412);
    // A policy is no part of the product: a new version leaves its tag.
    const std::string after = get("/api/products/1").header("ETag");
    define("web", policy({all_scored}));
    BOOST_TEST(get("/api/products/1").header("ETag") == after);
}

BOOST_AUTO_TEST_CASE(events_say_who_changed_what_and_why) {
    json reasoned = policy({no_critical});
    reasoned["reason"] = "Audit";
    reasoned["on_behalf_of"] = "Ada";
    define("web", reasoned);
    const json defined = get("/api/events?limit=1000").lines().back();
    BOOST_TEST(defined.at("source") == "/api/policies");
    BOOST_TEST(defined.at("subject") == "policies/web");
    BOOST_TEST(defined.at("type") == "threatatlas.policy.defined.v1");
    BOOST_TEST(defined.at("reason") == "Audit");
    BOOST_TEST(defined.at("onbehalfof") == "Ada");
    BOOST_TEST(defined.at("data").at("policy") == "web");
    send("PUT", "/api/products/1/policy", {{"policy", "web"}, {"reason", "Exposed"}});
    send("POST", "/api/products/1/reviews", {{"note", "Right"}, {"on_behalf_of", "Ada"}});
    const std::vector<json> of_product = get("/api/products/1/events?limit=1000").lines();
    BOOST_TEST(of_product.at(of_product.size() - 2).at("reason") == "Exposed");
    BOOST_TEST(of_product.back().at("data").at("note") == "Right");
    BOOST_TEST(of_product.back().at("onbehalfof") == "Ada");
    // All who read events see policies; a product's stream has only its own events.
    const std::string auditor = issue({{"name", "a"}, {"role", "auditor"}, {"product_ids", {2}}});
    const std::string seen = get("/api/events?limit=1000", auditor).body;
    BOOST_TEST(seen.find("policy.defined") != std::string::npos);
    BOOST_TEST(seen.find("policy_assigned") == std::string::npos);
    BOOST_TEST(seen.find("token.issued") == std::string::npos);
    BOOST_TEST(get("/api/events?types=policy.defined", auditor).lines().size() == 1U);
    // Clients cannot send these events themselves.
    for (const std::string type :
         {"policy.defined", "product.policy_assigned", "product.reviewed"}) {
        BOOST_TEST(send("POST", "/api/products/1/events",
                        {{{"type", type}, {"data", {{"policy", "web"}}}}})
                           .status == 422,
                   type);
    }
}

BOOST_AUTO_TEST_CASE(metrics_show_which_products_pass_their_policy) {
    define("web", policy({no_critical}));
    define("old", policy({no_open_high}));
    BOOST_TEST(get("/metrics").body.find("product_policy_pass{") == std::string::npos);
    assign(1, {{"policy", "web"}, {"enforced", true}});
    assign(2, {{"policy", "web"}});
    assign(3, {{"policy", "old"}});
    const std::string metrics = get("/metrics").body;
    const auto has = [&](const std::string& line) {
        return metrics.find("\nthreatatlas_product_policy_pass{" + line + "\n") !=
               std::string::npos;
    };
    BOOST_TEST(has(R"(product_id="1",policy="web",enforced="true"} 0)"));
    BOOST_TEST(has(R"(product_id="2",policy="web",enforced="false"} 1)"));
    // Its verdict depends on the age of the threats.
    const bool passes = get("/api/products/3/security-status").json().at("pass");
    BOOST_TEST(
        has(R"(product_id="3",policy="old",enforced="false"} )" + std::string(passes ? "1" : "0")));
}

BOOST_AUTO_TEST_CASE(policies_survive_a_restart_and_are_verified) {
    define("web", policy({no_critical}));
    define("web", policy({no_critical, all_scored}));
    define("gone", policy({all_scored}));
    ask("DELETE", "/api/policies/gone");
    assign(1, {{"policy", "web"}, {"enforced", true}});
    send("POST", "/api/products/1/reviews", {{"note", "Right"}});
    const std::string list = get("/api/policies").body;
    const std::string product = get("/api/products/1").body;
    stop();
    {
        const auto store = store::Store::open(data(), {});
        const audit::Verification verification = audit::verify_projections(*store);
        BOOST_TEST(verification.clean());
        const auto rows = [&](store::Table table) {
            return verification.rows[static_cast<std::size_t>(table)];
        };
        BOOST_TEST(rows(store::Table::policies) == 2U);
        BOOST_TEST(rows(store::Table::policy_versions) == 4U);
        BOOST_TEST(rows(store::Table::policy_users) == 1U);
    }
    start();
    BOOST_TEST(get("/api/policies").body == list);
    BOOST_TEST(get("/api/products/1").body == product);
    BOOST_TEST(ask("DELETE", "/api/policies/web").status == 409);
    BOOST_TEST(define("gone", policy({all_scored})).json().at("version") == 2);
}

// Real directories of earlier versions are in tests/system/golden.
BOOST_AUTO_TEST_CASE(a_directory_of_an_earlier_format_is_rebuilt) {
    define("web", policy({no_critical}));
    assign(1, {{"policy", "web"}});
    const std::string product = get("/api/products/1").body;
    stop();
    {
        const auto store = store::Store::open(data(), {});
        store::RowBatch batch(*store);
        batch.put(store::Table::meta, audit::projection_stamp_key, "4");
        store->write(batch);
    }
    std::ofstream(data() / "FORMAT") << "threatatlas data, format 4\n";
    start();
    BOOST_TEST(get("/api/products/1").body == product);
    BOOST_TEST(get("/api/policies/web").json().at("products") == 1);
    stop();
    std::string format;
    std::getline(std::ifstream(data() / "FORMAT"), format);
    BOOST_TEST(format == "threatatlas data, format 5");
    BOOST_TEST(audit::verify_projections(*store::Store::open(data(), {})).clean());
    start();
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
