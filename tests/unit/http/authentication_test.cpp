#include "http/api/authentication.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "base/digest.hpp"
#include "http/net/problem.hpp"
#include "http/ops/service_limits.hpp"

BOOST_AUTO_TEST_SUITE(authentication_test)

using namespace threatatlas;
using namespace threatatlas::api;
using namespace threatatlas::base;
using namespace threatatlas::net;
using namespace threatatlas::ops;
using namespace threatatlas::projections;

namespace {

using std::chrono::seconds;

const std::string secret = "ta_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const SteadyTime start{std::chrono::hours{1}};

struct ListeningSocket {
    ListeningSocket() {
        Token token;
        token.name = "ci";
        token.sha256 = hex_of(sha256(secret));
        access.put(3, token);
    }

    // 200 if the bearer is authenticated.
    int status(const httplib::Request& request) {
        try {
            return authenticator
                               .authenticate(request, "/route", credential_of(request, ""), access,
                                             Instant{})
                               ->id == 3
                       ? 200
                       : 0;
        } catch (const Rejection& rejection) {
            last = rejection.problem();
            return last.status;
        }
    }

    Access access;
    TrustedProxies proxies;
    Meters meters;
    std::vector<nlohmann::json> lines;
    Log log{[] { return Instant{}; },
            [this](std::string_view line) { lines.push_back(nlohmann::json::parse(line)); }};
    Authenticator authenticator{proxies, meters, log};
    Problem last;
};

httplib::Request from(const std::string& address, const std::string& authorization) {
    httplib::Request request;
    request.remote_addr = address;
    request.headers.emplace("Authorization", authorization);
    return request;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_live_token_is_accepted) {
    ListeningSocket door;
    for (const std::string scheme : {"Bearer ", "bearer ", "BEARER ", "Bearer  "}) {
        BOOST_TEST(door.status(from("a", scheme + secret)) == 200, scheme);
    }
}

BOOST_AUTO_TEST_CASE(anything_else_is_401) {
    ListeningSocket door;
    for (const std::string& value :
         {std::string(""), secret, "Basic " + secret, std::string("Bearer"), std::string("Bearer "),
          "Bearer " + secret + " ", "Bearer " + secret.substr(1), "Bearer " + secret + "A",
          std::string("Bearer ta_BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")}) {
        BOOST_TEST(door.status(from("a", value)) == 401, value);
        BOOST_TEST(door.last.headers.at(0).first == "WWW-Authenticate");
        // Without a bearer token, no error is reported (RFC 6750 section 3.1).
        const bool has_token = value.starts_with("Bearer t") || value.starts_with("Bearer a");
        BOOST_TEST((door.last.headers.at(0).second != "Bearer") == has_token, value);
    }
    BOOST_TEST(door.status(httplib::Request()) == 401);
    auto twice = from("a", "Bearer " + secret);
    twice.headers.emplace("Authorization", "Bearer " + secret);
    BOOST_TEST(door.status(twice) == 401);
}

BOOST_AUTO_TEST_CASE(too_many_failures_are_429_for_their_address_alone) {
    ListeningSocket door;
    for (std::size_t i = 0; i < ops::limits::failed_logins_max; ++i) {
        BOOST_TEST_REQUIRE(door.status(from("a", "Bearer wrong")) == 401);
    }
    BOOST_TEST(door.status(from("a", "Bearer wrong")) == 429);
    BOOST_TEST(door.last.headers.at(0).first == "Retry-After");
    BOOST_TEST(door.status(from("b", "Bearer wrong")) == 401);
    BOOST_TEST(door.status(from("a", "Bearer " + secret)) == 200);
    BOOST_TEST(door.meters.failed_logins == ops::limits::failed_logins_max + 2);
}

BOOST_AUTO_TEST_CASE(a_missing_token_is_no_failed_login) {
    ListeningSocket door;
    httplib::Request request;
    request.remote_addr = "a";
    for (std::size_t i = 0; i < 2 * ops::limits::failed_logins_max; ++i) {
        BOOST_TEST_REQUIRE(door.status(request) == 401);
    }
    BOOST_TEST(door.meters.failed_logins == 0);
    BOOST_TEST(door.lines.size() == ops::limits::missing_token_lines_max);
    BOOST_TEST(door.lines.at(0).at("reason") == "no token");
}

BOOST_AUTO_TEST_CASE(an_address_is_let_in_again_after_the_window) {
    LoginGuard guard;
    for (std::size_t i = 0; i < ops::limits::failed_logins_max; ++i) {
        BOOST_TEST_REQUIRE(guard.count_failure("a", start).wait.count() == 0);
    }
    BOOST_TEST(guard.count_failure("a", start + seconds{20}).wait.count() ==
               (ops::limits::failed_logins_window - seconds{20}).count());
    BOOST_TEST(guard.count_failure("a", start + ops::limits::failed_logins_window).wait.count() ==
               0);
}

BOOST_AUTO_TEST_CASE(the_table_of_addresses_does_not_grow_beyond_its_bound) {
    LoginGuard guard;
    for (std::size_t i = 0; i < 2 * ops::limits::failed_login_addresses_max; ++i) {
        guard.count_failure(std::to_string(i), start);
    }
    BOOST_TEST(guard.networks() == ops::limits::failed_login_addresses_max);
    guard.count_failure("late", start + ops::limits::failed_logins_window);
    BOOST_TEST(guard.networks() == 1);
}

BOOST_AUTO_TEST_CASE(an_ipv6_client_is_identified_by_its_network) {
    ListeningSocket door;
    for (std::size_t i = 0; i < ops::limits::failed_logins_max; ++i) {
        const std::string client = "2001:db8:0:1::" + std::to_string(i + 1);
        BOOST_TEST_REQUIRE(door.status(from(client, "Bearer wrong")) == 401);
    }
    BOOST_TEST(door.status(from("2001:db8:0:1:ffff::1", "Bearer wrong")) == 429);
    BOOST_TEST(door.status(from("2001:db8:0:2::1", "Bearer wrong")) == 401);
    BOOST_TEST(door.lines.at(0).at("client") == "2001:db8:0:1::1");
}

BOOST_AUTO_TEST_CASE(every_failed_login_is_logged_without_the_token) {
    ListeningSocket door;
    Token gone;
    gone.name = "gone";
    const std::string gone_secret = "ta_" + std::string(43, 'G');
    gone.sha256 = hex_of(sha256(gone_secret));
    gone.expires_at = Instant{};
    door.access.put(4, gone);
    gone.name = "taken back";
    const std::string taken_secret = "ta_" + std::string(43, 'T');
    gone.sha256 = hex_of(sha256(taken_secret));
    gone.revoked_at = Instant{};
    door.access.put(5, gone);
    const std::string guess = "ta_" + std::string(43, 'W');
    for (const std::string& tried : {gone_secret, taken_secret, guess}) {
        BOOST_TEST(door.status(from("192.0.2.1", "Bearer " + tried)) == 401);
    }
    BOOST_TEST(door.status(from("192.0.2.1", "Bearer " + secret)) == 200);
    BOOST_TEST_REQUIRE(door.lines.size() == 3U);
    const std::vector<std::pair<std::string, std::string>> expected{
        {"expired token", "gone#4"}, {"revoked token", "taken back#5"}, {"unknown token", ""}};
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const auto& line = door.lines[i];
        BOOST_TEST(line.at("event") == "failed_login");
        BOOST_TEST(line.at("level") == "warning");
        BOOST_TEST(line.at("client") == "192.0.2.1");
        BOOST_TEST(line.at("route") == "/route");
        BOOST_TEST(line.at("status") == 401);
        BOOST_TEST(line.at("reason") == expected[i].first);
        BOOST_TEST(line.at("token") == expected[i].second);
        BOOST_TEST(line.dump().find("ta_") == std::string::npos, line.dump());
    }
}

