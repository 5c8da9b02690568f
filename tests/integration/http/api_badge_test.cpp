// The badge, its role, and the token in its address.

#include <boost/test/unit_test.hpp>

#include "export/status_forms.hpp"
#include "http/api/api_routes.hpp"
#include "http/ops/service_limits.hpp"
#include "support/api_fixture.hpp"

BOOST_AUTO_TEST_SUITE(api_badge_test)

using namespace threatatlas;
using namespace threatatlas::exports;
using namespace threatatlas::testing;
using nlohmann::json;

namespace {

const std::string svg_path = "/api/products/1/badge.svg";
const std::string json_path = "/api/products/1/badge.json";

struct Badges : ApiFixture {
    Badges() {
        made("POST", "/api/products", {{"name", "Shown"}});
        made("POST", "/api/products", {{"name", "Hidden"}});
        made("POST", "/api/products/1/threats", {{"name", "t"}, {"severity", "high"}});
        clock.set("2026-11-25T12:00:00Z");
        made("PATCH", "/api/products/1/threats/1", {{"status", "mitigated"}});
        clock.set("2026-11-27T12:00:00Z");
        badge = issue({{"name", "readme"}, {"role", "badge"}, {"product_ids", json::array({1})}});
    }

    // Without a header.
    Answer show(const std::string& target) const {
        return ask("GET", target, {.with_token = false});
    }
    std::string message(const std::string& query = {}) const {
        return get(json_path + query).json()["message"];
    }

