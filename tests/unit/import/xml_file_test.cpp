// XML files: what is refused and with which words, and look-ups.

#include "import/xml_file.hpp"

#include <boost/test/unit_test.hpp>

#include "import/import_limits.hpp"
#include "unit/import/contains.hpp"
#include "unit/import/model_files.hpp"

BOOST_AUTO_TEST_SUITE(xml_file_test)

using namespace threatatlas::imports;
using namespace threatatlas::imports::testing;

namespace {

ImportedModel read_only_xml(std::string_view bytes) {
    const XmlFile file(bytes);
    return {};
}

std::string malformed(std::string_view bytes) {
    return refusal(read_only_xml, bytes, ImportFault::malformed);
}

std::string unacceptable(std::string_view bytes) {
    return refusal(read_only_xml, bytes, ImportFault::unacceptable);
}

std::string nested(std::size_t depth) {
    std::string text;
    for (std::size_t i = 0; i < depth; ++i) {
        text += "<a>";
    }
    for (std::size_t i = 0; i < depth; ++i) {
        text += "</a>";
    }
    return text;
}

}  // namespace

BOOST_AUTO_TEST_CASE(elements_are_found_without_prefix) {
    const XmlFile file(
        "\uFEFF<?xml version=\"1.0\" encoding=\"utf-16\"?>\n"
        "<!-- a comment -->\n"
        "<x:r xmlns:x=\"urn:x\"><x:a>one<!-- not this --> &amp; <![CDATA[<two>]]></x:a>"
        "<a>again</a><b><x:c>&#xD;&#233;</x:c></b></x:r>\n");
    BOOST_TEST(local_name(file.root()) == "r");
    BOOST_TEST(xml_text(file.root(), "a") == "one & <two>");
    BOOST_TEST(xml_text(child(file.root(), "b"), "c") == "\r\u00e9");
    BOOST_TEST(xml_text(file.root(), "c").empty());
    BOOST_TEST(xml_text(child(file.root(), "absent"), "c").empty());
    BOOST_TEST(local_name(child(file.root(), "absent")).empty());
}

BOOST_AUTO_TEST_CASE(document_types_and_entities_are_refused) {
    BOOST_TEST(contains(unacceptable("<!DOCTYPE r [<!ENTITY a \"aaaa\"><!ENTITY b "
                                     "\"&a;&a;&a;&a;\">]>\n<r>&b;</r>"),
                        "The XML has a document type declaration (DOCTYPE) at line 1"));
    BOOST_TEST(contains(unacceptable("<!DOCTYPE r SYSTEM \"file:///etc/passwd\">\n<r/>"),
                        "document type declaration"));
    // Without a declaration no entity is defined, and the reference stays as it is.
    BOOST_TEST(xml_text(XmlFile("<r>&b;</r>").root()) == "&b;");
}

BOOST_AUTO_TEST_CASE(the_depth_is_limited) {
    BOOST_TEST(unacceptable(nested(limits::depth_max)).empty());
    BOOST_TEST(contains(unacceptable(nested(limits::depth_max + 1)),
                        "The XML is nested more than 64 levels deep at line 1, column "));
    BOOST_TEST(contains(unacceptable(nested(500'000)), "more than 64 levels deep"));
    BOOST_TEST(unacceptable("<a>text<a>text<a/>text</a>text</a>").empty());
}

BOOST_AUTO_TEST_CASE(syntax_errors_have_line_and_column) {
    BOOST_TEST(malformed("<a>\n  <b>\u00e9</c>\n</a>") ==
               "The XML is broken at line 2, column 9: Start-end tags mismatch.");
    BOOST_TEST(contains(malformed("<a>\n  <b"), "The XML is broken at line 2"));
    BOOST_TEST(contains(malformed("<a>"), "The XML is broken at line 1"));
    BOOST_TEST(contains(malformed("<a x=1/>"), "The XML is broken at line 1"));
    BOOST_TEST(contains(malformed("<a/>\n<b/>"),
                        "The XML is broken at line 2, column 2: a second root element begins."));
    BOOST_TEST(contains(malformed("<a>\n  <b>&#xD800;</b></a>"),
                        "The XML is broken at line 2, column 6: the text that begins here has a "
                        "reference (&#…;) to something that is no character."));
    BOOST_TEST(contains(malformed("<a>\xff</a>"), "not encoded as UTF-8"));
    BOOST_TEST(contains(malformed("<a>\n<<<<<<< HEAD\n</a>"),
                        "unresolved merge conflict at line 2, column 1"));
}

BOOST_AUTO_TEST_CASE(other_files_are_refused_by_name) {
    using namespace std::string_view_literals;
    BOOST_TEST(contains(unacceptable("PK\x03\x04\0\0"sv), "The file is a ZIP archive"));
    BOOST_TEST(contains(unacceptable("\xFF\xFE<\0a\0/\0>\0"sv), "encoded as UTF-16"));
    BOOST_TEST(unacceptable("{\"a\": 1}") == "The file is not XML: it does not begin with <.");
}

BOOST_AUTO_TEST_SUITE_END()
