#define BOOST_TEST_MODULE text
#include "events/text.hpp"

#include <string>

#include <boost/test/unit_test.hpp>

using namespace threatatlas;

BOOST_AUTO_TEST_CASE(code_points_are_counted_not_bytes) {
    BOOST_TEST(count_points("") == 0U);
    BOOST_TEST(count_points("abc") == 3U);
    BOOST_TEST(count_points("é") == 1U);
    BOOST_TEST(count_points("e\u0301") == 2U);
    BOOST_TEST(count_points("漢字") == 2U);
    BOOST_TEST(count_points("😀") == 1U);
    BOOST_TEST(count_points("\U0010FFFF\U0010FFFF") == 2U);
}

BOOST_AUTO_TEST_CASE(newline_and_tab_are_the_only_control_characters_of_a_text) {
    for (int point = 0; point < 0x100; ++point) {
        std::string text = "a";
        if (point < 0x80) {
            text += static_cast<char>(point);
        } else {
            text += static_cast<char>(0xC0 | point >> 6);
            text += static_cast<char>(0x80 | (point & 0x3F));
        }
        text += "b";
        const bool is_control = point < 0x20 || (point >= 0x7F && point < 0xA0);
        BOOST_TEST(has_control_character(text) == (is_control && point != '\n' && point != '\t'),
                   "code point " << point);
    }
    // The bytes 80 to 9F are common inside of other characters.
    BOOST_TEST(!has_control_character("漢字 é \u0100 \u2028 😀"));
}

BOOST_AUTO_TEST_CASE(each_field_has_its_length) {
    BOOST_TEST(points_max_of("name") == 500U);
    BOOST_TEST(points_max_of("description") == 10'000U);
    BOOST_TEST(points_max_of("comments") == 10'000U);
    for (const auto* field : {"category", "diagram", "element_id", "element_name", "external_id",
                              "owner_email", "repository_url"}) {
        BOOST_TEST(points_max_of(field) == 500U, field);
    }
}
