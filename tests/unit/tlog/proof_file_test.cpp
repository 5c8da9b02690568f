#include "tlog/proof_file.hpp"

#include <limits>

#include <boost/test/unit_test.hpp>

#include "base/base64.hpp"
#include "support/grown_tree.hpp"
#include "tlog/checkpoint.hpp"
#include "tlog/merkle.hpp"
#include "tlog/note_keys.hpp"

BOOST_AUTO_TEST_SUITE(proof_file_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::testing;
using namespace threatatlas::tlog;

namespace {

const std::string checkpoint =
    "example.com/threatlog\n"
    "8\n"
    "XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n"
    "\n"
    "\u2014 example.com/threatlog "
    "kugoIXTh2kCGgF40qLRmkiovyschMsYm3a/"
    "FzHYJWccyCSJeBrutFNbNOAl1O6EVfJyVSmJe2SRDgJxRlfHndHWdlAI=\n";
const std::string vkey =
    "example.com/threatlog+92e82821+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

const std::string first_line = "c2sp.org/tlog-proof@v1\n";

std::string hash_lines(std::size_t count) {
    std::string lines;
    for (std::size_t i = 0; i < count; ++i) {
        lines += base64_of(sha256(std::to_string(i))) + "\n";
    }
    return lines;
}

}  // namespace

// A proof file, verified as an auditor does.
BOOST_AUTO_TEST_CASE(a_file_proves_one_entry) {
    const std::vector<std::string> entries = classic_entries();
    const GrownTree tree(entries);
    const std::string file =
        format_proof_file({"", 5, inclusion_proof(5, 8, tree.nodes(8)), checkpoint});
    BOOST_TEST(file == first_line + "index 5\n" + base64_of(tree.level(0)[4]) + "\n" +
                           base64_of(tree.level(1)[3]) + "\n" + base64_of(tree.level(2)[0]) +
                           "\n\n" + checkpoint);

    const ProofFile read = parse_proof_file(file);
    BOOST_TEST(read.extra.empty());
    const Note note = parse_note(read.checkpoint);
    BOOST_TEST(require_signed(note, {NoteVerifier(vkey)}).size() == 1U);
    const Checkpoint log = parse_checkpoint(note.text);
    BOOST_TEST(
        proves_inclusion(read.index, log.size, leaf_digest(entries[5]), read.path, log.root));
    BOOST_TEST(
        !proves_inclusion(read.index, log.size, leaf_digest(entries[4]), read.path, log.root));
}

BOOST_AUTO_TEST_CASE(a_written_file_is_read_back) {
    for (const std::string extra : {"", "x", "some\n\nbytes\xFF"}) {
        for (const std::size_t hashes : {0U, 1U, 64U}) {
            for (const std::uint64_t index :
                 {std::uint64_t{0}, std::numeric_limits<std::uint64_t>::max()}) {
                ProofFile proof{extra, index, {}, checkpoint};
                for (std::size_t i = 0; i < hashes; ++i) {
                    proof.path.push_back(sha256(std::to_string(i)));
                }
                const ProofFile read = parse_proof_file(format_proof_file(proof));
                BOOST_TEST(read.extra == extra);
                BOOST_TEST(read.index == index);
                BOOST_TEST((read.path == proof.path));
                BOOST_TEST(read.checkpoint == checkpoint);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(other_forms_of_a_proof_are_refused) {
    const std::string good = first_line + "index 5\n" + hash_lines(3) + "\n" + checkpoint;
    BOOST_CHECK_NO_THROW(parse_proof_file(good));
    BOOST_CHECK_NO_THROW(parse_proof_file(first_line + "extra eA==\nindex 5\n\n" + checkpoint));
    for (const std::string& bytes : std::vector<std::string>{
             // The first line.
             "", "\n", "c2sp.org/tlog-proof@v1", "c2sp.org/tlog-proof@v2\nindex 5\n\n" + checkpoint,
             "C2SP.org/tlog-proof@v1\nindex 5\n\n" + checkpoint, "\n" + good, " " + good,
             "c2sp.org/tlog-proof@v1\r\nindex 5\n\n" + checkpoint, good.substr(1),
             "index 5\n\n" + checkpoint, checkpoint,
             // The extra line.
             first_line + "extra\nindex 5\n\n" + checkpoint,
             first_line + "extra *\nindex 5\n\n" + checkpoint,
             first_line + "extra eA\nindex 5\n\n" + checkpoint,
             first_line + "extra eA== \nindex 5\n\n" + checkpoint,
             first_line + "extra eA==\nextra eA==\nindex 5\n\n" + checkpoint,
             first_line + "index 5\nextra eA==\n\n" + checkpoint, first_line + "extra eA==\n",
             // The index.
             first_line, first_line + "\n" + checkpoint, first_line + "index\n\n" + checkpoint,
             first_line + "index \n\n" + checkpoint, first_line + "index 05\n\n" + checkpoint,
             first_line + "index -5\n\n" + checkpoint, first_line + "index  5\n\n" + checkpoint,
             first_line + "index 5 \n\n" + checkpoint, first_line + "Index 5\n\n" + checkpoint,
             first_line + "index five\n\n" + checkpoint,
             first_line + "index 18446744073709551616\n\n" + checkpoint,
             first_line + "index 5\nindex 5\n\n" + checkpoint, first_line + "index 5",
             // The path.
             first_line + "index 5\n", first_line + "index 5\n" + hash_lines(3),
             first_line + "index 5\n" + hash_lines(65) + "\n" + checkpoint,
             first_line + "index 5\nbananas\n\n" + checkpoint,
             first_line + "index 5\n" + base64_of(std::string(31, 'a')) + "\n\n" + checkpoint,
             first_line + "index 5\n" + base64_of(std::string(33, 'a')) + "\n\n" + checkpoint,
             first_line + "index 5\n " + hash_lines(1) + "\n" + checkpoint,
             first_line + "index 5\n" + checkpoint}) {
        BOOST_CHECK_THROW(parse_proof_file(bytes), BadNote);
    }
    BOOST_CHECK_THROW(parse_proof_file(good + std::string(std::size_t{2} << 20U, 'a')), BadNote);
}

BOOST_AUTO_TEST_SUITE_END()
