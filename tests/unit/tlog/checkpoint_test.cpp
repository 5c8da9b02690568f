#include "tlog/checkpoint.hpp"

#include <limits>
#include <map>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "base/base64.hpp"
#include "support/grown_tree.hpp"
#include "tlog/merkle.hpp"
#include "tlog/note_keys.hpp"

BOOST_AUTO_TEST_SUITE(checkpoint_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::testing;
using namespace threatatlas::tlog;

namespace {

const std::string root_text = "XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=";

// A log published as test data of transparency-dev/tessera, with its original spelling.
const std::vector<std::string> published_entries{
    "one",  "two", "three",  "four",  "five",     "six",     "seven", "eit",
    "nain", "ten", "ileven", "twelf", "threeten", "fourten", "fivten"};
const std::string published_origin = "example.com/log/testdata";
const std::string published_vkey =
    "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx";
const std::map<std::size_t, std::string> published_roots{
    {0, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="},
    {1, "0Nc2CrefWKseHj/mStd+LqC8B+NrX0btIiPt2SmN+ek="},
    {2, "T1X2GdkhUjV3iyufF9b0kVsWFxIU0VI4EpNml2Teci4="},
    {3, "Wqx3HImawpLnS/Gv4ubjAvi1WIOy0b8Ze0amvqbavKk="},
    {4, "zY1lN35vrXYAPixXSd59LsU29xUJtuW4o2dNNg5Y2Co="},
    {7, "IrSXADBqJ7EQoUODSDKROySgNveeL6CFhik2w/+fS7U="},
    {8, "bC+VwvrJbalNVjfkdI8kUgs7mJoXrqiXCE7bgnD28pY="},
    {15, "rKbDipCvhuX1GZ7g5BBe8sA6BbJ7ja/1nk427v383cs="}};
const std::map<std::size_t, std::string> published_signatures{
    {0,
     "M9e0lhxJACzE1KoUdqKuPa+9p6R7dSW8BlEvrg/"
     "noo8FkGg6PbJoRNOcdjqjOq89wVvTA60eubCc4oufo5BvIVEgtQc="},
    {15,
     "M9e0luh4jTG+UMBqOUo9/q+yAEvx1ilBEniMvjf1zfcBOhg+"
     "CKubMt53MvIt/uEWP6zdkdIQzd/fmwlM/dlPWF74ewI="}};

}  // namespace

BOOST_AUTO_TEST_CASE(a_checkpoint_is_three_lines) {
    const GrownTree tree(classic_entries());
    const Checkpoint checkpoint{"example.com/threatlog", 8, tree.frontier().root()};
    const std::string text = "example.com/threatlog\n8\n" + root_text + "\n";
    BOOST_TEST(checkpoint_text(checkpoint) == text);
    BOOST_TEST((parse_checkpoint(text) == checkpoint));
}

BOOST_AUTO_TEST_CASE(extension_lines_are_ignored) {
    const Checkpoint plain = parse_checkpoint("a\n8\n" + root_text + "\n");
    BOOST_TEST((parse_checkpoint("a\n8\n" + root_text + "\nmore\n") == plain));
    BOOST_TEST((parse_checkpoint("a\n8\n" + root_text + "\nmore\nand more\n") == plain));
}

BOOST_AUTO_TEST_CASE(sizes_have_64_bits) {
    const Checkpoint largest{"a", std::numeric_limits<std::uint64_t>::max(), sha256("x")};
    BOOST_TEST((parse_checkpoint(checkpoint_text(largest)) == largest));
}

BOOST_AUTO_TEST_CASE(an_empty_log_has_the_empty_root) {
    const Checkpoint empty{"a", 0, empty_tree_root()};
    BOOST_TEST((parse_checkpoint(checkpoint_text(empty)) == empty));
    BOOST_CHECK_THROW(parse_checkpoint("a\n0\n" + root_text + "\n"), BadNote);
}

BOOST_AUTO_TEST_CASE(a_malformed_checkpoint_is_refused) {
    const std::string short_root = base64_of(std::string(31, 'a'));
    const std::string long_root = base64_of(std::string(33, 'a'));
    for (const std::string& text : std::vector<std::string>{
             // Too few lines, or the last line is not terminated.
             "", "\n", "a", "a\n", "a\n8", "a\n8\n", "a\n8\n" + root_text, "a\n" + root_text + "\n",
             // Empty lines.
             "\n8\n" + root_text + "\n", "a\n\n" + root_text + "\n", "a\n8\n\n", "\n\n\n",
             "a\n8\n" + root_text + "\n\n", "a\n8\n" + root_text + "\nmore\n\nmore\n",
             "a\n8\n" + root_text + "\nmore",
             // Sizes.
             "a\n08\n" + root_text + "\n", "a\n-8\n" + root_text + "\n",
             "a\n+8\n" + root_text + "\n", "a\n 8\n" + root_text + "\n",
             "a\n8 \n" + root_text + "\n", "a\n8.0\n" + root_text + "\n",
             "a\n0x8\n" + root_text + "\n", "a\nbananas\n" + root_text + "\n",
             "a\n18446744073709551616\n" + root_text + "\n", "a\n00\n" + root_text + "\n",
             // Roots.
             "a\n8\nbananas\n", "a\n8\nthisisnotright!\n", "a\n8\n" + root_text + " \n",
             "a\n8\n " + root_text + "\n", "a\n8\n" + root_text.substr(0, 43) + "\n",
             "a\n8\n" + root_text.substr(0, 42) + "h=\n", "a\n8\n" + root_text + "=\n",
             "a\n8\n" + short_root + "\n", "a\n8\n" + long_root + "\n", "a\n8\n====\n",
             "a\n8\n" + root_text + "\r\n"}) {
        BOOST_CHECK_THROW(parse_checkpoint(text), BadNote);
    }
}

// The published roots are computed from the entries, and the published signatures verify for them.
BOOST_AUTO_TEST_CASE(a_published_log_is_rebuilt) {
    const NoteVerifier verifier(published_vkey);
    GrownTree tree;
    for (std::size_t size = 0;; ++size) {
        const Digest root = tree.frontier().root();
        if (const auto known = published_roots.find(size); known != published_roots.end()) {
            BOOST_TEST(base64_of(root) == known->second, size);
        }
        if (const auto known = published_signatures.find(size);
            known != published_signatures.end()) {
            const std::string text = checkpoint_text({published_origin, size, root});
            const Note note = parse_note(
                fmt::format("{}\n\u2014 {} {}\n", text, published_origin, known->second));
            BOOST_TEST(require_signed(note, {verifier}).size() == 1U);
            BOOST_TEST(parse_checkpoint(note.text).size == size);
        }
        if (size == published_entries.size()) {
            break;
        }
        tree.append(published_entries[size]);
    }
    BOOST_TEST(tree.size() == 15U);
}

BOOST_AUTO_TEST_CASE(its_checkpoints_are_consistent) {
    const GrownTree tree(published_entries);
    for (const auto& [size, root] : published_roots) {
        for (const auto& [old_size, old_root] : published_roots) {
            const bool grew = old_size <= size;
            const auto proof =
                grew ? consistency_proof(old_size, size, tree.nodes(size)) : std::vector<Digest>{};
            BOOST_TEST(proves_consistency(old_size, digest_of_base64(old_root).value(), size,
                                          digest_of_base64(root).value(), proof) == grew,
                       old_size << " to " << size);
        }
    }
}

// From a seed and eight entries to the bytes that are served.
BOOST_AUTO_TEST_CASE(a_signed_checkpoint_has_known_bytes) {
    const NoteSigner signer("example.com/threatlog",
                            bytes_of_hex("810a1402d5146c8d84f2443330f54080"
                                         "ebf98ee17d9c74f6252fc5d5c7283173"));
    BOOST_TEST(signer.vkey() ==
               "example.com/threatlog+92e82821+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
    BOOST_TEST(
        signer.skey() ==
        "PRIVATE+KEY+example.com/threatlog+92e82821+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz");
    const GrownTree tree(classic_entries());
    const std::string text = checkpoint_text({signer.name(), tree.size(), tree.frontier().root()});
    const std::string note =
        "example.com/threatlog\n"
        "8\n"
        "XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n"
        "\n"
        "\u2014 example.com/threatlog "
        "kugoIXTh2kCGgF40qLRmkiovyschMsYm3a/"
        "FzHYJWccyCSJeBrutFNbNOAl1O6EVfJyVSmJe2SRDgJxRlfHndHWdlAI="
        "\n";
    BOOST_TEST(format_note({text, {signer.sign(text)}}) == note);
    BOOST_TEST(require_signed(parse_note(note), {NoteVerifier(signer.vkey())}).size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
