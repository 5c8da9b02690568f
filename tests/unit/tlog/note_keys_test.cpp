#include "tlog/note_keys.hpp"

#include <boost/test/unit_test.hpp>

#include "base/base64.hpp"
#include "support/grown_tree.hpp"

BOOST_AUTO_TEST_SUITE(note_keys_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::testing;
using namespace threatatlas::tlog;

namespace {

const std::string example_vkey =
    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const std::string example_note =
    "This is an example message.\n"
    "\n"
    "\u2014 example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM="
    "\n";

const std::string peter_seed =
    bytes_of_hex("810a1402d5146c8d84f2443330f54080ebf98ee17d9c74f6252fc5d5c7283173");
const std::string peter_vkey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const std::string peter_skey =
    "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const std::string enoch_vkey = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop";
const std::string text =
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n";
const std::string peter_line =
    "\u2014 PeterNeumann "
    "x08go/ZJkuBS9UG/"
    "SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
const std::string enoch_line =
    "\u2014 EnochRoot "
    "rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/"
    "5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n";

// The line with one bit of the signature changed; it still names the same key.
std::string falsified(const std::string& line) {
    NoteSignature signature = parse_signature_line(line.substr(0, line.size() - 1));
    signature.bytes.front() = static_cast<char>(signature.bytes.front() ^ 1);
    return signature_line(signature);
}

std::vector<std::string> signers_of(const std::string& note,
                                    const std::vector<NoteVerifier>& verifiers) {
    std::vector<std::string> names;
    for (const NoteSignature& signature : require_signed(parse_note(note), verifiers)) {
        names.push_back(signature.key_name);
    }
    return names;
}

using Names = std::vector<std::string>;

}  // namespace

BOOST_AUTO_TEST_CASE(the_example_of_the_specification_verifies) {
    const NoteVerifier verifier(example_vkey);
    BOOST_TEST(verifier.name() == "example.com/foo");
    BOOST_TEST(verifier.key_id() == 0x530d903aU);
    BOOST_TEST((verifier.kind() == NoteKeyKind::log));
    BOOST_TEST(signers_of(example_note, {verifier}) == Names{"example.com/foo"});
}

BOOST_AUTO_TEST_CASE(a_key_reproduces_a_published_signature) {
    const NoteSigner peter = NoteSigner::parse(peter_skey);
    BOOST_TEST(peter.vkey() == peter_vkey);
    BOOST_TEST(peter.skey() == peter_skey);
    BOOST_TEST(peter.key_id() == 0xc74f20a3U);
    BOOST_TEST(signature_line(peter.sign(text)) == peter_line);
    BOOST_TEST(NoteSigner("PeterNeumann", peter_seed).skey() == peter_skey);

    const NoteSigner enoch("EnochRoot", std::string(32, '\0'));
    BOOST_TEST(enoch.vkey() == enoch_vkey);
    BOOST_TEST(signature_line(enoch.sign(text)) == enoch_line);
    BOOST_TEST(NoteSigner::parse(enoch.skey()).vkey() == enoch_vkey);

    BOOST_TEST(signers_of(text + "\n" + peter_line + enoch_line,
                          {NoteVerifier(enoch_vkey), NoteVerifier(peter_vkey)}) ==
               (Names{"EnochRoot", "PeterNeumann"}));
}

BOOST_AUTO_TEST_CASE(other_signatures_are_ignored_and_one_is_required) {
    const NoteVerifier peter(peter_vkey);
    const NoteVerifier enoch(enoch_vkey);
    const std::string both = text + "\n" + peter_line + enoch_line;
    BOOST_TEST(signers_of(both, {peter}) == Names{"PeterNeumann"});
    BOOST_TEST(signers_of(both, {enoch}) == Names{"EnochRoot"});
    // A signature by an unknown key cannot be verified and is ignored, even if it is false.
    BOOST_TEST(signers_of(text + "\n" + falsified(peter_line) + enoch_line, {enoch}) ==
               Names{"EnochRoot"});
    BOOST_CHECK_THROW(signers_of(both, {}), BadNote);
    BOOST_CHECK_THROW(signers_of(text + "\n" + peter_line, {enoch}), BadNote);
    // A key is identified by its name and id together.
    NoteSignature other = parse_signature_line(peter_line.substr(0, peter_line.size() - 1));
    other.key_id ^= 1U;
    BOOST_CHECK_THROW(signers_of(text + "\n" + signature_line(other), {peter}), BadNote);
    other.key_id ^= 1U;
    other.key_name = "PeterNeuman";
    BOOST_CHECK_THROW(signers_of(text + "\n" + signature_line(other), {peter}), BadNote);
}

BOOST_AUTO_TEST_CASE(an_invalid_signature_by_a_known_key_invalidates_the_note) {
    const NoteVerifier peter(peter_vkey);
    const NoteVerifier enoch(enoch_vkey);
    BOOST_CHECK_THROW(signers_of(text + "\n" + falsified(peter_line), {peter}), BadNote);
    BOOST_CHECK_THROW(signers_of(text + "\n" + falsified(peter_line) + enoch_line, {peter, enoch}),
                      BadNote);
    BOOST_CHECK_THROW(signers_of(text + "\n" + enoch_line + falsified(peter_line), {enoch, peter}),
                      BadNote);
    BOOST_CHECK_THROW(signers_of(text + "more\n\n" + peter_line, {peter}), BadNote);
    BOOST_CHECK_THROW(signers_of("\n" + text + "\n" + peter_line, {peter}), BadNote);
}

BOOST_AUTO_TEST_CASE(the_first_of_several_signatures_by_one_key_counts) {
    const NoteVerifier peter(peter_vkey);
    BOOST_TEST(signers_of(text + "\n" + peter_line + peter_line, {peter}) == Names{"PeterNeumann"});
    BOOST_TEST(signers_of(text + "\n" + peter_line + falsified(peter_line), {peter}) ==
               Names{"PeterNeumann"});
    BOOST_CHECK_THROW(signers_of(text + "\n" + falsified(peter_line) + peter_line, {peter}),
                      BadNote);
}

// A change of any byte is detected.
BOOST_AUTO_TEST_CASE(no_changed_byte_verifies) {
    const NoteVerifier verifier(example_vkey);
    for (std::size_t i = 0; i < example_note.size(); ++i) {
        for (const int bit : {1, 2, 32}) {
            std::string changed = example_note;
            changed[i] = static_cast<char>(changed[i] ^ bit);
            BOOST_CHECK_THROW(signers_of(changed, {verifier}), BadNote);
        }
        BOOST_CHECK_THROW(signers_of(example_note.substr(0, i), {verifier}), BadNote);
        if (i > 0) {
            BOOST_CHECK_THROW(signers_of(example_note.substr(i), {verifier}), BadNote);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_key_has_one_form) {
    const auto check = [](const std::string& good, const auto& parse) {
        BOOST_CHECK_NO_THROW(parse(good));
        for (std::size_t i = 0; i < good.size(); ++i) {
            std::string changed = good;
            ++changed[i];
            BOOST_CHECK_THROW(parse(changed), BadNote);
            BOOST_CHECK_THROW(parse(good.substr(0, i) + good.substr(i + 1)), BadNote);
            for (std::size_t length = 0; length < good.size() - i; ++length) {
                BOOST_CHECK_THROW(parse(good.substr(i, length)), BadNote);
            }
            if (i > 0) {
                BOOST_CHECK_THROW(parse(good.substr(i)), BadNote);
            }
        }
        BOOST_CHECK_THROW(parse(good + "\n"), BadNote);
        BOOST_CHECK_THROW(parse(good + "="), BadNote);
        BOOST_CHECK_THROW(parse(good + "+"), BadNote);
        BOOST_CHECK_THROW(parse(" " + good), BadNote);
    };
    const auto as_vkey = [](const std::string& key) { return NoteVerifier(key); };
    const auto as_skey = [](const std::string& key) { return NoteSigner::parse(key); };
    check(peter_vkey, as_vkey);
    check(example_vkey, as_vkey);
    check(enoch_vkey, as_vkey);
    check(peter_skey, as_skey);
    BOOST_CHECK_THROW(as_vkey(peter_skey), BadNote);
    BOOST_CHECK_THROW(as_skey(peter_vkey), BadNote);
}

BOOST_AUTO_TEST_CASE(a_malformed_key_is_refused) {
    const std::string typed = "\1" + Ed25519PrivateKey(peter_seed).public_key();
    // Computes the matching id, so that only the rest can be wrong.
    const auto key_of = [](const std::string& name, const std::string& bytes) {
        return name + "+" + hex_of(sha256(name + "\n" + bytes)).substr(0, 8) + "+" +
               base64_of(bytes);
    };
    BOOST_TEST(key_of("PeterNeumann", typed) == peter_vkey);
    for (const std::string& vkey : std::vector<std::string>{
             "", "+", "++", "PeterNeumann", "PeterNeumann+c74f20a3", "PeterNeumann+c74f20a3+",
             // Other key types: unassigned, ECDSA, RFC 6962, ML-DSA.
             key_of("PeterNeumann", "e" + typed.substr(1)),
             key_of("PeterNeumann", "\2" + typed.substr(1)),
             key_of("PeterNeumann", "\5" + typed.substr(1)),
             key_of("PeterNeumann", "\6" + typed.substr(1)),
             key_of("PeterNeumann", "\xFF" + typed.substr(1)),
             key_of("PeterNeumann", '\0' + typed.substr(1)),
             // Too short, too long.
             key_of("PeterNeumann", typed.substr(0, 32)), key_of("PeterNeumann", typed + "x"),
             key_of("PeterNeumann", "\1"), key_of("PeterNeumann", ""),
             // Names.
             key_of("", typed), key_of("Peter Neumann", typed), key_of("Peter+Neumann", typed),
             key_of("Peter\nNeumann", typed), key_of("Peter\u00A0Neumann", typed),
             key_of("Peter\xFF", typed),
             // The id.
             "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
             "PeterNeumann+0c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
             "PeterNeumann+74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
             "PeterNeumann++ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
             "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
             "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"}) {
        BOOST_CHECK_THROW(NoteVerifier{vkey}, BadNote);
    }
    // An id always has eight digits, including leading zeros.
    std::string with_zero = key_of("0", typed);
    for (int i = 1; with_zero[with_zero.find('+') + 1] != '0'; ++i) {
        with_zero = key_of(std::to_string(i), typed);
    }
    BOOST_CHECK_NO_THROW(NoteVerifier{with_zero});
    BOOST_CHECK_THROW(NoteVerifier{with_zero.erase(with_zero.find('+') + 1, 1)}, BadNote);
    // A witness key cannot sign as a log.
    const std::string witness_key = key_of("PeterNeumann", "\4" + peter_seed);
    BOOST_CHECK_THROW(NoteSigner::parse("PRIVATE+KEY+" + witness_key), BadNote);
    for (const char* name : {"", "Peter Neumann", "Peter+Neumann"}) {
        BOOST_CHECK_THROW(NoteSigner(name, peter_seed), BadNote);
    }
}

BOOST_AUTO_TEST_SUITE_END()
