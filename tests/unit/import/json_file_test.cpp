// JSON files: what is refused and with which words, and look-ups that never throw.

#include "import/json_file.hpp"

#include <boost/test/unit_test.hpp>

#include "import/import_error.hpp"
#include "import/import_limits.hpp"
#include "import/text_file.hpp"
#include "unit/import/contains.hpp"

BOOST_AUTO_TEST_SUITE(json_file_test)

using namespace threatatlas::imports;
using namespace threatatlas::imports::testing;

namespace {

std::string refusal(std::string_view bytes, ImportFault fault) {
    try {
        const JsonFile file(bytes);
    } catch (const ImportError& error) {
        BOOST_CHECK((error.fault() == fault));
        return error.detail();
    }
    return "read";
}

std::string nested(std::size_t depth) {
    return std::string(depth, '[') + '1' + std::string(depth, ']');
}

}  // namespace

BOOST_AUTO_TEST_CASE(members_of_any_type_are_looked_up) {
    const JsonFile file(
        "\uFEFF"
        R"({"a":"text","n":12,"b":true,"null":null,"o":{},"l":[1,"two"],"a":"again"})");
    const JsonValue root = file.root();
    BOOST_TEST(text(root, "a") == "text");
    BOOST_TEST(text(root, "n") == "12");
    BOOST_TEST(text(root, "b") == "true");
    BOOST_TEST(text(root, "null").empty());
    BOOST_TEST(text(root, "o").empty());
    BOOST_TEST(text(root, "l").empty());
    BOOST_TEST(text(root, "absent").empty());
    BOOST_TEST(array(root, "l").size() == 2U);
    BOOST_TEST(array(root, "a").size() == 0U);
    BOOST_TEST(array(root, "absent").size() == 0U);
    BOOST_TEST(!member(*member(root, "l"), "a").has_value());
    BOOST_TEST(array(*member(root, "l")).size() == 2U);
    BOOST_TEST(array(root).size() == 0U);
    std::size_t elements = 0;
    for ([[maybe_unused]] const JsonValue element : array(root, "absent")) {
        ++elements;
    }
    BOOST_TEST(elements == 0U);
}

BOOST_AUTO_TEST_CASE(steps_are_escaped) {
    BOOST_TEST(step("/a", "b/c~d") == "/a/b~1c~0d");
    BOOST_TEST(step("", std::size_t{3}) == "/3");
}

BOOST_AUTO_TEST_CASE(a_syntax_error_has_its_place) {
    BOOST_TEST(contains(refusal("{\"a\": 1,\n  \"b\" 2}", ImportFault::malformed),
                        "The JSON is broken at line 2, column 7"));
    BOOST_TEST(contains(refusal("{\"a\": \"b", ImportFault::malformed), "line 1"));
    BOOST_TEST(
        contains(refusal("{\"a\": 1}{\"a\": 2}", ImportFault::malformed), "line 1, column 9"));
    BOOST_TEST(contains(refusal(R"({"a": "\ud800"})", ImportFault::malformed), "surrogate"));
}

BOOST_AUTO_TEST_CASE(leftovers_of_a_merge_are_named) {
    const std::string detail =
        refusal("{\r\n<<<<<<< HEAD\r\n\"a\": 1\r\n=======\r\n\"a\": 2\r\n>>>>>>> topic\r\n}",
                ImportFault::malformed);
    BOOST_TEST(detail ==
               "The file has an unresolved merge conflict at line 2, column 1. Resolve it and send "
               "the file again.");
    // Such a line within a text is no marker.
    BOOST_TEST(refusal("[\"<<<<<<< HEAD\"]", ImportFault::malformed) == "read");
}

BOOST_AUTO_TEST_CASE(depth_is_limited) {
    BOOST_TEST(refusal(nested(limits::depth_max), ImportFault::unacceptable) == "read");
    BOOST_TEST(contains(refusal(nested(limits::depth_max + 1), ImportFault::unacceptable),
                        "more than 64 deep"));
    BOOST_TEST(refusal(nested(1'000'000), ImportFault::unacceptable) != "read");
}

BOOST_AUTO_TEST_CASE(numbers_beyond_the_parser_are_refused) {
    BOOST_TEST(contains(refusal("[123456789012345678901234567890]", ImportFault::unacceptable),
                        "too large for 64 bits"));
}

BOOST_AUTO_TEST_CASE(binary_files_are_named) {
    using namespace std::string_view_literals;
    BOOST_TEST(contains(refusal("", ImportFault::unacceptable), "empty"));
    BOOST_TEST(contains(refusal("\uFEFF", ImportFault::unacceptable), "empty"));
    BOOST_TEST(contains(refusal(" \r\n\t", ImportFault::unacceptable), "empty"));
    BOOST_TEST(contains(refusal("PK\x03\x04rest", ImportFault::unacceptable), "ZIP"));
    BOOST_TEST(contains(refusal("%PDF-1.7", ImportFault::unacceptable), "PDF"));
    BOOST_TEST(contains(refusal("{\0\"\0a\0"sv, ImportFault::unacceptable), "UTF-16"));
    BOOST_TEST(contains(refusal("{\"a\": 1,\n \"ä\": \"\xE4\"}", ImportFault::malformed),
                        "not encoded as UTF-8: the first byte that does not fit is at line 2, "
                        "column 8"));
    BOOST_TEST(contains(refusal("{\"a\": \"\xC3\"}", ImportFault::malformed), "line 1, column 8"));
    BOOST_TEST(contains(refusal("{\"a\": \"\xC3", ImportFault::malformed), "line 1, column 8"));
    BOOST_TEST(contains(refusal("{\"a\": \"b\0c\"}"sv, ImportFault::malformed),
                        "NUL character at line 1, column 9"));
    std::string large(limits::file_bytes_max, ' ');
    large.front() = '1';
    BOOST_TEST(refusal(large, ImportFault::unacceptable) == "read");
    BOOST_TEST(contains(refusal(large + " ", ImportFault::unacceptable), "16 MiB"));
}

BOOST_AUTO_TEST_CASE(reasons_may_quote_any_bytes) {
    const auto message = [](std::string_view why) {
        try {
            refuse_syntax("a", "YAML", "line 1, column 1", why);
        } catch (const ImportError& error) {
            return error.detail();
        }
    };
    BOOST_TEST(message("escape \r") == "The YAML is broken at line 1, column 1: escape  .");
    BOOST_TEST(message("“ä”") == "The YAML is broken at line 1, column 1: “ä”.");
    BOOST_TEST(message("escape \xC3") == "The YAML is broken at line 1, column 1: escape ?.");
}

BOOST_AUTO_TEST_CASE(texts_in_messages_are_short_and_on_one_line) {
    BOOST_TEST(shown("a\nb\tc") == "a b c");
    BOOST_TEST(shown("äöü", 3) == "äöü");
    BOOST_TEST(shown("äöüß", 3) == "äöü…");
    BOOST_TEST(shown("a\u0085\x7F") == "a  ");
}

BOOST_AUTO_TEST_SUITE_END()
