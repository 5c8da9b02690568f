#include "tlog/note.hpp"

#include <boost/test/unit_test.hpp>

#include "base/base64.hpp"

BOOST_AUTO_TEST_SUITE(note_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::tlog;

namespace {

// Arbitrary bytes: signatures are not verified here.
const std::string line = "\u2014 name " + base64_of("\x01\x02\x03\x04signature") + "\n";

std::string lines(int count) {
    std::string all;
    for (int i = 0; i < count; ++i) {
        all += line;
    }
    return all;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_note_is_a_text_and_signatures) {
    const Note note = parse_note("some\ntext\n\n" + line + line);
    BOOST_TEST(note.text == "some\ntext\n");
    const NoteSignature signature{"name", 0x01020304, "signature"};
    BOOST_REQUIRE(note.signatures.size() == 2U);
    BOOST_TEST((note.signatures[0] == signature));
    BOOST_TEST((note.signatures[1] == signature));
    BOOST_TEST(signature_line(signature) == line);
    BOOST_TEST(format_note(note) == "some\ntext\n\n" + line + line);
}

BOOST_AUTO_TEST_CASE(the_text_may_contain_empty_lines_and_lines_like_signatures) {
    for (const std::string text : {"a\n\nb\n", "\n", "\n\n", "a\n\n\n\nb\n"}) {
        BOOST_TEST(parse_note(text + "\n" + line).text == text);
    }
    const std::string quoted = "a\n\n" + line;
    const Note note = parse_note(quoted + "\n" + line);
    BOOST_TEST(note.text == quoted);
    BOOST_TEST(note.signatures.size() == 1U);
}

BOOST_AUTO_TEST_CASE(several_notes_may_be_in_one_file) {
    const std::string one = "a\nb\n\n" + line + line;
    const std::string other = "c\n\n" + line;
    for (const std::vector<std::string>& notes : std::vector<std::vector<std::string>>{
             {}, {one}, {one, other}, {other, one, other}, {other, "x\n\ny\n", one}}) {
        BOOST_TEST(split_notes(join_notes(notes)) == notes, boost::test_tools::per_element());
    }
    // Malformed input is still split into notes, each of which parse_note() refuses.
    for (const std::string bytes :
         {"\n", "\n\n", "\n\n\n", "\n\n\n\n", "x", "x\n\n", "x\n\ny\n\n"}) {
        const auto pieces = split_notes(bytes);
        BOOST_TEST(pieces.size() > 0U);
        for (const std::string& piece : pieces) {
            BOOST_CHECK_THROW(parse_note(piece), BadNote);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_malformed_note_is_refused) {
    const std::string four_bytes = base64_of("\x01\x02\x03\x04");
    const std::string five_bytes = base64_of("\x01\x02\x03\x04s");
    BOOST_CHECK_NO_THROW(parse_note("a\n\n\u2014 name " + five_bytes + "\n"));
    for (const std::string& bytes : std::vector<std::string>{
             // A part is missing.
             "", "\n", "\n\n", "a\n", "a\n\n", "a\n" + line, line, "\n" + line, "a" + line,
             "a\n\n" + line.substr(0, line.size() - 1), "a\n\n\n",
             // Lines that are not signatures.
             "a\n\nb\n", "a\n\n" + line + "b\n", "a\n\nb\n" + line, "a\n\n" + line + "\n",
             "a\n\n- name " + five_bytes + "\n", "a\n\n\u2013 name " + five_bytes + "\n",
             "a\n\n\u2014name " + five_bytes + "\n", "a\n\n \u2014 name " + five_bytes + "\n",
             "a\n\n\u2014 \n", "a\n\n\u2014\n", "a\n\n\u2014 name\n", "a\n\n\u2014 name \n",
             "a\n\n\u2014  " + five_bytes + "\n", "a\n\n\u2014 " + five_bytes + "\n",
             "a\n\n\u2014 name  " + five_bytes + "\n", "a\n\n\u2014 name " + five_bytes + " \n",
             "a\n\n\u2014 name " + five_bytes + " more\n", "a\n\n\u2014 na+me " + five_bytes + "\n",
             "a\n\n\u2014 name\u00A0 " + five_bytes + "\n",
             // Malformed signatures.
             "a\n\n\u2014 name " + four_bytes + "\n", "a\n\n\u2014 name " + base64_of("123") + "\n",
             "a\n\n\u2014 name ====\n", "a\n\n\u2014 name *" + five_bytes + "\n",
             "a\n\n\u2014 name " + five_bytes.substr(0, five_bytes.size() - 1) + "\n",
             // Bytes that a text must not contain.
             "a\r\n\n" + line, "a\tb\n\n" + line, "a\x1F\n\n" + line, "a\xFF\n\n" + line,
             "a\xC0\x80\n\n" + line, "a\xED\xA0\x80\n\n" + line, "a\xE2\x80\n\n" + line,
             std::string("a\0\n\n", 4) + line,
             "a\n\n" + line.substr(0, line.size() - 1) + "\r\n"}) {
        BOOST_CHECK_THROW(parse_note(bytes), BadNote);
    }
}

BOOST_AUTO_TEST_CASE(a_note_has_its_limits) {
    BOOST_TEST(parse_note("a\n\n" + lines(16)).signatures.size() == 16U);
    BOOST_TEST(parse_note("a\n\n" + lines(100)).signatures.size() == 100U);
    BOOST_CHECK_THROW(parse_note("a\n\n" + lines(101)), BadNote);
    constexpr std::size_t megabyte = std::size_t{1} << 20U;
    const std::string rest = "\n\n" + line;
    BOOST_CHECK_NO_THROW(parse_note(std::string(megabyte - rest.size(), 'a') + rest));
    BOOST_CHECK_THROW(parse_note(std::string(megabyte - rest.size() + 1, 'a') + rest), BadNote);
}

BOOST_AUTO_TEST_CASE(the_name_of_a_key_fits_into_a_line) {
    for (const char* name : {"a", "example.com/log", "Zürich", "日本", "a-b_c.d:e", "a\x7F"}) {
        BOOST_TEST(is_key_name(name), name);
    }
    for (const char* name :
         {"", " ", "a b", "a ", " a", "a+b", "+", "a\tb", "a\nb", "a\rb", "a\vb", "a\fb", "a\x01",
          // All other Unicode white space.
          "a\u0085", "a\u00A0", "a\u1680", "a\u2000", "a\u2001", "a\u2002", "a\u2003", "a\u2004",
          "a\u2005", "a\u2006", "a\u2007", "a\u2008", "a\u2009", "a\u200A", "a\u2028", "a\u2029",
          "a\u202F", "a\u205F", "a\u3000",
          // Not UTF-8.
          "a\xFF", "a\xC2"}) {
        BOOST_TEST(!is_key_name(name), name);
    }
    BOOST_TEST(!is_key_name(std::string_view("a\0b", 3)));
}

BOOST_AUTO_TEST_SUITE_END()