    std::string badge;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(badges, Badges)

BOOST_AUTO_TEST_CASE(a_badge_shows_the_current_verdict_or_counts) {
    BOOST_TEST(message() == "1 of 1 mitigated");
    BOOST_TEST(message("?fail_on_unmitigated_high=1") == "passed");
    BOOST_TEST(message("?fail_on_unmitigated_high=1&as_of=2026-11-24") == "failed");
    BOOST_TEST(message("?min_threats=2") == "failed");
    BOOST_TEST(message("?at_position=4") == "0 of 1 mitigated");
    const Answer picture = get(svg_path + "?min_threats=2");
    BOOST_TEST(picture.header("Content-Type") == "image/svg+xml");
    BOOST_TEST(picture.body.find(">failed</text>") != std::string::npos);
    BOOST_TEST(get(json_path).header("Content-Type") == "application/json");
}

BOOST_AUTO_TEST_CASE(a_badge_may_be_cached_for_a_minute) {
    for (const std::string& path : {svg_path, json_path}) {
        const Answer first = get(path);
        BOOST_TEST(first.header("Cache-Control") == "max-age=60");
        const Answer again =
            ask("GET", path, {.headers = {{"If-None-Match", first.header("ETag")}}});
        BOOST_TEST(again.status == 304);
        BOOST_TEST(again.header("Cache-Control") == "max-age=60");
        BOOST_TEST(get(path + "?min_threats=1").header("ETag") != first.header("ETag"));
        BOOST_TEST(ask("HEAD", path).header("Content-Length") == std::to_string(first.body.size()));
        BOOST_TEST(get(path + "?nonsense=1").header("Cache-Control") == "no-store");
    }
    BOOST_TEST(get(svg_path).header("ETag") != get(json_path).header("ETag"));
}

BOOST_AUTO_TEST_CASE(the_url_of_a_badge_may_contain_the_token) {
    for (const std::string& path : {svg_path, json_path}) {
        const Answer shown = show(path + "?token=" + badge);
        BOOST_TEST(shown.status == 200, shown.body);
        BOOST_TEST((shown.body == get(path).body));
        BOOST_TEST(show(path + "?min_threats=1&to%6Ben=" + badge).status == 200);
        BOOST_TEST(ask("HEAD", path + "?token=" + badge, {.with_token = false}).status == 200);
        BOOST_TEST(get(path, badge).status == 200);
        BOOST_TEST(show(path).status == 401);
        BOOST_TEST(show(path + "?token=").status == 401);
        BOOST_TEST(show(path + "?token=ta_" + std::string(43, 'x')).status == 401);
        BOOST_TEST(show(path + "?token=" + badge + "&token=" + badge).status == 422);
        BOOST_TEST(show(path + "?token=" + badge + "&nonsense=1").status == 422);
        // The header counts.
        BOOST_TEST(get(path + "?token=nonsense").status == 200);
        BOOST_TEST(get(path + "?token=" + badge, "ta_" + std::string(43, 'y')).status == 401);
    }
}

BOOST_AUTO_TEST_CASE(a_token_of_another_role_is_refused_in_a_url) {
    for (const std::string role : {"gate", "monitor", "auditor", "editor", "admin"}) {
        const Answer answer = show(svg_path + "?token=" + issue_role(role));
        BOOST_TEST(answer.status == 403, role);
        BOOST_TEST(answer.json()["detail"].get<std::string>().starts_with(
            "Only a token with the role badge may be in an address."));
    }
}

BOOST_AUTO_TEST_CASE(no_other_url_may_contain_a_token) {
    const std::string of_all = issue_role("badge");
    for (const api::Route& route : api::api_routes()) {
        if (route.audience == api::Audience::anyone || route.audience == api::Audience::badges) {
            continue;
        }
        std::string path(route.pattern);
        for (auto at = path.find('{'); at != std::string::npos; at = path.find('{')) {
            path.replace(at, path.find('}') - at + 1, "1");
        }
        const std::string method(route.method);
        const auto ask_with = [&](Asked asked) {
            asked.body = method == "GET" ? "" : "{}";
            return ask(method, path + "?token=" + of_all, std::move(asked)).status;
        };
        BOOST_TEST(ask_with({.with_token = false}) == 401, route.pattern);
        BOOST_TEST(ask_with({.token = of_all}) == 403, route.pattern);
    }
    BOOST_TEST(get("/api/products/1/security-status?token=" + badge).status == 422);
}

BOOST_AUTO_TEST_CASE(a_badge_token_is_limited_to_its_products) {
    BOOST_TEST(show("/api/products/2/badge.svg?token=" + badge).status == 404);
    BOOST_TEST(get("/api/products/2/badge.svg", badge).status == 404);
    BOOST_TEST(show("/api/products/9/badge.svg?token=" + issue_role("badge")).status == 404);
    BOOST_TEST(show("/api/products/2/badge.svg?token=" + issue_role("badge")).status == 200);
    for (const auto& [role, status] : std::vector<std::pair<std::string, int>>{
             {"gate", 200}, {"monitor", 403}, {"auditor", 200}, {"editor", 200}, {"badge", 200}}) {
        BOOST_TEST(get(svg_path, issue_role(role)).status == status, role);
    }
}

BOOST_AUTO_TEST_CASE(a_revoked_token_shows_nothing) {
    const json tokens = get("/api/api-tokens").json();
    BOOST_TEST(tokens.back()["role"] == "badge");
    BOOST_TEST(ask("DELETE", "/api/api-tokens/" + tokens.back()["id"].dump()).status == 204);
    BOOST_TEST(show(svg_path + "?token=" + badge).status == 401);
}

BOOST_AUTO_TEST_CASE(a_token_in_a_url_is_never_logged) {
    const std::string wrong = "ta_" + std::string(43, 'w');
    for (const std::string& token : {badge, wrong, issue_role("gate")}) {
        for (const std::string& path :
             {svg_path, json_path, std::string("/api/products/1"), std::string("/nothing")}) {
            show(path + "?token=" + token);
            show(path + "?token=" + token + "&nonsense=1");
            get(path + "?token=" + token);
        }
        BOOST_TEST(log().find(token) == std::string::npos);
        BOOST_TEST(log().find(token.substr(3, 20)) == std::string::npos);
    }
    BOOST_TEST(log().find("failed_login") != std::string::npos);
    BOOST_TEST(log().find("/badge.svg") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(guesses_in_a_url_are_counted) {
    for (std::size_t i = 0; i < ops::limits::failed_logins_max; ++i) {
        BOOST_TEST(show(svg_path + "?token=ta_" + std::string(43, 'w')).status == 401);
    }
    BOOST_TEST(show(svg_path + "?token=ta_" + std::string(43, 'w')).status == 429);
    BOOST_TEST(show(svg_path + "?token=" + badge).status == 200);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
