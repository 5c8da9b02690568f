#include "tlog/ed25519.hpp"

#include <stdexcept>

#include <boost/test/unit_test.hpp>

#include "support/grown_tree.hpp"

BOOST_AUTO_TEST_SUITE(ed25519_test)

using namespace threatatlas;
using namespace threatatlas::testing;
using namespace threatatlas::tlog;

namespace {

struct Vector {
    const char* seed;
    const char* public_key;
    const char* message;
    const char* signature;
};

// RFC 8032, section 7.1, tests 1 to 3.
constexpr Vector vectors[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b"
     "4"
     "6bd25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11"
     "d"
     "8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc"
     "6"
     "594a7c15e9716ed28dc027beceea1ec40a"}};

}  // namespace

BOOST_AUTO_TEST_CASE(the_vectors_of_the_standard_hold) {
    for (const Vector& known : vectors) {
        const Ed25519PrivateKey key(bytes_of_hex(known.seed));
        BOOST_TEST(key.public_key() == bytes_of_hex(known.public_key));
        BOOST_TEST(key.sign(bytes_of_hex(known.message)) == bytes_of_hex(known.signature));
        const Ed25519PublicKey public_key(bytes_of_hex(known.public_key));
        BOOST_TEST(public_key.verifies(bytes_of_hex(known.message), bytes_of_hex(known.signature)));
    }
    // The key that checkpoint_test signs with.
    BOOST_TEST(Ed25519PrivateKey(bytes_of_hex("810a1402d5146c8d84f2443330f54080"
                                              "ebf98ee17d9c74f6252fc5d5c7283173"))
                   .public_key() == bytes_of_hex("1a5cd907143c384c41e830c5bce12aa8"
                                                 "817ec5649aaabf2c31388b35b2d744d6"));
}

BOOST_AUTO_TEST_CASE(any_changed_bit_invalidates_a_signature) {
    const std::string message = bytes_of_hex(vectors[2].message);
    const std::string signature = bytes_of_hex(vectors[2].signature);
    const std::string key = bytes_of_hex(vectors[2].public_key);
    const auto changed = [](std::string bytes, std::size_t bit) {
        bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ 1 << bit % 8);
        return bytes;
    };
    for (std::size_t bit = 0; bit < 8 * signature.size(); ++bit) {
        BOOST_TEST(!Ed25519PublicKey(key).verifies(message, changed(signature, bit)));
    }
    for (std::size_t bit = 0; bit < 8 * message.size(); ++bit) {
        BOOST_TEST(!Ed25519PublicKey(key).verifies(changed(message, bit), signature));
    }
    for (std::size_t bit = 0; bit < 8 * key.size(); ++bit) {
        BOOST_TEST(!Ed25519PublicKey(changed(key, bit)).verifies(message, signature));
    }
}

BOOST_AUTO_TEST_CASE(lengths_are_exact) {
    const std::string message = bytes_of_hex(vectors[1].message);
    const std::string signature = bytes_of_hex(vectors[1].signature);
    const Ed25519PublicKey key(bytes_of_hex(vectors[1].public_key));
    for (std::size_t length = 0; length < signature.size(); ++length) {
        BOOST_TEST(!key.verifies(message, signature.substr(0, length)));
    }
    BOOST_TEST(!key.verifies(message, signature + '\0'));
    for (const std::size_t length : {0U, 1U, 31U, 33U, 64U}) {
        BOOST_CHECK_THROW(Ed25519PrivateKey(std::string(length, 'x')), std::invalid_argument);
        BOOST_CHECK_THROW(Ed25519PublicKey(std::string(length, 'x')), std::invalid_argument);
    }
}

BOOST_AUTO_TEST_SUITE_END()
