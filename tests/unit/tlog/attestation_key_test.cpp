#include "tlog/attestation_key.hpp"

#include <boost/test/unit_test.hpp>
#include <openssl/rsa.h>

#include "base/base64.hpp"
#include "support/ecdsa.hpp"

BOOST_AUTO_TEST_SUITE(attestation_key_test)

using namespace threatatlas;
using namespace threatatlas::testing;
using namespace threatatlas::tlog;

namespace {

// A key made by OpenSSL's command line, its public key, and the output of
// `openssl ec -pubout -outform DER | sha256sum`.
const std::string known_private =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgWpoOdasSmzgKjCXO\n"
    "FDaRtufAuJ6pQME7chY7TQvY3iShRANCAAQk7V1jxzyOodXyBAjqfU6MmVzsBMKR\n"
    "K4LHktXsLibiHMmj4VmwgQk8CjhJ9nyY26ofZHbGElDpqsoEJAopy4Rl\n"
    "-----END PRIVATE KEY-----\n";
const std::string known_public =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEJO1dY8c8jqHV8gQI6n1OjJlc7ATC\n"
    "kSuCx5LV7C4m4hzJo+FZsIEJPAo4SfZ8mNuqH2R2xhJQ6arKBCQKKcuEZQ==\n"
    "-----END PUBLIC KEY-----\n";
const std::string known_id = "54953ff774789c148471eeab1360794b846b5f8ad92881f1683acef90dfbe822";

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

// The key in PEM (PKCS#8), encrypted if there is a cipher.
std::string pem_of(const Key& key, const EVP_CIPHER* cipher = nullptr) {
    const std::string password = "password";
    const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
    BOOST_REQUIRE(PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), cipher, password.data(),
                                                static_cast<int>(password.size()), nullptr,
                                                nullptr) == 1);
    char* bytes = nullptr;
    const long length = BIO_get_mem_data(bio.get(), &bytes);
    return {bytes, static_cast<std::size_t>(length)};
}

Key curve_key(const char* curve) {
    return {EVP_EC_gen(curve), EVP_PKEY_free};
}

// The bytes between the first and the last line.
std::string body_of(const std::string& pem) {
    const std::size_t begin = pem.find('\n') + 1;
    std::string text = pem.substr(begin, pem.find("\n-----END") - begin);
    std::erase(text, '\n');
    return base::bytes_of_base64(text).value();
}

// The known private key with the public key of another one in the same file.
std::string with_another_public_key() {
    constexpr std::size_t point_bytes = 65;
    const std::string other = body_of(AttestationKey::generate().public_key_pem());
    std::string body = body_of(known_private);
    body.replace(body.size() - point_bytes, point_bytes, other, other.size() - point_bytes,
                 point_bytes);
    return "-----BEGIN PRIVATE KEY-----\n" + base::base64_of(body) +
           "\n-----END PRIVATE KEY-----\n";
}

std::string fault_of(const std::string& pem) {
    try {
        AttestationKey::parse(pem);
    } catch (const BadAttestationKey& bad) {
        return bad.what();
    }
    return "";
}

constexpr const char* no_key = "it is not an unencrypted private key in PEM";
constexpr const char* another_kind = "the key must be an ECDSA key on the curve P-256 (prime256v1)";

}  // namespace

BOOST_AUTO_TEST_CASE(the_public_key_and_its_id_are_those_of_openssl) {
    const AttestationKey key = AttestationKey::parse(known_private);
    BOOST_TEST(key.public_key_pem() == known_public);
    BOOST_TEST(key.key_id() == known_id);
    BOOST_TEST(key.private_key_pem() == known_private);
}

BOOST_AUTO_TEST_CASE(a_signature_is_of_one_message_and_one_key) {
    const AttestationKey key = AttestationKey::parse(known_private);
    for (const std::string& message :
         {std::string(), std::string("a"), std::string(100'000, 'm')}) {
        const std::string signature = key.sign(message);
        BOOST_TEST(is_ecdsa_signature(known_public, message, signature));
        BOOST_TEST(!is_ecdsa_signature(known_public, message + "a", signature));
        BOOST_TEST(
            !is_ecdsa_signature(AttestationKey::generate().public_key_pem(), message, signature));
    }
    BOOST_TEST(key.sign("a") != key.sign("a"));
}

BOOST_AUTO_TEST_CASE(generated_keys_are_new_and_can_be_stored) {
    const AttestationKey one = AttestationKey::generate();
    const AttestationKey two = AttestationKey::generate();
    BOOST_TEST(one.key_id() != two.key_id());
    const AttestationKey stored = AttestationKey::parse(one.private_key_pem());
    BOOST_TEST(stored.key_id() == one.key_id());
    BOOST_TEST(is_ecdsa_signature(one.public_key_pem(), "m", stored.sign("m")));
}

BOOST_AUTO_TEST_CASE(what_is_not_a_private_key_is_refused) {
    std::string damaged = known_private;
    damaged.replace(damaged.find("AgEA"), 4, "****");
    for (const std::string& text :
         {std::string(), std::string("\n"), std::string("PRIVATE+KEY+log+01234567+AAAA\n"),
          known_public, damaged, known_private.substr(0, known_private.size() / 2),
          body_of(known_private)}) {
        BOOST_TEST(fault_of(text) == no_key);
    }
}

// Without asking for its password at the terminal.
BOOST_AUTO_TEST_CASE(an_encrypted_key_is_refused) {
    BOOST_TEST(fault_of(pem_of(curve_key("P-256"), EVP_aes_256_cbc())) == no_key);
}

BOOST_AUTO_TEST_CASE(a_key_of_another_kind_is_refused) {
    constexpr unsigned rsa_bits = 2'048;
    BOOST_TEST(fault_of(pem_of(curve_key("P-384"))) == another_kind);
    BOOST_TEST(fault_of(pem_of(curve_key("secp256k1"))) == another_kind);
    BOOST_TEST(fault_of(pem_of({EVP_RSA_gen(rsa_bits), EVP_PKEY_free})) == another_kind);
    BOOST_TEST(fault_of(pem_of({EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), EVP_PKEY_free})) ==
               another_kind);
}

BOOST_AUTO_TEST_CASE(a_key_whose_halves_do_not_belong_together_is_refused) {
    BOOST_TEST(fault_of(with_another_public_key()) ==
               "the public key in it does not belong to the private key");
}

BOOST_AUTO_TEST_SUITE_END()
