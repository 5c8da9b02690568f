// How ratios are written. Which texts are ratios is tested with the gate's thresholds, in
// tests/unit/projections/verdict_test.cpp.

#include "events/ratio.hpp"

#include <boost/test/unit_test.hpp>

#include "support/random.hpp"

BOOST_AUTO_TEST_SUITE(ratio_test)

using namespace threatatlas;
using namespace threatatlas::events;
using namespace threatatlas::testing;

BOOST_AUTO_TEST_CASE(every_ratio_is_read_back_from_its_json) {
    Random random(test_seed());
    for (auto round = test_rounds(5'000); round > 0; --round) {
        std::uint64_t units = random.below(Ratio::one + 1);
        for (auto zeros = random.below(18); zeros > 0; --zeros) {
            units = random.chance(50) ? units / 10 : units / 10 * 10;
        }
        const std::string text = json_of(Ratio{units});
        BOOST_REQUIRE_MESSAGE(parse_ratio(text) == std::optional(Ratio{units}), text);
        BOOST_REQUIRE(text == "0" || text == "1" || !text.ends_with('0'));
        BOOST_REQUIRE(text == "1" || text.starts_with('0'));
    }
}

BOOST_AUTO_TEST_CASE(a_ratio_has_no_trailing_zeros) {
    BOOST_TEST(json_of(Ratio{0}) == "0");
    BOOST_TEST(json_of(Ratio{1}) == "0.00000000000000001");
    BOOST_TEST(json_of(Ratio{Ratio::one / 10 * 7}) == "0.7");
    BOOST_TEST(json_of(Ratio{Ratio::one - 1}) == "0.99999999999999999");
    BOOST_TEST(json_of(Ratio{Ratio::one}) == "1");
}

BOOST_AUTO_TEST_CASE(decimals_are_written_exactly) {
    BOOST_TEST(format_decimal(0, 2) == "0");
    BOOST_TEST(format_decimal(5, 2) == "0.05");
    BOOST_TEST(format_decimal(50, 2) == "0.5");
    BOOST_TEST(format_decimal(7916, 2) == "79.16");
    BOOST_TEST(format_decimal(10'000, 2) == "100");
    BOOST_TEST(format_decimal(10'010, 2) == "100.1");
    BOOST_TEST(format_decimal(1'200, 0) == "1200");
    BOOST_TEST(format_decimal(18'446'744'073'709'551'615U, 17) == "184.46744073709551615");
}

BOOST_AUTO_TEST_SUITE_END()
