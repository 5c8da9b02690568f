#include "base/base64.hpp"

#include <map>

#include <boost/test/unit_test.hpp>

#include "base/be_bytes.hpp"
#include "base/decimal.hpp"
#include "support/random.hpp"
#include "tlog/merkle.hpp"

BOOST_AUTO_TEST_SUITE(base64_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::testing;
using namespace threatatlas::tlog;

// RFC 4648, section 10.
BOOST_AUTO_TEST_CASE(the_vectors_of_the_standard_hold) {
    const std::map<std::string, std::string> known{{"", ""},
                                                   {"f", "Zg=="},
                                                   {"fo", "Zm8="},
                                                   {"foo", "Zm9v"},
                                                   {"foob", "Zm9vYg=="},
                                                   {"fooba", "Zm9vYmE="},
                                                   {"foobar", "Zm9vYmFy"}};
    for (const auto& [bytes, text] : known) {
        BOOST_TEST(base64_of(bytes) == text);
        BOOST_TEST(bytes_of_base64(text).value() == bytes);
    }
    BOOST_TEST(base64_of("\xFB\xFF\xFE") == "+//+");
    BOOST_TEST(base64_of(empty_tree_root()) == "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
}

BOOST_AUTO_TEST_CASE(non_canonical_base64_is_refused) {
    for (const char* text :
         {"Z", "Zg", "Zg=", "Zg===", "Zg==\n", "\nZg==", " Zg==", "Zg== ", "Z g==", "Zm9v\n",
          "Zm9vZ", "Zg==Zg==", "Zg==Zm9v", "=", "==", "===", "====", "Z===", "=Zg=", "Zm=v",
          // Unused trailing bits are not zero.
          "Zh==", "Zm9=", "Zv==",
          // The URL-safe alphabet, and characters of no alphabet.
          "-__-", "Zm9*", "Zm9\x80", "Zm9v    ", "    "}) {
        BOOST_TEST(!bytes_of_base64(text).has_value(), text);
    }
    BOOST_TEST(!bytes_of_base64(std::string_view("Zm\0v", 4)).has_value());
}

BOOST_AUTO_TEST_CASE(encoding_and_decoding_give_the_same_bytes) {
    Random random(test_seed());
    for (std::size_t size = 0; size < 300; ++size) {
        std::string bytes;
        for (std::size_t i = 0; i < size; ++i) {
            bytes += static_cast<char>(random.below(256));
        }
        BOOST_TEST((bytes_of_base64(base64_of(bytes)) == bytes));
    }
}

BOOST_AUTO_TEST_CASE(a_digest_is_32_bytes) {
    const Digest digest = sha256("some bytes");
    BOOST_TEST((digest_of_base64(base64_of(digest)) == digest));
    BOOST_TEST(!digest_of_base64("").has_value());
    BOOST_TEST(!digest_of_base64(base64_of(std::string(31, 'a'))).has_value());
    BOOST_TEST(!digest_of_base64(base64_of(std::string(33, 'a'))).has_value());
    BOOST_TEST(!digest_of_base64(base64_of(digest) + '\n').has_value());
}

BOOST_AUTO_TEST_CASE(numbers_in_bytes_have_the_most_significant_first) {
    BOOST_TEST(be_bytes(std::uint32_t{0x01020304}) == "\x01\x02\x03\x04");
    BOOST_TEST(be_bytes(std::uint64_t{0x0102030405060708}) == "\x01\x02\x03\x04\x05\x06\x07\x08");
    BOOST_TEST(read_be("\x01\x02\x03\x04") == 0x01020304U);
    BOOST_TEST(read_be("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF") == ~std::uint64_t{0});
    BOOST_TEST(read_be("") == 0U);
}

BOOST_AUTO_TEST_CASE(decimals_have_one_form) {
    BOOST_TEST(parse_decimal("0").value() == 0U);
    BOOST_TEST(parse_decimal("10").value() == 10U);
    BOOST_TEST(parse_decimal("18446744073709551615").value() == ~std::uint64_t{0});
    for (const char* text : {"", "00", "01", "-0", "-1", "+1", " 1", "1 ", "1.0", "1e3", "0x1",
                             "18446744073709551616", "99999999999999999999", "1\n"}) {
        BOOST_TEST(!parse_decimal(text).has_value(), text);
    }
}

BOOST_AUTO_TEST_SUITE_END()
