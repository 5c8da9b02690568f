// Sessions: the token in a cookie.

#include <boost/test/unit_test.hpp>

#include "http/ops/service_limits.hpp"
#include "support/api_fixture.hpp"

BOOST_AUTO_TEST_SUITE(api_session_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::ops;
using namespace threatatlas::testing;
using nlohmann::json;

namespace {

const std::string attributes = "; Path=/; Secure; HttpOnly; SameSite=Strict";

struct Sessions : ApiFixture {
    Sessions() {
        made("POST", "/api/products", {{"name", "One"}});
        editor = issue_role("editor");
    }

    // Like a browser: with the cookie, without the header Authorization.
    Answer browse(const std::string& method, const std::string& target, const std::string& token,
                  httplib::Headers fields = {}) const {
        fields.emplace("Cookie", "theme=dark; __Host-threatatlas=" + token);
        return ask(method, target,
                   {.with_token = false,
                    .body = method == "POST" ? R"({"name":"n"})" : "",
                    .headers = std::move(fields)});
    }

    std::string editor;
    const httplib::Headers from_page{{"X-Threatatlas-Page", "1"}};
};

std::string detail_of(const Answer& answer) {
    return answer.json().at("detail");
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sessions, Sessions)

BOOST_AUTO_TEST_CASE(a_session_is_opened_used_and_closed) {
    const Answer opened = ask("POST", "/api/session", {.token = editor});
    BOOST_TEST(opened.status == 200);
    BOOST_TEST(opened.header("Set-Cookie") == "__Host-threatatlas=" + editor + attributes);
    BOOST_TEST(opened.header("Cache-Control") == "no-store");
    json expected{{"token_id", 2},          {"name", "editor"},      {"role", "editor"},
                  {"product_ids", nullptr}, {"expires_at", nullptr}, {"by", "header"}};
    BOOST_TEST(opened.json() == expected);
    BOOST_TEST(get("/api/session", editor).json() == expected);

    const Answer used = browse("GET", "/api/session", editor);
    expected["by"] = "cookie";
    BOOST_TEST(used.json() == expected);
    BOOST_TEST(used.header("Set-Cookie").empty());
    BOOST_TEST(browse("GET", "/api/products/1", editor).status == 200);
    BOOST_TEST(browse("HEAD", "/api/products/1", editor).status == 200);
    BOOST_TEST(browse("POST", "/api/products/1/threats", editor, from_page).status == 201);
    BOOST_TEST(get("/api/products/1/threats/1/history").json().at(0)["actor"] == "editor#2");

    const Answer closed = browse("DELETE", "/api/session", editor, from_page);
    BOOST_TEST(closed.status == 204);
    BOOST_TEST(closed.header("Set-Cookie") == "__Host-threatatlas=" + attributes + "; Max-Age=0");
    BOOST_TEST(get("/api/session", editor).status == 200);
}

BOOST_AUTO_TEST_CASE(a_session_has_the_limits_of_its_token) {
    const std::string expires_at = format_instant(clock.now() + std::chrono::hours(1));
    const std::string limited = issue(
        {{"name", "one"}, {"role", "auditor"}, {"product_ids", {1}}, {"expires_at", expires_at}});
    made("POST", "/api/products", {{"name", "Two"}});
    const json session = browse("GET", "/api/session", limited).json();
    BOOST_TEST(session["product_ids"] == json::array({1}));
    BOOST_TEST(session["expires_at"] == expires_at);
    BOOST_TEST(browse("GET", "/api/products/1", limited).status == 200);
    BOOST_TEST(browse("GET", "/api/products/2", limited).status == 404);
    BOOST_TEST(browse("GET", "/api/api-tokens", limited).status == 403);
    BOOST_TEST(browse("GET", "/metrics", limited).status == 403);
    BOOST_TEST(browse("GET", "/metrics", issue_role("monitor")).status == 200);
    const std::string badge = issue_role("badge");
    BOOST_TEST(browse("GET", "/api/session", badge).status == 403);
    BOOST_TEST(ask("POST", "/api/session", {.token = badge}).status == 403);
}

BOOST_AUTO_TEST_CASE(a_session_cannot_open_another_one) {
    const Answer answer = browse("POST", "/api/session", editor, from_page);
    BOOST_TEST(answer.status == 401);
    BOOST_TEST(answer.header("WWW-Authenticate") == "Bearer");
    BOOST_TEST(answer.header("Set-Cookie").empty());
    BOOST_TEST(detail_of(answer).find("Authorization") != std::string::npos);
    BOOST_TEST(ask("POST", "/api/session", {.with_token = false}).status == 401);
    BOOST_TEST(ask("POST", "/api/session?ttl=1", {.token = editor}).status == 422);
}

BOOST_AUTO_TEST_CASE(the_header_counts_before_the_cookie) {
    const httplib::Headers cookie{{"Cookie", "__Host-threatatlas=" + editor}};
    const Answer session = ask("GET", "/api/session", {.headers = cookie});
    BOOST_TEST(session.json()["token_id"] == 1);
    BOOST_TEST(session.json()["by"] == "header");
    // It is no request by cookie then, so it needs no header of the page.
    BOOST_TEST(
        ask("POST", "/api/products", {.body = R"({"name":"Two"})", .headers = cookie}).status ==
        201);
    BOOST_TEST(ask("GET", "/api/session", {.token = "wrong", .headers = cookie}).status == 401);
    BOOST_TEST(ask("GET", "/api/session",
                   {.with_token = false,
                    .headers = {{"Authorization", "Basic eDp5"},
                                {"Cookie", "__Host-threatatlas=" + editor}}})
                   .status == 401);
}

BOOST_AUTO_TEST_CASE(two_cookies_are_none) {
    const Answer answer = browse("GET", "/api/session", editor + "; __Host-threatatlas=" + editor);
    BOOST_TEST(answer.status == 401);
    BOOST_TEST(answer.header("WWW-Authenticate") == "Bearer");
}

BOOST_AUTO_TEST_CASE(a_token_in_the_address_of_a_badge_counts_before_the_cookie) {
    const std::string path = "/api/products/1/badge.svg";
    BOOST_TEST(browse("GET", path, editor).status == 200);
    BOOST_TEST(browse("GET", path + "?token=" + issue_role("badge"), "stale").status == 200);
    BOOST_TEST(browse("GET", path + "?token=" + editor, editor).status == 403);
}

BOOST_AUTO_TEST_CASE(another_site_cannot_write_or_read_with_the_cookie) {
    for (const auto& [method, path] :
         std::vector<std::pair<std::string, std::string>>{{"POST", "/api/products/1/threats"},
                                                          {"PATCH", "/api/products/1"},
                                                          {"DELETE", "/api/products/1/threats/1"},
                                                          {"POST", "/api/session"},
                                                          {"DELETE", "/api/session"}}) {
        const Answer answer = browse(method, path, editor);
        BOOST_TEST(answer.status == 403, path);
        BOOST_TEST(detail_of(answer).find("X-Threatatlas-Page: 1") != std::string::npos,
                   answer.body);
        BOOST_TEST(answer.header("Set-Cookie").empty());
    }
    BOOST_TEST(get("/api/products/1/threats").json().empty());
    for (const std::string site : {"cross-site", "same-site"}) {
        httplib::Headers fields = from_page;
        fields.emplace("Sec-Fetch-Site", site);
        BOOST_TEST(browse("GET", "/api/products", editor, fields).status == 403, site);
        BOOST_TEST(browse("POST", "/api/products/1/threats", editor, fields).status == 403, site);
        BOOST_TEST(browse("DELETE", "/api/session", editor, fields).status == 403, site);
        // A client that knows the token may be anywhere.
        BOOST_TEST(ask("GET", "/api/products", {.token = editor, .headers = fields}).status == 200);
    }
    BOOST_TEST(browse("GET", "/api/products", editor, {{"Sec-Fetch-Site", "same-origin"}}).status ==
               200);
    BOOST_TEST(browse("GET", "/api/products", editor, {{"Sec-Fetch-Site", "none"}}).status == 200);
}

BOOST_AUTO_TEST_CASE(no_preflight_is_answered) {
    const Answer answer = browse("OPTIONS", "/api/products", editor,
                                 {{"Origin", "https://evil.example"},
                                  {"Access-Control-Request-Method", "POST"},
                                  {"Access-Control-Request-Headers", "x-threatatlas-page"}});
    BOOST_TEST(answer.status == 405);
    BOOST_TEST(answer.header("Access-Control-Allow-Origin").empty());
    BOOST_TEST(answer.header("Access-Control-Allow-Headers").empty());
}

BOOST_AUTO_TEST_CASE(a_revoked_token_ends_its_session) {
    BOOST_TEST(ask("DELETE", "/api/api-tokens/2").status == 204);
    const Answer answer = browse("GET", "/api/session", editor);
    BOOST_TEST(answer.status == 401);
    BOOST_TEST(detail_of(answer).starts_with("The token was revoked at "));
    BOOST_TEST(browse("DELETE", "/api/session", editor, from_page).status == 204);
    BOOST_TEST(ask("DELETE", "/api/session", {.with_token = false, .headers = from_page}).status ==
               204);
}

// A browser sends a stale cookie again and again, also from the network of others.
BOOST_AUTO_TEST_CASE(a_stale_cookie_locks_nobody_out) {
    ask("DELETE", "/api/api-tokens/2");
    for (std::size_t i = 0; i < ops::limits::failed_logins_max; ++i) {
        BOOST_TEST_REQUIRE(browse("GET", "/api/session", editor).status == 401);
    }
    BOOST_TEST(browse("GET", "/api/session", editor).status == 429);
    BOOST_TEST(get("/api/session").status == 200);
    BOOST_TEST(browse("GET", "/api/session", admin()).status == 200);
    const Answer opened =
        ask("POST", "/api/session", {.headers = {{"Cookie", "__Host-threatatlas=" + editor}}});
    BOOST_TEST(opened.status == 200);
    BOOST_TEST(opened.header("Set-Cookie").starts_with("__Host-threatatlas=" + admin() + ";"));
}

BOOST_AUTO_TEST_CASE(no_log_contains_a_cookie) {
    ask("POST", "/api/session", {.token = editor});
    browse("GET", "/api/session", editor);
    browse("POST", "/api/products/1/threats", editor);
    browse("DELETE", "/api/session", editor, from_page);
    const std::string guess = "ta_" + std::string(43, 'g');
    browse("GET", "/api/session", guess);
    stop();
    BOOST_TEST(log().find("/api/session") != std::string::npos);
    BOOST_TEST(log().find("failed_login") != std::string::npos);
    for (const std::string& secret :
         {editor, guess, std::string("__Host-"), std::string("theme")}) {
        BOOST_TEST(log().find(secret) == std::string::npos, secret);
    }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
