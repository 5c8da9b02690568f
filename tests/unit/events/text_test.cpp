#include "events/text.hpp"

#include <string>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(text_test)

using namespace threatatlas;
using namespace threatatlas::events;

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
    // The bytes 80 to 9F are common inside multi-byte characters.
    BOOST_TEST(!has_control_character("漢字 é \u0100 \u2028 😀"));
}

BOOST_AUTO_TEST_CASE(a_control_character_is_named_with_its_place) {
    using namespace std::string_view_literals;
    BOOST_TEST(describe_control_character("ab\0"sv) == "U+0000 (NUL), character 3 of the text");
    BOOST_TEST(describe_control_character("\a") == "U+0007, character 1 of the text");
    BOOST_TEST(describe_control_character("\n\té漢😀\u0085") == "U+0085, character 6 of the text");
    BOOST_TEST(describe_control_character("é\x7f") == "U+007F, character 2 of the text");
    BOOST_TEST(raw_control_character("{\r\n\t}").has_value() == false);
    BOOST_TEST(raw_control_character("{\"\x1b"sv).value() == "U+001B at byte 3");
    BOOST_TEST(raw_control_character("\0{"sv).value() == "U+0000 (NUL) at byte 1");
}

BOOST_AUTO_TEST_CASE(every_line_end_becomes_a_newline) {
    for (const auto& [text, kept] :
         {std::pair("", ""), std::pair("a\r\nb", "a\nb"), std::pair("a\rb", "a\nb"),
          std::pair("\r", "\n"), std::pair("\r\r\n\n\r", "\n\n\n\n"), std::pair("\n\n", "\n\n")}) {
        BOOST_TEST(with_newlines(text) == kept);
    }
}

BOOST_AUTO_TEST_CASE(the_beginning_of_a_file_determines_its_encoding) {
    using namespace std::string_view_literals;
    BOOST_TEST(without_byte_order_mark("\xEF\xBB\xBF{}") == "{}");
    BOOST_TEST(without_byte_order_mark("\xEF\xBB{}") == "\xEF\xBB{}");
    BOOST_TEST(without_byte_order_mark("") == "");
    for (const auto bytes :
         {"\xFF\xFE{\0"sv, "\xFE\xFF\0{"sv, "{\0\"\0"sv, "\0{\0\""sv, "\xFF\xFE"sv}) {
        BOOST_TEST(foreign_encoding(bytes).value() == "UTF-16");
    }
    for (const auto bytes : {"\xFF\xFE\0\0"sv, "\0\0\xFE\xFF"sv, "{\0\0\0"sv, "\0\0\0{"sv}) {
        BOOST_TEST(foreign_encoding(bytes).value() == "UTF-32");
    }
    for (const auto bytes : {""sv, "{}"sv, "{\"a\":1}"sv, "\xEF\xBB\xBF{}"sv, "{\"a\0"sv, "\0"sv}) {
        BOOST_TEST(!foreign_encoding(bytes).has_value());
    }
}

BOOST_AUTO_TEST_CASE(a_text_without_a_visible_character_is_blank) {
    for (const auto* text :
         {"",       " ",      " \t\n",      "\u00A0",     "\u00AD",     "\u034F",
          "\u061C", "\u115F", "\u1160",     "\u1680",     "\u17B4",     "\u180B",
          "\u180E", "\u2000", "\u200B",     "\u200D",     "\u200F",     "\u2028",
          "\u2029", "\u202E", "\u202F",     "\u205F",     "\u2060",     "\u2069",
          "\u206F", "\u2800", "\u3000",     "\u3164",     "\uFE0F",     "\uFEFF",
          "\uFFA0", "\uFFF9", "\U0001D173", "\U000E0001", "\U000E007F", " \u200B\u3000\u00A0"}) {
        BOOST_TEST(is_blank(text), text);
    }
    for (const auto* text :
         {"a",      " a",     "a ",     "\u200Ba",    "\u00A1",     "\u00AC",     "\u0301",
          "\u1161", "\u2010", "\u2027", "\u2030",     "\u2070",     "\u27FF",     "\u2801",
          "\u3001", "\uFFFC", "\uFFFD", "\U0001F600", "\U000E1000", "\U0010FFFD", "漢"}) {
        BOOST_TEST(!is_blank(text), text);
    }
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

BOOST_AUTO_TEST_SUITE_END()
