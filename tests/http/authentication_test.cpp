#define BOOST_TEST_MODULE authentication
#include "http/authentication.hpp"

#include <boost/test/unit_test.hpp>

#include "http/api_limits.hpp"
#include "http/problem.hpp"
#include "tlog/digest.hpp"

using namespace threatatlas;

namespace {

using std::chrono::seconds;

const std::string secret = "ta_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const LoginGuard::SteadyTime start{std::chrono::hours{1}};

struct Door {
    Door() {
        Token token;
        token.name = "ci";
        token.sha256 = hex_of(sha256(secret));
        access.put(3, token);
    }

    // 200 where the bearer passes.
    int status(const httplib::Request& request) {
        try {
            return authenticate(request, access, Instant{}, proxies, guard, meters)->id == 3 ? 200
                                                                                             : 0;
        } catch (const Rejection& rejection) {
            last = rejection.problem();
            return last.status;
        }
    }

    Access access;
    TrustedProxies proxies;
    LoginGuard guard;
    Meters meters;
    Problem last;
};

httplib::Request from(const std::string& address, const std::string& authorization) {
    httplib::Request request;
    request.remote_addr = address;
    request.headers.emplace("Authorization", authorization);
    return request;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_token_that_holds_passes) {
    Door door;
    for (const std::string scheme : {"Bearer ", "bearer ", "BEARER ", "Bearer  "}) {
        BOOST_TEST(door.status(from("a", scheme + secret)) == 200, scheme);
    }
}

BOOST_AUTO_TEST_CASE(anything_else_is_401) {
    Door door;
    for (const std::string& value :
         {std::string(""), secret, "Basic " + secret, std::string("Bearer"), std::string("Bearer "),
          "Bearer " + secret + " ", "Bearer " + secret.substr(1), "Bearer " + secret + "A",
          std::string("Bearer ta_BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")}) {
        BOOST_TEST(door.status(from("a", value)) == 401, value);
        BOOST_TEST(door.last.headers.at(0).first == "WWW-Authenticate");
    }
    BOOST_TEST(door.status(httplib::Request()) == 401);
    auto twice = from("a", "Bearer " + secret);
    twice.headers.emplace("Authorization", "Bearer " + secret);
    BOOST_TEST(door.status(twice) == 401);
}

BOOST_AUTO_TEST_CASE(too_many_failures_are_429_for_their_address_alone) {
    Door door;
    for (std::size_t i = 0; i < limits::failed_logins_max; ++i) {
        BOOST_TEST_REQUIRE(door.status(from("a", "Bearer wrong")) == 401);
    }
    BOOST_TEST(door.status(from("a", "Bearer wrong")) == 429);
    BOOST_TEST(door.last.headers.at(0).first == "Retry-After");
    BOOST_TEST(door.status(from("b", "Bearer wrong")) == 401);
    BOOST_TEST(door.status(from("a", "Bearer " + secret)) == 200);
    BOOST_TEST(door.meters.failed_logins == limits::failed_logins_max + 2);
}

BOOST_AUTO_TEST_CASE(no_token_at_all_is_no_failed_login) {
    Door door;
    httplib::Request request;
    request.remote_addr = "a";
    for (std::size_t i = 0; i < 2 * limits::failed_logins_max; ++i) {
        BOOST_TEST_REQUIRE(door.status(request) == 401);
    }
    BOOST_TEST(door.guard.addresses() == 0);
}

BOOST_AUTO_TEST_CASE(an_address_is_let_in_again_after_the_window) {
    LoginGuard guard;
    for (std::size_t i = 0; i < limits::failed_logins_max; ++i) {
        BOOST_TEST_REQUIRE(guard.count_failure("a", start).count() == 0);
    }
    BOOST_TEST(guard.count_failure("a", start + seconds{20}).count() ==
               (limits::failed_logins_window - seconds{20}).count());
    BOOST_TEST(guard.count_failure("a", start + limits::failed_logins_window).count() == 0);
}

BOOST_AUTO_TEST_CASE(the_table_of_addresses_does_not_grow_beyond_its_bound) {
    LoginGuard guard;
    for (std::size_t i = 0; i < 2 * limits::failed_login_addresses_max; ++i) {
        guard.count_failure(std::to_string(i), start);
    }
    BOOST_TEST(guard.addresses() == limits::failed_login_addresses_max);
    guard.count_failure("late", start + limits::failed_logins_window);
    BOOST_TEST(guard.addresses() == 1);
}
