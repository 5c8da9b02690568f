#include "export/bidi.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(bidi_test)

using namespace threatatlas;
using namespace threatatlas::exports;

BOOST_AUTO_TEST_CASE(open_controls_are_closed) {
    BOOST_TEST(self_contained("plain") == "plain");
    BOOST_TEST(self_contained("a\u202Eb") == "a\u202Eb\u202C");
    BOOST_TEST(self_contained("a\u202Eb\u202C") == "a\u202Eb\u202C");
    BOOST_TEST(self_contained("\u2067\u202Aa") == "\u2067\u202Aa\u202C\u2069");
    // The end of an isolate also ends every embedding opened within it.
    BOOST_TEST(self_contained("\u2067\u202Aa\u2069b") == "\u2067\u202Aa\u2069b");
}

BOOST_AUTO_TEST_CASE(closing_controls_do_not_affect_the_surroundings) {
    BOOST_TEST(self_contained("a\u2069b") == "ab");
    BOOST_TEST(self_contained("\u202Aa\u2069b\u202C") == "\u202Aab\u202C");
    BOOST_TEST(self_contained("\u2066a\u2069\u2069") == "\u2066a\u2069");
    // U+202C without a matching opening character has no effect and is kept.
    BOOST_TEST(self_contained("a\u202Cb") == "a\u202Cb");
}

BOOST_AUTO_TEST_CASE(only_texts_with_their_own_direction_are_isolated) {
    BOOST_TEST(isolated("Zahlung für 5 € 😀 支付") == "Zahlung für 5 € 😀 支付");
    BOOST_TEST(isolated("שלום") == "\u2068שלום\u2069");
    BOOST_TEST(isolated("مرحبا") == "\u2068مرحبا\u2069");
    BOOST_TEST(isolated("𞤀") == "\u2068𞤀\u2069");
    BOOST_TEST(isolated("a\u202Eb") == "\u2068a\u202Eb\u202C\u2069");
}

BOOST_AUTO_TEST_SUITE_END()
