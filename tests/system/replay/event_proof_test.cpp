// Proofs of single events, and their verification by a person who has only a file and a key: valid
// proofs are accepted, and nothing else.
#include <functional>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "base/base64.hpp"
#include "support/forger.hpp"
#include "support/made_up_log.hpp"
#include "support/random.hpp"
#include "support/signed_log.hpp"
#include "system/replay/proof_fixture.hpp"
#include "tlog/proof_file.hpp"

BOOST_AUTO_TEST_SUITE(event_proof_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::events;
using namespace threatatlas::store;
using namespace threatatlas::testing;
using namespace threatatlas::tlog;
using nlohmann::json;

namespace {

// A different character that is valid in the same place.
char other_than(char character) {
    return character == '1' ? '2' : '1';
}

// The proof file with changed parts.
std::string tampered(const std::string& proof, const std::function<void(ProofFile&)>& change) {
    ProofFile parts = parse_proof_file(proof);
    change(parts);
    return format_proof_file(parts);
}

void flip(Digest& digest) {
    digest[9] ^= 4;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(event_proof, ProofFixture)

BOOST_AUTO_TEST_CASE(every_event_can_be_proven) {
    const std::uint64_t size =
        parse_checkpoint(parse_note(read_file(signed_log().late())).text).size;
    for (const Position position : {Position{1}, Position{2}, Position{256}, Position{257},
                                    Position{512}, Position{513}, size}) {
        const std::string proof = proof_of(position);
        const auto checked = check_proof(proof);
        require_says(checked, 0,
                     fmt::format("proven: this is the event at position {} of {}, in "
                                 "the log of {} events",
                                 position, signed_log().own_key().name(), size));
        // The output also contains the line.
        require_says(checked, 0, fmt::format("\"position\":{},", position));
    }
}

BOOST_AUTO_TEST_CASE(the_program_and_the_server_make_the_same_proof) {
    BOOST_TEST(proof_of(17) == signed_log().proof);
}

BOOST_AUTO_TEST_CASE(the_line_may_come_from_a_file) {
    const std::string proof = proof_of(17);
    const std::string line = parse_proof_file(proof).extra;
    for (const std::string& content : {line, line + "\n"}) {
        require_says(check_proof(proof, {"--event", written("event", content)}), 0, "proven: ");
    }
    for (const std::string& content :
         {line + "\n\n", " " + line, line.substr(1), replaced(line, "high", "low"),
          parse_proof_file(proof_of(18)).extra}) {
        require_says(check_proof(proof, {"--event", written("event", content)}), 1,
                     "NOT PROVEN: the event is not the one at position 17");
    }
    // The line in a proof file is unproven extra data, and is ignored if a file is given.
    const std::string without = tampered(proof, [](ProofFile& parts) { parts.extra = ""; });
    require_says(check_proof(without, {"--event", written("event", line)}), 0, "proven: ");
    require_says(check_proof(without), 2, "give its line with --event FILE");
}

BOOST_AUTO_TEST_CASE(a_proof_may_come_from_stdin) {
    const auto checked = run_program({.arguments = {replay_binary(), "--format", "json",
                                                    "check-proof", "--vkey", signed_log().key, "-"},
                                      .environment = {},
                                      .working_directory = {}},
                                     signed_log().proof);
    BOOST_TEST(checked.exit_code == 0);
    BOOST_TEST(json::parse(checked.out).at("good") == true);
}

BOOST_AUTO_TEST_CASE(a_tampered_proof_proves_nothing) {
    const std::string proof = signed_log().proof;
    const std::size_t path = parse_proof_file(proof).path.size();
    const auto require_not_proven = [&](const std::string& what,
                                        const std::function<void(ProofFile&)>& change) {
        BOOST_TEST_CONTEXT(what) {
            require_says(check_proof(tampered(proof, change)), 1, "NOT PROVEN: ");
        }
    };
    require_not_proven("the event", [](ProofFile& parts) { parts.extra += " "; });
    require_not_proven("the index", [](ProofFile& parts) { ++parts.index; });
    require_not_proven("the index", [](ProofFile& parts) { --parts.index; });
    require_not_proven("the index", [](ProofFile& parts) { parts.index ^= 512; });
    require_not_proven("the index", [](ProofFile& parts) { parts.index = ~std::uint64_t{0}; });
    for (std::size_t i = 0; i < path; ++i) {
        require_not_proven("a node", [i](ProofFile& parts) { flip(parts.path[i]); });
        require_not_proven("a node less", [i](ProofFile& parts) {
            parts.path.erase(parts.path.begin() + static_cast<std::ptrdiff_t>(i));
        });
    }
    require_not_proven("no node", [](ProofFile& parts) { parts.path.clear(); });
    require_not_proven("two nodes swapped",
                       [](ProofFile& parts) { std::swap(parts.path[0], parts.path[1]); });
    require_not_proven("a node more", [](ProofFile& parts) { parts.path.push_back({}); });
    require_not_proven("a node more",
                       [](ProofFile& parts) { parts.path.insert(parts.path.begin(), Digest{}); });
}

BOOST_AUTO_TEST_CASE(a_proof_needs_its_own_checkpoint_and_key) {
    const std::string proof = signed_log().proof;
    const auto with_checkpoint = [&](const std::string& checkpoint) {
        return check_proof(
            tampered(proof, [&](ProofFile& parts) { parts.checkpoint = checkpoint; }));
    };
    const std::string checkpoint = parse_proof_file(proof).checkpoint;
    const Checkpoint true_one = parse_checkpoint(parse_note(checkpoint).text);
    require_says(with_checkpoint(checkpoint), 0, "proven: ");
    // A valid checkpoint of the same log, but of another size.
    require_says(with_checkpoint(read_file(signed_log().early())), 1,
                 "NOT PROVEN: the event is not");
    // Each field changed under the original signature.
    for (const std::string& changed :
         {replaced(checkpoint, "\n632\n", "\n631\n"),
          replaced(checkpoint, true_one.origin + "\n", true_one.origin + "x\n"),
          replaced(checkpoint, base64_of(true_one.root), base64_of(sha256("another root"))),
          replaced(checkpoint, "\n\n", "\nmore\n\n")}) {
        require_says(with_checkpoint(changed), 1, "NOT PROVEN: ");
    }
    // A matching checkpoint signed by other keys.
    const auto forged = [&](const NoteSigner& signer) {
        const std::string text = checkpoint_text({signer.name(), true_one.size, true_one.root});
        return format_note({text, {signer.sign(text)}});
    };
    require_says(with_checkpoint(forged({signed_log().own_key().name(), std::string(32, 'f')})), 1,
                 "NOT PROVEN: it is signed by ");
    require_says(with_checkpoint(forged({"example.com/forged", std::string(32, 'f')})), 1,
                 "NOT PROVEN: this is a checkpoint of example.com/forged");
    for (const NoteSigner& other : {NoteSigner(signed_log().own_key().name(), std::string(32, 'f')),
                                    NoteSigner("example.com/other", std::string(32, 'f'))}) {
        require_says(check_proof(proof, {}, other.vkey()), 1, "NOT PROVEN: ");
        // If two keys are given, both signatures are required.
        require_says(check_proof(proof, {"--vkey", other.vkey()}), 1, "NOT PROVEN: ");
    }
}

// A proof with any changed byte is never accepted.
BOOST_AUTO_TEST_CASE(no_byte_of_a_proof_can_be_changed) {
    Random random(test_seed());
    for (int round = 0; round < 60; ++round) {
        std::string proof = signed_log().proof;
        char& byte = proof[random.below(proof.size())];
        byte = random.chance(50) ? other_than(byte) : static_cast<char>(byte ^ 1);
        const auto checked = check_proof(proof);
        BOOST_TEST((checked.exit_code == 1 || checked.exit_code == 3),
                   checked.out << checked.err << proof);
    }
}

BOOST_AUTO_TEST_CASE(a_malformed_proof_is_reported) {
    const std::string proof = signed_log().proof;
    for (const std::string& broken :
         {std::string(), std::string("x"), proof.substr(1), proof.substr(0, proof.find("\n\n")),
          replaced(proof, "index 16\n", "index 016\n"), replaced(proof, "index 16\n", "index -1\n"),
          replaced(proof, "index 16\n", ""), replaced(proof, "proof@v1", "proof@v2"),
          replaced(proof, "\n\n", "\nnobase64\n\n")}) {
        require_says(check_proof(broken), 3, "given.tlog-proof");
    }
    require_says(run_replay({"check-proof", "--vkey", signed_log().key, file("none").string()}), 3,
                 "cannot be read");
}

BOOST_AUTO_TEST_CASE(a_check_needs_a_key) {
    const std::string proof = written("proof", signed_log().proof);
    require_says(run_replay({"check-proof", proof}), 2, "needs --vkey");
    for (const std::string& key : {std::string("x"), signed_log().key + "x",
                                   signed_log().key.substr(0, signed_log().key.size() - 1),
                                   std::string("PRIVATE+KEY+") + signed_log().key}) {
        require_says(run_replay({"check-proof", "--vkey", key, proof}), 2, "--vkey: ");
    }
}

BOOST_AUTO_TEST_CASE(unprovable_events_are_refused) {
    const auto prove = [&](const std::filesystem::path& data, const std::string& position) {
        return about(data, {"prove", "--position", position});
    };
    require_says(prove(signed_log().data(), "0"), 2, "--position");
    require_says(prove(signed_log().data(), "633"), 2, "--position: the log has 632 events");
    import_into(file("unsigned"), made_up_log());
    require_says(prove(file("unsigned"), "1"), 2, "was never signed");
    // The line differs from the one in the tree.
    copy_directory(signed_log().data(), file("edited"));
    {
        Forger forger(file("edited"));
        std::get<ThreatIdentified>(forger.events[16].data).texts.set(ThreatField::name, "Nothing");
        forger.write_lines();
    }
    require_says(prove(file("edited"), "17"), 3, "run threatatlas-replay verify");
    // All other lines are still proven by the tree.
    BOOST_TEST(prove(file("edited"), "18").exit_code == 0);
    {
        const auto store = Store::open(file("edited"), {});
        store->clear(Table::tiles);
    }
    require_says(prove(file("edited"), "18"), 3, "threatatlas-replay rebuild");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
