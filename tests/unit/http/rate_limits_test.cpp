// A number of requests per second, with bursts of at most one second's worth.

#include "http/api/rate_limits.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(rate_limits_test)

using namespace threatatlas;
using namespace threatatlas::api;
using namespace std::chrono_literals;

namespace {

const RateLimits::Time start{100s};

}  // namespace

BOOST_AUTO_TEST_CASE(a_burst_of_one_second_is_allowed) {
    RateLimits limits(10);
    for (int i = 0; i < 10; ++i) {
        BOOST_CHECK(limits.take(1, start) == 0ns);
    }
    BOOST_CHECK(limits.take(1, start) == 100ms);
    BOOST_CHECK(limits.take(1, start + 40ms) == 60ms);
    BOOST_CHECK(limits.take(1, start + 100ms) == 0ns);
    BOOST_CHECK(limits.take(1, start + 100ms) == 100ms);
    // Another token has its own limit.
    BOOST_CHECK(limits.take(2, start + 100ms) == 0ns);
    BOOST_TEST(limits.refused() == 3U);
    // A refused request consumes nothing, and a pause accumulates at most one second's worth.
    int taken = 0;
    while (limits.take(1, start + 1h) == 0ns) {
        ++taken;
    }
    BOOST_TEST(taken == 10);
}

BOOST_AUTO_TEST_CASE(the_rate_holds_over_a_long_time) {
    RateLimits limits(3);
    int taken = 0;
    for (auto now = start; now < start + 100s; now += 10ms) {
        taken += limits.take(1, now) == 0ns ? 1 : 0;
    }
    BOOST_TEST(taken >= 300);
    BOOST_TEST(taken <= 303);
}

BOOST_AUTO_TEST_CASE(zero_is_no_limit) {
    RateLimits limits(0);
    BOOST_TEST(!limits.is_on());
    for (int i = 0; i < 1'000; ++i) {
        BOOST_CHECK(limits.take(1, start) == 0ns);
    }
    BOOST_TEST(limits.refused() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
