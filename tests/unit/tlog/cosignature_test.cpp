#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "base/be_bytes.hpp"
#include "support/grown_tree.hpp"
#include "tlog/checkpoint.hpp"
#include "tlog/note_keys.hpp"

BOOST_AUTO_TEST_SUITE(cosignature_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::testing;
using namespace threatatlas::tlog;

namespace {

const std::string seed =
    bytes_of_hex("810a1402d5146c8d84f2443330f54080ebf98ee17d9c74f6252fc5d5c7283173");
const std::string body =
    "example.com/threatlog\n"
    "8\n"
    "XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n";
const std::string log_vkey =
    "example.com/threatlog+92e82821+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const std::string witness_vkey =
    "witness.example/w1+cc9a7044+BBpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const std::string log_line =
    "\u2014 example.com/threatlog "
    "kugoIXTh2kCGgF40qLRmkiovyschMsYm3a/"
    "FzHYJWccyCSJeBrutFNbNOAl1O6EVfJyVSmJe2SRDgJxRlfHndHWdlAI=\n";
const std::string witness_line =
    "\u2014 witness.example/w1 "
    "zJpwRAAAAABkGFDLdVZEDTRNCRok7o3d3vlCmCBkPGzIYDzZ3tdvpE2Hr9mosw7aitoN70FQDj32+"
    "gSssqGzolwIbjcsa/RhLImACA==\n";
constexpr std::uint64_t known_second = 1679315147;

// A signature of the witness with any time over any message.
NoteSignature cosigned(std::uint64_t seconds, const std::string& message) {
    return {"witness.example/w1", 0xcc9a7044,
            be_bytes(seconds) + Ed25519PrivateKey(seed).sign(message)};
}

std::string message_at(std::uint64_t seconds) {
    return fmt::format("cosignature/v1\ntime {}\n{}", seconds, body);
}

bool is_accepted(const NoteSignature& signature, const std::string& text = body) {
    return NoteVerifier(witness_vkey).verifies(text, signature);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_witness_signs_the_text_and_the_second) {
    const NoteVerifier witness(witness_vkey);
    BOOST_TEST((witness.kind() == NoteKeyKind::witness));
    const Note note = parse_note(body + "\n" + log_line + witness_line);
    const auto good = require_signed(note, {NoteVerifier(log_vkey), witness});
    BOOST_REQUIRE(good.size() == 2U);
    BOOST_TEST(good[1].key_name == "witness.example/w1");
    BOOST_TEST(cosigned_at(good[1]) == known_second);
    BOOST_TEST(signature_line(cosigned(known_second, message_at(known_second))) == witness_line);
}

BOOST_AUTO_TEST_CASE(the_second_is_signed_too) {
    for (const std::uint64_t seconds : {std::uint64_t{1}, known_second, ~std::uint64_t{0} >> 1U}) {
        BOOST_TEST(is_accepted(cosigned(seconds, message_at(seconds))));
        BOOST_TEST(!is_accepted(cosigned(seconds, message_at(seconds + 1))));
        BOOST_TEST(!is_accepted(cosigned(seconds, message_at(seconds)), body + "more\n"));
    }
    // Time zero, and times beyond the valid range.
    BOOST_TEST(!is_accepted(cosigned(0, message_at(0))));
    const std::uint64_t beyond = std::uint64_t{1} << 63U;
    BOOST_TEST(!is_accepted(cosigned(beyond, message_at(beyond))));
    BOOST_TEST(!is_accepted(cosigned(~std::uint64_t{0}, message_at(~std::uint64_t{0}))));
}

BOOST_AUTO_TEST_CASE(extension_lines_are_cosigned) {
    const std::string longer = body + "an extension\n";
    const NoteSignature signature =
        cosigned(known_second, message_at(known_second) + "an extension\n");
    BOOST_TEST(is_accepted(signature, longer));
    BOOST_TEST(!is_accepted(signature));
}

BOOST_AUTO_TEST_CASE(log_signatures_and_cosignatures_are_distinct) {
    BOOST_TEST(!is_accepted(cosigned(known_second, body)));
    NoteSignature plain = cosigned(known_second, message_at(known_second));
    plain.bytes = Ed25519PrivateKey(seed).sign(body);
    BOOST_TEST(!is_accepted(plain));
    const NoteVerifier log(log_vkey);
    NoteSignature as_log = cosigned(known_second, message_at(known_second));
    as_log.key_name = log.name();
    as_log.key_id = log.key_id();
    BOOST_TEST(!log.verifies(body, as_log));
}

BOOST_AUTO_TEST_CASE(a_cosignature_of_another_length_is_refused) {
    const NoteSignature good = cosigned(known_second, message_at(known_second));
    for (std::size_t length = 0; length < good.bytes.size(); ++length) {
        NoteSignature cut = good;
        cut.bytes.resize(length);
        BOOST_TEST(!is_accepted(cut));
    }
    NoteSignature longer = good;
    longer.bytes += '\0';
    BOOST_TEST(!is_accepted(longer));
}

BOOST_AUTO_TEST_SUITE_END()
