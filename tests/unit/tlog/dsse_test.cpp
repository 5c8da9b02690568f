#include "tlog/dsse.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>
#include <openssl/ecdsa.h>

#include "base/base64.hpp"
#include "support/ecdsa.hpp"
#include "support/grown_tree.hpp"

BOOST_AUTO_TEST_SUITE(dsse_test)

using namespace threatatlas;
using namespace threatatlas::testing;
using namespace threatatlas::tlog;

namespace {

// The test vector of the protocol: payload and type, the public key as x and y, and the signature
// as r and s.
const std::string vector_type = "http://example.com/HelloWorld";
const std::string vector_payload = "hello world";
const std::string vector_pae = "DSSEv1 29 http://example.com/HelloWorld 11 hello world";
const std::string vector_point =
    "67cd390f77aa359cb08c2235f652270493a9ed832b0abcc01f70954c0390d238"
    "0c782bd54e269125a44f4433aff1432ce94e12bca73aa67ac80cea12608ddf74";
const std::string vector_signature =
    "A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA==";

// SubjectPublicKeyInfo of a key on the curve P-256, as far as the coordinates of its point.
const std::string public_key_head = "3059301306072a8648ce3d020106082a8648ce3d03010703420004";

std::string vector_key() {
    return "-----BEGIN PUBLIC KEY-----\n" +
           base::base64_of(bytes_of_hex(public_key_head + vector_point)) +
           "\n-----END PUBLIC KEY-----\n";
}

std::string der_of(std::string_view r_and_s) {
    constexpr std::size_t number_bytes = 32;
    const auto number = [&](std::size_t at) {
        return BN_bin2bn(reinterpret_cast<const unsigned char*>(r_and_s.data()) + at, number_bytes,
                         nullptr);
    };
    const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> signature(ECDSA_SIG_new(),
                                                                          ECDSA_SIG_free);
    ECDSA_SIG_set0(signature.get(), number(0), number(number_bytes));
    std::string der(static_cast<std::size_t>(i2d_ECDSA_SIG(signature.get(), nullptr)), '\0');
    auto* end = reinterpret_cast<unsigned char*>(der.data());
    i2d_ECDSA_SIG(signature.get(), &end);
    return der;
}

const DsseEnvelope example{.payload_type = vector_type,
                           .payload = "{\"a\":\"\xc3\xa4\"}",
                           .key_id = "0123",
                           .signature = std::string("\0\xff\x10", 3)};

}  // namespace

BOOST_AUTO_TEST_CASE(the_encoding_is_that_of_the_protocol) {
    BOOST_TEST(pre_authentication_encoding(vector_type, vector_payload) == vector_pae);
    BOOST_TEST(is_ecdsa_signature(vector_key(), vector_pae,
                                  der_of(base::bytes_of_base64(vector_signature).value())));
}

BOOST_AUTO_TEST_CASE(lengths_are_in_bytes) {
    BOOST_TEST(pre_authentication_encoding("", "") == "DSSEv1 0  0 ");
    BOOST_TEST(pre_authentication_encoding("t\u00e4", "\u20ac") == "DSSEv1 3 t\u00e4 3 \u20ac");
    const std::string bytes("{} %\0\xff\n", 7);
    BOOST_TEST(pre_authentication_encoding("type", bytes) == "DSSEv1 4 type 7 " + bytes);
}

BOOST_AUTO_TEST_CASE(what_is_signed_is_the_encoding) {
    const AttestationKey key = AttestationKey::generate();
    const DsseEnvelope envelope = sign_envelope(key, in_toto_type, vector_payload);
    BOOST_TEST(envelope.payload_type == "application/vnd.in-toto+json");
    BOOST_TEST(envelope.payload == vector_payload);
    BOOST_TEST(envelope.key_id == key.key_id());
    const std::string signed_bytes = "DSSEv1 28 application/vnd.in-toto+json 11 hello world";
    BOOST_TEST(is_ecdsa_signature(key.public_key_pem(), signed_bytes, envelope.signature));
    BOOST_TEST(!is_ecdsa_signature(key.public_key_pem(), vector_payload, envelope.signature));
}

BOOST_AUTO_TEST_CASE(an_envelope_in_json) {
    BOOST_TEST(envelope_json(example) ==
               R"({"payload":"eyJhIjoiw6QifQ==","payloadType":"http://example.com/HelloWorld",)"
               R"("signatures":[{"keyid":"0123","sig":"AP8Q"}]})");
}

BOOST_AUTO_TEST_CASE(a_bundle_contains_the_envelope) {
    BOOST_TEST(sigstore_bundle(example) ==
               R"({"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json",)"
               R"("verificationMaterial":{"publicKey":{"hint":"0123"},"tlogEntries":[]},)"
               R"("dsseEnvelope":)" +
                   envelope_json(example) + "}");
}

BOOST_AUTO_TEST_CASE(texts_are_escaped) {
    DsseEnvelope envelope = example;
    envelope.payload_type = "a\"b\\\n";
    const auto json = nlohmann::json::parse(sigstore_bundle(envelope));
    BOOST_TEST(json.at("dsseEnvelope").at("payloadType") == envelope.payload_type);
    BOOST_TEST(json.at("dsseEnvelope") == nlohmann::json::parse(envelope_json(envelope)));
}

BOOST_AUTO_TEST_SUITE_END()
