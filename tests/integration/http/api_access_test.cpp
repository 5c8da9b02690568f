#include <map>
#include <set>
#include <sstream>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "http/api/api_routes.hpp"
#include "http/ops/service_limits.hpp"
#include "support/api_fixture.hpp"

BOOST_AUTO_TEST_SUITE(api_access_test)

using namespace threatatlas;
using namespace threatatlas::api;
using namespace threatatlas::base;
using namespace threatatlas::events;
using namespace threatatlas::ops;
using namespace threatatlas::projections;
using namespace threatatlas::testing;
using nlohmann::json;

namespace {

struct Doors : ApiFixture {
    Doors() {
        for (const char* name : {"one", "two"}) {
            made("POST", "/api/products", {{"name", name}});
        }
        for (const std::string_view role : names_of<Role>()) {
            tokens[std::string(role)] = issue_role(std::string(role));
        }
    }

    Answer with(const std::string& token, const std::string& method,
                const std::string& target) const {
        return ask(method, target, {.token = token, .body = method == "GET" ? "" : "{}"});
    }

    std::map<std::string, std::string> tokens;
};

std::string path_of(const Route& route) {
    std::string path(route.pattern);
    for (std::size_t begin = path.find('{'); begin != std::string::npos; begin = path.find('{')) {
        path.replace(begin, path.find('}') - begin + 1, "1");
    }
    return path;
}

// The permissions of a role by the contract, for each route.
bool contract_allows(std::string_view role, const Route& route) {
    const bool reads = route.method == "GET";
    const std::string_view pattern = route.pattern;
    if (role == "badge") {
        return pattern.find("/badge.") != std::string_view::npos;
    }
    if (pattern == "/api/session") {
        return true;
    }
    if (pattern == "/metrics") {
        return role == "monitor" || role == "admin";
    }
    if (pattern.starts_with("/checkpoint") || pattern.starts_with("/api/proof/") ||
        pattern == "/api/attestation-key") {
        return true;
    }
    if (pattern.starts_with("/tile/entries/")) {
        return role == "admin";
    }
    if (pattern.starts_with("/tile/")) {
        return role == "auditor" || role == "approver" || role == "admin";
    }
    const bool is_the_admins = pattern.find("api-tokens") != std::string_view::npos ||
                               pattern.find("backups") != std::string_view::npos;
    if (is_the_admins || role == "monitor") {
        return role == "admin";
    }
    if (pattern.ends_with("/security-status/since")) {
        return role != "gate";
    }
    if (pattern.find("/security-status") != pattern.npos ||
        pattern.find("/download/") != pattern.npos || pattern.find("/badge.") != pattern.npos) {
        return true;
    }
    if (pattern.find("/checks/") != pattern.npos || (!reads && pattern.ends_with("/checks"))) {
        return true;
    }
    if (reads || pattern.ends_with("/preview")) {
        return role != "gate";
    }
    if (pattern.starts_with("/api/policies/") || pattern.ends_with("/policy")) {
        return role == "admin";
    }
    if (pattern.ends_with("/approve") || pattern.ends_with("/reject") ||
        pattern.ends_with("/revoke")) {
        return role == "approver" || role == "admin";
    }
    const bool makes_or_ends_product =
        pattern == "/api/products" || pattern.starts_with("/api/products/by-external-id/") ||
        (pattern == "/api/products/{product_id}" && route.method == "DELETE");
    return role == "admin" || (role == "editor" && !makes_or_ends_product);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(access_rules, Doors)

BOOST_AUTO_TEST_CASE(every_role_has_exactly_its_rights) {
    std::size_t refused = 0;
    for (const auto& [role, token] : tokens) {
        for (const Route& route : api_routes()) {
            if (route.audience == Audience::anyone) {
                continue;
            }
            const std::string label = fmt::format("{} {} {}", role, route.method, route.pattern);
            const bool allowed = contract_allows(role, route);
            // Deletions by the admin would affect the other roles' requests.
            if (allowed && route.method == "DELETE") {
                continue;
            }
            const int status = with(token, std::string(route.method), path_of(route)).status;
            BOOST_TEST((status == 403) != allowed, label << " " << status);
            BOOST_TEST(status != 401, label);
            refused += status == 403 ? 1 : 0;
        }
    }
    BOOST_TEST(refused > 0);
}

BOOST_AUTO_TEST_CASE(only_service_calls_and_the_page_need_no_token) {
    for (const Route& route : api_routes()) {
        const Answer answer = ask(std::string(route.method), path_of(route), {.with_token = false});
        if (route.pattern == "/assets/{key}") {
            BOOST_TEST(answer.status == 404);
        } else if (route.audience == Audience::anyone) {
            BOOST_TEST(answer.status == (route.method == "DELETE" ? 403 : 200), route.pattern);
        } else {
            BOOST_TEST(answer.status == 401, route.pattern);
            BOOST_TEST(answer.header("WWW-Authenticate") == "Bearer");
        }
    }
    for (const char* path : {"/nothing", "/api/products/1/nothing", "/api/products/x"}) {
        BOOST_TEST(ask("GET", path, {.with_token = false}).status == 401, path);
        BOOST_TEST(get(path).status == 404, path);
    }
    BOOST_TEST(ask("PUT", "/api/products", {.with_token = false}).status == 401);
}

BOOST_AUTO_TEST_CASE(a_trailing_slash_is_ignored) {
    for (const std::string path : {"/api/products", "/api/products/1", "/api/products/1/threats",
                                   "/api/api-tokens", "/healthz", "/checkpoint"}) {
        BOOST_TEST(get(path).status == 200, path);
        BOOST_TEST(get(path + "/").body == get(path).body, path);
        BOOST_TEST(get(path + "/?limt=1").body == get(path + "?limt=1").body, path);
    }
    const std::string gate = "/api/products/1/security-status";
    const std::string rules = "?fail_on_critical=true&at_position=2";
    BOOST_TEST(get(gate + "/" + rules).json()["pass"] == true);
    BOOST_TEST(get(gate + "/" + rules).header("ETag") == get(gate + rules).header("ETag"));
    BOOST_TEST(get("/api/products/?limit=1").header("Link") ==
               "</api/products?limit=1&after=1>; rel=\"next\"");
    made("POST", "/api/products/1/threats/", {{"name", "new"}});
    made("PATCH", "/api/products/1/threats/1/", {{"name", "changed"}});
    BOOST_TEST(ask("DELETE", "/api/products/1/threats/1/").status == 204);
    BOOST_TEST(get("/api/products/1/threats").json().empty());
    BOOST_TEST(ask("DELETE", "/api/products/").header("Allow") == "GET, HEAD, POST");
    BOOST_TEST(ask("GET", "/api/products/", {.with_token = false}).status == 401);
}

BOOST_AUTO_TEST_CASE(a_path_with_a_surplus_slash_gets_the_correct_path) {
    for (const auto& [path, right] : std::vector<std::pair<std::string, std::string>>{
             {"//api/products", "/api/products"},
             {"//api/products/1/?as_of=2026-01-01", "/api/products/1"},
             {"/api//products//1", "/api/products/1"},
             {"/healthz//", "/healthz"}}) {
        for (const char* method : {"GET", "POST"}) {
            const Answer answer = ask(method, path, {.body = method[0] == 'P' ? "{}" : ""});
            BOOST_TEST(answer.status == 404, path);
            BOOST_TEST(
                answer.json()["detail"].get<std::string>().ends_with(" Use " + right + " instead."),
                answer.body);
        }
        BOOST_TEST(ask("GET", path, {.with_token = false}).status == 401, path);
    }
    for (const char* path : {"/nothing/", "/api/products/x/"}) {
        BOOST_TEST(get(path).status == 404, path);
        BOOST_TEST(get(path).body.find("slash too many") == std::string::npos, path);
    }
}

// A variable that is not set leaves an empty segment.
BOOST_AUTO_TEST_CASE(a_path_without_its_id_names_the_missing_id) {
    for (const auto& [path, detail] : std::vector<std::pair<std::string, std::string>>{
             {"/api/products//security-status?fail_on_critical=true",
              "The product_id is missing: the path is /api/products/{product_id}/security-status. "
              "Perhaps a variable of your script is not set."},
             {"/api/products//",
              "The product_id is missing: the path is /api/products/{product_id}. "
              "Perhaps a variable of your script is not set."},
             {"/api/products/1/threats//history",
              "The threat_id is missing: the path is "
              "/api/products/{product_id}/threats/{threat_id}/history. "
              "Perhaps a variable of your script is not set."}}) {
        const Answer answer = get(path);
        BOOST_TEST(answer.status == 404, path);
        BOOST_TEST(answer.json()["detail"].get<std::string>() == detail);
        BOOST_TEST(get(path, tokens.at("gate")).body == answer.body);
        BOOST_TEST(ask("GET", path, {.with_token = false}).status == 401, path);
    }
}

BOOST_AUTO_TEST_CASE(an_invalid_token_learns_why_it_is_invalid) {
    const Answer issued =
        send("POST", "/api/api-tokens",
             {{"name", "short"},
              {"role", "gate"},
              {"expires_at", format_instant(clock.now() + std::chrono::hours(1))}});
    const std::string expiring = issued.json()["token"];
    const Answer other = send("POST", "/api/api-tokens", {{"name", "gone"}, {"role", "gate"}});
    const std::string revoked = other.json()["token"];
    ask("DELETE", "/api/api-tokens/" + other.json()["id"].dump());
    const std::string expired_at = issued.json()["expires_at"];
    clock.advance(std::chrono::hours(2));

    const Answer late = get("/api/products/1/security-status", expiring);
    BOOST_TEST(late.status == 401);
    BOOST_TEST(late.json()["detail"] ==
               "The token expired at " + expired_at + ". Ask an admin for a new one.");
    BOOST_TEST(late.header("WWW-Authenticate") ==
               "Bearer error=\"invalid_token\", error_description=\"The token expired at " +
                   expired_at + "\"");
    const Answer refused = get("/api/products/1/security-status", revoked);
    BOOST_TEST(refused.status == 401);
    BOOST_TEST(
        refused.json()["detail"].get<std::string>().starts_with("The token was revoked at "));
    const Answer guessed = get("/api/products/1/security-status", "ta_" + std::string(43, 'x'));
    BOOST_TEST(guessed.status == 401);
    BOOST_TEST(guessed.header("WWW-Authenticate").starts_with("Bearer error=\"invalid_token\", "));
    BOOST_TEST(guessed.body.find("expired") == std::string::npos);
    BOOST_TEST(guessed.body.find("revoked") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_unsupported_method_is_405) {
    const Answer answer = ask("PUT", "/api/products/1");
    BOOST_TEST(answer.status == 405);
    BOOST_TEST(answer.header("Allow") == "GET, HEAD, PATCH, DELETE");
    // Checked before the role.
    BOOST_TEST(ask("PUT", "/api/products/1", {.token = tokens.at("monitor")}).status == 405);
    BOOST_TEST(ask("GET", "/nothing", {.token = tokens.at("monitor")}).status == 404);
}

BOOST_AUTO_TEST_CASE(a_hidden_product_looks_like_a_missing_one) {
    const std::string hidden_from =
        issue({{"name", "editor of one"}, {"role", "editor"}, {"product_ids", {1}}});
    struct Probe {
        std::string method;
        std::string path;  // after the product
        Asked asked;
    };
    const std::vector<Probe> probes{
        {"GET", "", {}},
        {"GET", "/security-status", {}},
        {"GET", "/security-status?fail_on_crtical=true", {}},
        {"GET", "/security-status?as_of=2020-01-01", {}},
        {"GET", "/security-status?as_of=2999-01-01", {}},
        {"GET", "?nothing=1", {}},
        {"GET", "/threats", {}},
        {"GET", "/threats?limit=0", {}},
        {"GET", "/threats/1", {}},
        {"GET", "/threats/1?as_of=x", {}},
        {"GET", "/threats/1/history", {}},
        {"GET", "/threats/1/history?after=x", {}},
        {"GET", "/mitigations", {}},
        {"GET", "/mitigations?status=x", {}},
        {"GET", "/mitigations/1", {}},
        {"GET", "/timeline", {}},
        {"GET", "/timeline?every=x", {}},
        {"GET", "/diff", {}},
        {"GET", "/diff?from=2999-01-01", {}},
        {"GET", "/events", {}},
        {"GET", "/events?types=x", {}},
        {"GET", "/events?wait=30", {}},
        {"PATCH", "", {.body = R"({"name":"x"})"}},
        {"PATCH", "", {.body = "not json"}},
        {"PATCH", "", {.body = "x", .type = "text/plain"}},
        {"PATCH", "", {.body = "{}", .headers = {{"If-Match", "\"99\""}}}},
        {"POST", "/threats", {.body = R"({"name":"x"})"}},
        {"POST", "/threats", {.body = "{}", .headers = {{"Idempotency-Key", "ä"}}}},
        {"POST", "/mitigations?x=1", {.body = R"({"name":"x"})"}},
        {"PATCH", "/threats/1", {.body = "{}"}},
        {"PATCH", "/mitigations/1", {.body = "{}"}},
        {"DELETE", "/threats/1", {}},
        {"DELETE", "/threats/1?raeson=x", {}},
        {"DELETE", "/mitigations/1", {}},
        {"POST", "/events", {.body = "[]"}},
        {"POST", "/events", {.body = "x", .type = "text/plain"}},
    };
    const auto answer_for = [&](const Probe& probe, const std::string& token, int product) {
        Asked asked = probe.asked;
        asked.token = token;
        return ask(probe.method, fmt::format("/api/products/{}{}", product, probe.path),
                   std::move(asked));
    };
    for (const Probe& probe : probes) {
        const std::string label = probe.method + " " + probe.path;
        const Answer hidden = answer_for(probe, hidden_from, 2);
        // For comparison: a product that does not exist, requested with a token for all products.
        Answer missing = answer_for(probe, tokens.at("editor"), 3);
        std::string body = missing.body;
        const std::size_t number = body.find("product 3");
        BOOST_TEST_REQUIRE(number != std::string::npos, label << " " << body);
        body.replace(number, 9, "product 2");
        BOOST_TEST(hidden.status == 404, label << " " << hidden.status);
        BOOST_TEST(hidden.body == body, label);
        hidden.headers.size();
        missing.headers.erase("Date");
        auto headers = hidden.headers;
        headers.erase("Date");
        BOOST_TEST((headers == missing.headers), label);
    }
    BOOST_TEST(get("/api/products/1", hidden_from).status == 200);
}

BOOST_AUTO_TEST_CASE(lists_and_events_show_only_the_products_of_a_token) {
    const std::string auditor =
        issue({{"name", "auditor of two"}, {"role", "auditor"}, {"product_ids", {2}}});
    const json products = get("/api/products", auditor).json();
    BOOST_TEST_REQUIRE(products.size() == 1);
    BOOST_TEST(products[0]["id"].get<int>() == 2);
    std::set<std::string> sources;
    for (const json& line : get("/api/events", auditor).lines()) {
        sources.insert(line["source"]);
    }
    BOOST_TEST(sources == std::set<std::string>{"/api/products/2"},
               boost::test_tools::per_element());
    for (const json& line : get("/api/events", tokens.at("auditor")).lines()) {
        BOOST_TEST(line["source"].get<std::string>() != "/api/api-tokens");
    }
    bool tokens_seen = false;
    for (const json& line : get("/api/events").lines()) {
        tokens_seen = tokens_seen || line["source"] == "/api/api-tokens";
    }
    BOOST_TEST(tokens_seen);
}

BOOST_AUTO_TEST_CASE(revocation_takes_effect_at_once) {
    const std::string& gate = tokens.at("gate");
    const json listed = get("/api/api-tokens").json();
    std::uint64_t id = 0;
    for (const json& token : listed) {
        id = token["name"] == "gate" ? token["id"].get<std::uint64_t>() : id;
    }
    BOOST_TEST(get("/api/products/1/security-status", gate).status == 200);
    const Answer revoked = ask("DELETE", fmt::format("/api/api-tokens/{}?reason=left", id));
    BOOST_TEST(revoked.status == 204);
    BOOST_TEST(revoked.header("X-Log-Position") != "");
    BOOST_TEST(get("/api/products/1/security-status", gate).status == 401);
    BOOST_TEST(ask("DELETE", fmt::format("/api/api-tokens/{}", id)).status == 404);
    BOOST_TEST(get("/api/api-tokens").json().size() == listed.size() - 1);
    const json line = get("/api/events?types=token.revoked").lines().back();
    BOOST_TEST(line["reason"].get<std::string>() == "left");
    BOOST_TEST(line["subject"].get<std::string>() == fmt::format("tokens/{}", id));
}

BOOST_AUTO_TEST_CASE(an_expired_token_is_refused) {
    const std::string token =
        issue({{"name", "short"}, {"role", "gate"}, {"expires_at", "2026-11-23T13:00:00Z"}});
    BOOST_TEST(get("/api/products/1/security-status", token).status == 200);
    clock.set("2026-11-23T12:59:59.999999Z");
    BOOST_TEST(get("/api/products/1/security-status", token).status == 200);
    clock.set("2026-11-23T13:00:00Z");
    BOOST_TEST(get("/api/products/1/security-status", token).status == 401);
}

BOOST_AUTO_TEST_CASE(token_guessing_is_slowed_down_and_logged) {
    const std::string gate = "/api/products/1/security-status";
    const std::string wrong = "ta_" + std::string(43, 'w');
    for (std::size_t i = 0; i < ops::limits::failed_logins_max; ++i) {
        const Answer answer = get(gate, wrong);
        BOOST_TEST_REQUIRE(answer.status == 401);
        BOOST_TEST_REQUIRE(answer.header("Retry-After") == "");
    }
    for (int i = 0; i < 10; ++i) {
        const Answer answer = get(gate, wrong);
        BOOST_TEST(answer.status == 429);
        BOOST_TEST(answer.header("Content-Type") == "application/problem+json");
        const int wait = std::stoi(answer.header("Retry-After"));
        BOOST_TEST(wait >= 1);
        BOOST_TEST(wait <= ops::limits::failed_logins_window.count());
    }
    // Tokens that are valid or missing are not affected, although the address is the same.
    BOOST_TEST(get(gate).status == 200);
    BOOST_TEST(ask("GET", gate, {.with_token = false}).status == 401);
    std::istringstream text(log());
    std::vector<json> lines;
    for (std::string line; std::getline(text, line);) {
        json entry = json::parse(line);
        if (entry.at("event") == "failed_login") {
            lines.push_back(std::move(entry));
        }
    }
    BOOST_TEST_REQUIRE(lines.size() == ops::limits::failed_logins_max + 2);
    BOOST_TEST(lines.front().at("client") == "127.0.0.1");
    BOOST_TEST(lines.front().at("route") == "/api/products/{product_id}/security-status");
    BOOST_TEST(lines.front().at("reason") == "unknown token");
    BOOST_TEST(lines.front().at("status") == 401);
    BOOST_TEST(lines[ops::limits::failed_logins_max].at("status") == 429);
    BOOST_TEST(lines.back().at("reason") == "no token");
    BOOST_TEST(log().find(wrong) == std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_last_admin_token_stays) {
    BOOST_TEST(ask("DELETE", "/api/api-tokens/1").status == 204);  // another admin token exists
    const std::string other = tokens.at("admin");
    std::uint64_t id = 0;
    for (const json& token : get("/api/api-tokens", other).json()) {
        id = token["name"] == "admin" ? token["id"].get<std::uint64_t>() : id;
    }
    const Answer answer = ask("DELETE", fmt::format("/api/api-tokens/{}", id), {.token = other});
    BOOST_TEST(answer.status == 409);
    BOOST_TEST(get("/api/api-tokens", other).status == 200);
}

BOOST_AUTO_TEST_CASE(a_token_is_shown_once_and_listed_without_its_secret) {
    const Answer issued = send("POST", "/api/api-tokens",
                               {{"name", "ci"}, {"role", "gate"}, {"product_ids", {2, 1}}});
    BOOST_TEST(issued.status == 201);
    BOOST_TEST(issued.header("Cache-Control") == "no-store");
    BOOST_TEST(issued.header("Location") ==
               fmt::format("/api/api-tokens/{}", issued.json()["id"].get<int>()));
    const std::string secret = issued.json()["token"];
    BOOST_TEST(is_token_secret(secret));
    BOOST_TEST(issued.json()["product_ids"] == json({1, 2}));
    const Answer list = get("/api/api-tokens");
    BOOST_TEST(list.body.find(secret) == std::string::npos);
    BOOST_TEST(list.json().back()["last_used_at"].is_null());
    BOOST_TEST(get("/api/products/1/security-status", secret).status == 200);
    BOOST_TEST(get("/api/api-tokens").json().back()["last_used_at"].is_string());
    BOOST_TEST(get("/api/events").body.find(secret) == std::string::npos);
    BOOST_TEST(log().find(secret) == std::string::npos);
    BOOST_TEST(log().find(admin()) == std::string::npos);
}

BOOST_AUTO_TEST_CASE(token_requests_are_checked) {
    const std::vector<std::pair<json, std::string>> cases{
        {{{"role", "gate"}}, "/name"},
        {{{"name", "x"}}, "/role"},
        {{{"name", "x"}, {"role", "root"}}, "/role"},
        {{{"name", "x"}, {"role", "gate"}, {"product_ids", {77}}}, "/product_ids"},
        {{{"name", "x"}, {"role", "gate"}, {"expires_at", "2020-01-01T00:00:00Z"}}, "/expires_at"},
        {{{"name", "x"}, {"role", "gate"}, {"colour", "red"}}, "/colour"},
    };
    for (const auto& [body, pointer] : cases) {
        const Answer answer = send("POST", "/api/api-tokens", body);
        BOOST_TEST_REQUIRE(answer.status == 422, body.dump());
        BOOST_TEST(answer.json()["errors"][0]["pointer"].get<std::string>().starts_with(pointer),
                   answer.body);
    }
    const Answer key = send("POST", "/api/api-tokens", {{"name", "x"}, {"role", "gate"}},
                            {{"Idempotency-Key", "k"}});
    BOOST_TEST(key.status == 422);
    BOOST_TEST(key.json()["errors"][0]["header"].get<std::string>() == "Idempotency-Key");
}

BOOST_AUTO_TEST_CASE(tokens_are_listed_in_pages) {
    const Answer first = get("/api/api-tokens?limit=2");
    BOOST_TEST(first.json().size() == 2);
    BOOST_TEST_REQUIRE(first.next().has_value());
    BOOST_TEST(*first.next() == 2);
    const Answer rest = get("/api/api-tokens?after=2");
    BOOST_TEST(rest.json().size() == 6);
    BOOST_TEST(!rest.next().has_value());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
