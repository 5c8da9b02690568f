#include "base/nearest_name.hpp"

#include <array>
#include <string>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(nearest_name_test)

using namespace threatatlas;
using namespace threatatlas::base;

namespace {
constexpr std::array<std::string_view, 5> known{"fail_on_critical", "fail_on_unscored",
                                                "min_threats", "as_of", "name"};
}

BOOST_AUTO_TEST_CASE(a_typo_finds_its_name) {
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

BOOST_AUTO_TEST_CASE(case_and_separators_make_no_difference) {
    BOOST_TEST(nearest_name("failOnCritical", known) == "fail_on_critical");
    BOOST_TEST(nearest_name("FAIL-ON-CRITICAL", known) == "fail_on_critical");
    BOOST_TEST(nearest_name("minThreats", known) == "min_threats");
    BOOST_TEST(nearest_name("As Of", known) == "as_of");
    BOOST_TEST(nearest_name("NAME", known) == "name");
    constexpr std::array<std::string_view, 4> severities{"critical", "high", "medium", "low"};
    BOOST_TEST(nearest_name("HIGH", severities) == "high");
    BOOST_TEST(nearest_name("Low", severities) == "low");
}

BOOST_AUTO_TEST_CASE(a_name_without_some_words_finds_the_whole_name) {
    constexpr std::array<std::string_view, 4> options{
        "--fail-on-critical", "--fail-on-unmitigated-high", "--fail-on-unscored",
        "--min-mitigation-ratio"};
    BOOST_TEST(nearest_name("--fail-on-hihg", options) == "--fail-on-unmitigated-high");
    BOOST_TEST(nearest_name("--min-ratio", options) == "--min-mitigation-ratio");
    BOOST_TEST(nearest_name("--fail-critical", options) == "--fail-on-critical");
    // "--fail-on" is ambiguous between three options; "--high-on-fail" matches none.
    BOOST_TEST(nearest_name("--fail-on", options) == "");
    BOOST_TEST(nearest_name("--high-on-fail", options) == "");
}

BOOST_AUTO_TEST_CASE(an_unrelated_word_finds_nothing) {
    for (const std::string_view name :
         {"", "x", "xy", "of", "title", "critical", "failure", "nm", "_", "a_b", "-- --"}) {
        BOOST_TEST(nearest_name(name, known).empty(), name);
    }
    BOOST_TEST(nearest_name(std::string(1'000'000, 'a'), known).empty());
    BOOST_TEST(nearest_name("name", {}).empty());
}

BOOST_AUTO_TEST_CASE(the_nearest_of_two_wins) {
    constexpr std::array<std::string_view, 2> two{"reasons", "reason"};
    BOOST_TEST(nearest_name("reson", two) == "reason");
}

BOOST_AUTO_TEST_CASE(a_field_is_found_by_a_common_synonym) {
    constexpr std::array<std::string_view, 5> fields{"name", "description", "severity", "category",
                                                     "element_id"};
    BOOST_TEST(field_meant_by("title", fields) == "name");
    BOOST_TEST(field_meant_by("Title", fields) == "name");
    BOOST_TEST(field_meant_by("summary", fields) == "name");
    BOOST_TEST(field_meant_by("desc", fields) == "description");
    BOOST_TEST(field_meant_by("riskLevel", fields) == "severity");
    BOOST_TEST(field_meant_by("severty", fields) == "severity");
    // "justification" has no counterpart among these fields.
    BOOST_TEST(field_meant_by("justification", fields) == "");
    BOOST_TEST(field_meant_by("anything", fields) == "");
    BOOST_TEST(field_meant_by(std::string(1'000'000, 't'), fields) == "");
}

BOOST_AUTO_TEST_SUITE_END()