BOOST_AUTO_TEST_CASE(repeated_guesses_do_not_fill_the_log) {
    ListeningSocket door;
    const auto guess = [&](const std::string& client) { door.status(from(client, "Bearer x")); };
    for (std::size_t i = 0; i < 3 * ops::limits::failed_logins_max; ++i) {
        guess("192.0.2.1");
    }
    // One line for each failure, and one for the first request refused with 429.
    BOOST_TEST(door.lines.size() == ops::limits::failed_logins_max + 1);
    BOOST_TEST(door.lines.back().at("status") == 429);
    guess("192.0.2.2");
    BOOST_TEST(door.lines.back().at("left_out_before") == 2 * ops::limits::failed_logins_max - 1);
    for (std::size_t i = 0; i < 2 * ops::limits::failed_login_lines_max; ++i) {
        guess("198.51.100." + std::to_string(i % 250));
    }
    BOOST_TEST(door.lines.size() == ops::limits::failed_login_lines_max);
}

BOOST_AUTO_TEST_CASE(lines_are_written_again_in_the_next_window) {
    LineBudget budget(2);
    BOOST_TEST(budget.take(start).value() == 0);
    BOOST_TEST(budget.take(start).value() == 0);
    BOOST_TEST(!budget.take(start + seconds{59}).has_value());
    budget.leave_out();
    BOOST_TEST(budget.take(start + ops::limits::failed_logins_window).value() == 2);
    BOOST_TEST(budget.take(start + ops::limits::failed_logins_window).value() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
