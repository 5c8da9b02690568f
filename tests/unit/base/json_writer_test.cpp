#include "base/json_writer.hpp"

#include <limits>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(json_writer_test)

using namespace threatatlas;
using namespace threatatlas::base;

BOOST_AUTO_TEST_CASE(commas_are_only_between_members) {
    std::string out = "before ";
    JsonWriter json(out);
    json.begin_object();
    json.key("none").begin_object().end_object();
    json.key("empty").begin_array().end_array();
    json.key("list").begin_array().number(1).string("two").null().begin_object();
    json.key("deep").boolean(true).end_object().begin_array().end_array().end_array();
    json.key("raw").raw("0.79");
    json.key("last").boolean(false);
    json.end_object();
    BOOST_TEST(out == R"(before {"none":{},"empty":[],"list":[1,"two",null,{"deep":true},[]],)"
                      R"("raw":0.79,"last":false})");
}

BOOST_AUTO_TEST_CASE(whole_numbers_keep_all_their_digits) {
    std::string out;
    JsonWriter json(out);
    json.begin_array();
    json.number(0).number(std::numeric_limits<std::uint64_t>::max());
    json.signed_number(-1).signed_number(std::numeric_limits<std::int64_t>::min());
    json.end_array();
    BOOST_TEST(out == "[0,18446744073709551615,-1,-9223372036854775808]");
}

BOOST_AUTO_TEST_CASE(an_empty_text_can_mean_null) {
    std::string out;
    JsonWriter json(out);
    json.begin_array().string_or_null("").string_or_null("x").string("").end_array();
    BOOST_TEST(out == R"([null,"x",""])");
}

BOOST_AUTO_TEST_CASE(only_required_escapes_are_used) {
    std::string out;
    append_json_string(out, "quote \" backslash \\ slash / del \x7f é \u2027 😀");
    BOOST_TEST(out == "\"quote \\\" backslash \\\\ slash / del \x7f é \u2027 😀\"");
    out.clear();
    append_json_string(out, std::string_view("\n\t\r\b\f\0\x1f", 7));
    BOOST_TEST(out == R"("\n\t\r\u0008\u000c\u0000\u001f")");
}

BOOST_AUTO_TEST_CASE(any_text_is_read_back_by_another_reader) {
    for (int first = 0; first < 0x80; ++first) {
        std::string text = "a";
        text += static_cast<char>(first);
        text += "\"";
        text += static_cast<char>(first);
        std::string out;
        append_json_string(out, text);
        BOOST_TEST(nlohmann::json::parse(out).get<std::string>() == text);
    }
}

// The writer examines eight bytes at a time: every byte value is tested at every offset, next to
// neighbours of all kinds.
BOOST_AUTO_TEST_CASE(escapes_do_not_depend_on_the_position) {
    const auto is_escaped = [](unsigned char c) { return c < 0x20 || c == '"' || c == '\\'; };
    for (const int neighbour : {0x20, 0x21, 0x7f, 0x80, 0xc3, 0xff}) {
        for (unsigned c = 0; c < 0x100; ++c) {
            for (std::size_t place = 0; place < 19; ++place) {
                std::string text(19, static_cast<char>(neighbour));
                text[place] = static_cast<char>(c);
                std::string alone;
                append_json_string(alone, text.substr(place, 1));
                std::string out;
                append_json_string(out, text);
                const std::string expected = "\"" + text.substr(0, place) +
                                             alone.substr(1, alone.size() - 2) +
                                             text.substr(place + 1) + "\"";
                BOOST_REQUIRE(out == expected);
                BOOST_REQUIRE((alone.size() > 3) == is_escaped(static_cast<unsigned char>(c)));
            }
        }
    }
}

// Everything that some reader treats as a line end, at every offset and next to various neighbours.
BOOST_AUTO_TEST_CASE(all_line_ends_are_escaped) {
    using namespace std::string_literals;
    for (const auto& [line_end, escaped] :
         {std::pair("\u0085"s, "\\u0085"s), std::pair("\u2028"s, "\\u2028"s),
          std::pair("\u2029"s, "\\u2029"s), std::pair("\v"s, "\\u000b"s),
          std::pair("\f"s, "\\u000c"s), std::pair("\x1c"s, "\\u001c"s),
          std::pair("\x1d"s, "\\u001d"s), std::pair("\x1e"s, "\\u001e"s), std::pair("\r"s, "\\r"s),
          std::pair("\n"s, "\\n"s)}) {
        for (const std::string neighbour : {"a", "é", "\u0084", "\u2027", "\u202a", "漢"}) {
            std::string before;
            for (int i = 0; i < 70; ++i) {
                const std::string text = before + line_end + neighbour + line_end;
                const std::string expected = before + escaped + neighbour + escaped;
                std::string out;
                append_json_string(out, text);
                BOOST_REQUIRE(out == '"' + expected + '"');
                out.clear();
                JsonWriter(out).begin_object().member("a", text).end_object();
                BOOST_REQUIRE(out == R"({"a":")" + expected + R"("})");
                BOOST_REQUIRE(nlohmann::json::parse(out).at("a") == text);
                before += neighbour;
            }
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
