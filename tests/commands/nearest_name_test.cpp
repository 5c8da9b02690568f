#define BOOST_TEST_MODULE nearest_name
#include "commands/nearest_name.hpp"

#include <array>
#include <string>

#include <boost/test/unit_test.hpp>

using threatatlas::nearest_name;

namespace {
constexpr std::array<std::string_view, 5> known{"fail_on_critical", "fail_on_unscored",
                                                "min_threats", "as_of", "name"};
}

BOOST_AUTO_TEST_CASE(a_slip_of_the_pen_finds_its_name) {
    BOOST_TEST(nearest_name("fail_on_crtical", known) == "fail_on_critical");
    BOOST_TEST(nearest_name("fail_on_critcial", known) == "fail_on_critical");
    BOOST_TEST(nearest_name("fail_on_criticall", known) == "fail_on_critical");
    BOOST_TEST(nearest_name("fail-on-critical", known) == "fail_on_critical");
    BOOST_TEST(nearest_name("min_threat", known) == "min_threats");
    BOOST_TEST(nearest_name("asof", known) == "as_of");
    BOOST_TEST(nearest_name("naem", known) == "name");
    BOOST_TEST(nearest_name("Name", known) == "name");
    BOOST_TEST(nearest_name("name", known) == "name");
}

BOOST_AUTO_TEST_CASE(another_word_finds_none) {
    for (const std::string_view name :
         {"", "x", "xy", "of", "title", "critical", "failure", "nm"}) {
        BOOST_TEST(nearest_name(name, known).empty(), name);
    }
    BOOST_TEST(nearest_name(std::string(1'000'000, 'a'), known).empty());
    BOOST_TEST(nearest_name("name", {}).empty());
}

BOOST_AUTO_TEST_CASE(the_nearest_of_two_wins) {
    constexpr std::array<std::string_view, 2> two{"reasons", "reason"};
    BOOST_TEST(nearest_name("reson", two) == "reason");
}
