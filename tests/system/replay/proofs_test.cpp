// Proofs, and their verification by a person who has only a file and a key: valid proofs are
// accepted, and nothing else.
#include <functional>
#include <limits>
#include <set>
#include <sstream>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "base/base64.hpp"
#include "support/forger.hpp"
#include "support/made_up_log.hpp"
#include "support/random.hpp"
#include "support/signed_log.hpp"
#include "tlog/proof_file.hpp"

BOOST_AUTO_TEST_SUITE(proofs_test)

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

struct Fixture {
    std::filesystem::path file(const std::string& name) const { return directory / name; }
    std::string written(const std::string& name, std::string_view text) const {
        write_file(file(name), text);
        return file(name).string();
    }

    static ProgramResult about(const std::filesystem::path& data,
                               std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {"--data", data.string(), "--format", "table"});
        return run_replay(arguments);
    }
    std::string proof_of(Position position) const {
        const auto made =
            about(signed_log().data(), {"prove", "--position", std::to_string(position)});
        BOOST_TEST_REQUIRE(made.exit_code == 0, made.err);
        return made.out;
    }
    ProgramResult check_proof(std::string_view proof, std::vector<std::string> more = {},
                              const std::string& key = signed_log().key) const {
        more.insert(more.begin(), {"--format", "table", "check-proof", "--vkey", key});
        more.push_back(written("given.tlog-proof", proof));
        return run_replay(more);
    }
    ProgramResult check_growth(std::string_view answer,
                               const std::string& kept = signed_log().early().string(),
                               const std::string& key = signed_log().key) const {
        return run_replay({"--format", "table", "check-growth", "--vkey", key, "--checkpoint", kept,
                           written("growth", answer)});
    }

    const TempDirectory directory;
};

// The proof file with changed parts.
std::string tampered(const std::string& proof, const std::function<void(ProofFile&)>& change) {
    ProofFile parts = parse_proof_file(proof);
    change(parts);
    return format_proof_file(parts);
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    BOOST_TEST_REQUIRE(text.find(from) != std::string::npos);
    return text.replace(text.find(from), from.size(), to);
}

void flip(Digest& digest) {
    digest[9] ^= 4;
}

std::vector<std::string> lines_of(const std::filesystem::path& data) {
    const auto exported = run_replay({"--data", data.string(), "export"});
    BOOST_TEST_REQUIRE(exported.exit_code == 0, exported.err);
    std::istringstream stream(exported.out);
    std::vector<std::string> lines;
    for (std::string line; std::getline(stream, line);) {
        lines.push_back(line);
    }
    return lines;
}

// All lines except those at the hidden positions.
std::string without(const std::vector<std::string>& lines, const std::set<Position>& hidden) {
    std::string text;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        text += hidden.contains(i + 1) ? "" : lines[i] + "\n";
    }
    return text;
}

// Leaf hashes in the format of tiles of level 0.
std::string leaves_of(const std::vector<std::string>& lines) {
    std::string bytes;
    for (const std::string& line : lines) {
        bytes += bytes_of(leaf_digest(line));
    }
    return bytes;
}

// The result without generated_at.
std::string without_time(const std::string& answer) {
    auto json = nlohmann::json::parse(answer);
    if (json.is_object()) {
        json.erase("generated_at");
    }
    return json.dump();
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(proofs_of_events, Fixture)

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

BOOST_AUTO_TEST_CASE(a_proof_that_was_tampered_with_proves_nothing) {
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

BOOST_AUTO_TEST_CASE(a_proof_holds_with_its_own_checkpoint_and_key_alone) {
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

BOOST_AUTO_TEST_CASE(what_is_no_proof_is_said_to_be_none) {
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

BOOST_AUTO_TEST_CASE(what_cannot_be_proven_is_not) {
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

BOOST_FIXTURE_TEST_SUITE(growth, Fixture)

BOOST_AUTO_TEST_CASE(the_servers_answer_proves_growth) {
    require_says(check_growth(signed_log().growth), 0,
                 "the log of 632 events extends the checkpoint of 302 events");
}

BOOST_AUTO_TEST_CASE(an_answer_that_was_tampered_with_proves_nothing) {
    const json answer = json::parse(signed_log().growth);
    const auto changed = [&](const std::function<void(json&)>& change) {
        json other = answer;
        change(other);
        return other.dump();
    };
    const std::string any = base64_of(sha256("any"));
    const std::string not_proven =
        "NOT PROVEN: the response does not prove that the log of 632 events extends its first 302";
    require_says(check_growth(changed([&](json& other) { other["root"] = any; })), 1, not_proven);
    for (std::size_t i = 0; i < answer.at("proof").size(); ++i) {
        require_says(check_growth(changed([&](json& other) { other["proof"][i] = any; })), 1,
                     not_proven);
        require_says(check_growth(changed([&](json& other) { other["proof"].erase(i); })), 1,
                     not_proven);
    }
    require_says(check_growth(changed([&](json& other) { other["proof"].push_back(any); })), 1,
                 not_proven);
    require_says(check_growth(changed([](json& other) { other["proof"].clear(); })), 1, not_proven);
    // The current checkpoint is changed, forged, or missing.
    const std::string checkpoint = answer.at("checkpoint");
    const Checkpoint now = parse_checkpoint(parse_note(checkpoint).text);
    const NoteSigner forger(now.origin, std::string(32, 'f'));
    const std::string text = checkpoint_text(now);
    for (const std::string& other :
         {replaced(checkpoint, "\n632\n", "\n633\n"),
          replaced(checkpoint, base64_of(now.root), any), format_note({text, {forger.sign(text)}}),
          text, std::string()}) {
        require_says(check_growth(changed([&](json& one) { one["checkpoint"] = other; })), 1,
                     "NOT PROVEN: ");
    }
    // The response is about a different size than the kept checkpoint.
    require_says(check_growth(changed([](json& other) { other["size"] = 301; })), 2,
                 "ask for /api/proof/root?size=302");
}

BOOST_AUTO_TEST_CASE(what_is_no_answer_is_said_to_be_none) {
    const json answer = json::parse(signed_log().growth);
    for (const auto& [member, value] : answer.items()) {
        json without = answer;
        without.erase(member);
        require_says(check_growth(without.dump()), 3, "is not a response of GET /api/proof/root");
        json other = answer;
        other[member] = {{"x", 1}};
        require_says(check_growth(other.dump()), 3, "is not a response of GET /api/proof/root");
    }
    require_says(check_growth("{"), 3, "is not a response of GET /api/proof/root");
    require_says(check_growth(""), 3, "cannot be read");
}

BOOST_AUTO_TEST_CASE(what_was_kept_must_be_a_checkpoint_by_the_key) {
    const std::string kept = read_file(signed_log().early());
    for (const std::string& broken :
         {std::string(), std::string("x"), replaced(kept, "\n302\n", "\n303\n"),
          replaced(kept, "\n\n", "\n")}) {
        require_says(check_growth(signed_log().growth, written("kept", broken)), 3, "kept");
        require_says(about(signed_log().data(), {"verify", "--checkpoint", file("kept").string(),
                                                 "--vkey", signed_log().key}),
                     3, "kept");
    }
    const NoteSigner other(signed_log().own_key().name(), std::string(32, 'f'));
    require_says(check_growth(signed_log().growth, signed_log().early().string(), other.vkey()), 3,
                 ", but not by the given key, ");
    const std::string growth = written("growth", signed_log().growth);
    require_says(
        run_replay({"check-growth", "--checkpoint", signed_log().early().string(), growth}), 2,
        "needs --vkey");
    require_says(run_replay({"check-growth", "--vkey", signed_log().key, growth}), 2,
                 "needs --checkpoint");
}

BOOST_AUTO_TEST_CASE(lines_need_no_checkpoint_of_their_size) {
    const std::string growth = written("growth", signed_log().growth);
    const std::string good = fmt::format(
        "proven: the first 302 lines are the first 302 events of {}, in the log of 632 "
        "events",
        signed_log().own_key().name());
    const auto check = [&](std::vector<std::string> more) {
        more.insert(more.begin(),
                    {"--format", "table", "check-growth", "--vkey", signed_log().key});
        more.push_back(growth);
        return run_replay(more);
    };
    const auto early = file("early.ndjson");
    const auto late = file("late.ndjson");
    BOOST_TEST(about(signed_log().backup(), {"export", "-o", early.string()}).exit_code == 0);
    BOOST_TEST(about(signed_log().data(), {"export", "-o", late.string()}).exit_code == 0);
    const std::string lines = read_file(early);
    // The same lines, more lines, or a directory; the last newline does not matter.
    for (const std::vector<std::string>& source : std::vector<std::vector<std::string>>{
             {"--events", early.string()},
             {"--events", late.string()},
             {"--events", written("cut", lines.substr(0, lines.size() - 1))},
             {"--data", signed_log().backup().string()},
             {"--data", signed_log().data().string()}}) {
        require_says(check(source), 0, good);
        auto both = source;
        both.insert(both.end(), {"--checkpoint", signed_log().early().string()});
        require_says(check(both), 0, good);
        require_says(check(both), 0, "the log of 632 events extends the checkpoint of 302");
    }

    // Different lines.
    const std::size_t second = lines.find('\n') + 1;
    const std::size_t third = lines.find('\n', second) + 1;
    const std::string one = lines.substr(second, third - second);
    const std::string first = lines.substr(0, second);
    const std::string rest = lines.substr(third);
    for (const std::string& other :
         {replaced(lines, "Spoofing 4", "Nothing  4"), one + first + rest, first + one + one + rest,
          "\n" + lines, replaced(read_file(late), "Spoofing 299", "Nothing  299")}) {
        const std::vector<std::string> source{"--events", written("other", other)};
        require_says(check(source), 1,
                     "NOT PROVEN: the first 302 lines are not the first 302 events of ");
        auto both = source;
        both.insert(both.end(), {"--checkpoint", signed_log().early().string()});
        require_says(check(both), 1, "NOT PROVEN: the first 302 lines");
    }
    // Lines after them are ignored.
    require_says(check({"--events", written("other", lines + "whatever\n")}), 0, good);

    // Missing lines are not a contradiction.
    for (const auto& [few, missing] : std::vector<std::pair<std::string, std::string>>{
             {first + rest, "1 of them, at positions 2:"},
             {one + rest, "1 of them, at positions 1:"},
             {first, "301 of them, at positions 2 to 302:"},
             {std::string(), "302 of them, at positions 1 to 302:"}}) {
        require_says(check({"--events", written("few", few)}), 2,
                     fmt::format("is about 302 events, but {} lacks {} get those lines",
                                 file("few").string(), missing));
    }
    require_says(check({"--events", file("none").string()}), 3, "cannot be read");
}

BOOST_AUTO_TEST_CASE(lines_are_held_against_the_answer_and_the_answer_against_the_checkpoint) {
    const auto lines = file("early.ndjson");
    BOOST_TEST(about(signed_log().backup(), {"export", "-o", lines.string()}).exit_code == 0);
    const auto check = [&](std::string_view answer, const std::string& events,
                           const std::string& key = signed_log().key) {
        return run_replay({"--events", events, "--format", "table", "check-growth", "--vkey", key,
                           written("growth", answer)});
    };
    const json answer = json::parse(signed_log().growth);
    const auto changed = [&](const std::function<void(json&)>& change) {
        json other = answer;
        change(other);
        return other.dump();
    };
    const std::string not_grown =
        "NOT PROVEN: the response does not prove that the log of 632 events extends its first ";
    require_says(check(signed_log().growth, lines.string()), 0, "proven: ");
    // A root that matches other lines, but is inconsistent with the checkpoint.
    const std::string edited = replaced(read_file(lines), "Spoofing 4", "Nothing  4");
    MerkleFrontier tree;
    std::istringstream stream(edited);
    for (std::string line; std::getline(stream, line);) {
        tree.append(leaf_digest(line), [](unsigned, std::uint64_t, const Digest&) {});
    }
    BOOST_TEST(tree.size() == 302U);
    require_says(check(changed([&](json& other) { other["root"] = base64_of(tree.root()); }),
                       written("edited", edited)),
                 1, not_grown + "302");
    for (std::size_t i = 0; i < answer.at("proof").size(); ++i) {
        require_says(check(changed([&](json& other) { other["proof"].erase(i); }), lines.string()),
                     1, not_grown + "302");
    }
    for (const std::uint64_t size : {0U, 1U, 301U, 303U, 633U}) {
        require_says(check(changed([&](json& other) { other["size"] = size; }), lines.string()), 1,
                     not_grown + std::to_string(size));
    }
    const NoteSigner other_key(signed_log().own_key().name(), std::string(32, 'f'));
    require_says(check(signed_log().growth, lines.string(), other_key.vkey()), 1,
                 "NOT PROVEN: it is signed by ");
    require_says(check("{", lines.string()), 3, "is not a response of GET /api/proof/root");
    require_says(run_replay({"--events", lines.string(), "check-growth", file("growth").string()}),
                 2, "needs --vkey");
    require_says(run_replay({"--events", "-", "check-growth", "-", "--vkey", signed_log().key}), 2,
                 "cannot both come from stdin");
    // Either of them may be read from stdin.
    const auto piped = [&](std::vector<std::string> arguments, const std::string& input) {
        arguments.insert(arguments.begin(), {replay_binary(), "--format", "json", "check-growth",
                                             "--vkey", signed_log().key});
        const auto checked = run_program(
            {.arguments = arguments, .environment = {}, .working_directory = {}}, input);
        BOOST_TEST(checked.exit_code == 0, checked.out << checked.err);
        BOOST_TEST(json::parse(checked.out).at("good") == true);
    };
    piped({"--events", lines.string(), "-"}, signed_log().growth);
    piped({"--events", "-", written("growth", signed_log().growth)}, read_file(lines));
}

BOOST_AUTO_TEST_CASE(hidden_lines_are_given_as_leaf_hashes) {
    const auto all = lines_of(signed_log().data());
    const std::string leaves = written("leaves", leaves_of(all));
    const std::string growth = written("growth", signed_log().growth);
    const auto check = [&](const std::string& lines, const std::string& leaf_hashes,
                           std::vector<std::string> more) {
        more.insert(more.begin(),
                    {"--events", written("lines", lines), "--leaves", leaf_hashes, "--format",
                     "table", "check-growth", "--vkey", signed_log().key});
        return run_replay(more);
    };
    const std::string partial = without(all, {1, 17, 18, 302, 303});
    require_says(check(partial, leaves, {growth}), 0,
                 "proven: the first 302 lines are the first 302 events of ");
    require_says(check(partial, leaves, {growth}), 0,
                 "of 4 of them only the leaf hashes are known, at positions 1, 17, 18, 302");
    require_says(run_replay({"--events", file("lines").string(), "check-growth", "--vkey",
                             signed_log().key, growth}),
                 2, "lacks 4 of them, at positions 1, 17, 18, 302: get those lines");
    // With all lines, and without any.
    require_says(check(without(all, {}), leaves, {growth}), 0, "proven: ");
    require_says(check({}, leaves, {growth}), 0, "of 302 of them only the leaf hashes are known");

    // A different line, and a different leaf hash.
    require_says(check(replaced(partial, "Spoofing 4", "Nothing  4"), leaves, {growth}), 1,
                 "line 6 is not the line at position 7: its leaf hash differs");
    std::string other = leaves_of(all);
    other[16 * digest_bytes] ^= 1;
    require_says(check(partial, written("other", other), {growth}), 1,
                 "NOT PROVEN: the first 302 lines are not the first 302 events of ");
    other = leaves_of(all);
    other[17 * digest_bytes] ^= 1;
    require_says(check(without(all, {1}), written("other", other), {growth}), 1,
                 "line 17 is not the line at position 18: its leaf hash differs");

    // Leaf hashes that end too early, or are malformed.
    const std::string few = written("few", leaves_of(all).substr(0, 100 * digest_bytes));
    require_says(check(partial, few, {growth}), 2, "lacks 1 of them, at positions 302: ");
    require_says(check(partial, written("cut", "x"), {growth}), 3, "must contain leaf hashes");
    require_says(check(partial, file("none").string(), {growth}), 3, "cannot be read");

    // With only the kept checkpoint, without a response of the server.
    const std::vector<std::string> kept{"--checkpoint", signed_log().early().string()};
    require_says(check(partial, leaves, kept), 0, "as covered by the checkpoint; of 4 of them");
    require_says(check(replaced(partial, "Spoofing 4", "Nothing  4"), leaves, kept), 1,
                 "NOT PROVEN: the first 302 lines are not the first 302 events of ");
    require_says(run_replay({"check-growth", "--vkey", signed_log().key, "--checkpoint",
                             signed_log().early().string()}),
                 2, "needs a response of GET /api/proof/root?size=N, or both lines and");
    require_says(run_replay({"--data", signed_log().backup().string(), "check-growth", "--vkey",
                             signed_log().key, "--checkpoint", signed_log().early().string()}),
                 0, "proven");
}

// The time needed depends on the existing lines, not on the size in the checkpoint.
BOOST_AUTO_TEST_CASE(a_checkpoint_may_name_any_size) {
    const NoteSigner own = signed_log().own_key();
    const auto check = [&](std::uint64_t size) {
        const std::string text = checkpoint_text({own.name(), size, sha256("any")});
        return run_replay({"--data", signed_log().backup().string(), "check-growth", "--vkey",
                           signed_log().key, "--checkpoint",
                           written("kept", format_note({text, {own.sign(text)}}))});
    };
    require_says(check(1'000'000'000'000'000'000), 2,
                 "lacks 999999999999999698 of them, at positions 303 to 1000000000000000000: ");
    require_says(check(std::numeric_limits<std::uint64_t>::max()), 2,
                 "at positions 303 to 18446744073709551615: ");
}

// Queries about a product do not depend on hidden lines.
BOOST_AUTO_TEST_CASE(questions_are_answered_although_lines_are_hidden) {
    const auto all = lines_of(signed_log().data());
    const std::string whole = written("whole", without(all, {}));
    const std::string leaves = written("leaves", leaves_of(all));
    // Lines about tokens are hidden.
    BOOST_TEST_REQUIRE(json::parse(all[0]).at("source") == "/api/api-tokens");
    const std::string partial = written("partial", without(all, {1}));
    for (const std::vector<std::string>& question : std::vector<std::vector<std::string>>{
             {"posture", "--product", "1", "--at-position", "302"},
             {"gate", "--product", "1", "--fail-on-unmitigated-high"},
             {"threats", "--product", "1"},
             {"report", "--product", "1", "--format", "json"}}) {
        const auto ask = [&](std::vector<std::string> source) {
            source.insert(source.end(), question.begin(), question.end());
            return run_replay(source);
        };
        const auto expected = ask({"--events", whole});
        const auto found = ask({"--events", partial, "--leaves", leaves});
        BOOST_TEST(found.exit_code == expected.exit_code, found.err);
        BOOST_TEST((without_time(found.out) == without_time(expected.out)));
        require_says(ask({"--events", partial}), 3, "position 2 instead of 1");
        require_says(ask({"--events", partial}), 3, "--leaves");
    }
    const auto at_end = [&](const std::string& lines, const std::string& position) {
        return run_replay({"--events", written("lines", lines), "--leaves", leaves, "posture",
                           "--product", "1", "--at-position", position});
    };
    // The log ends with the last leaf hash, whether or not the last lines are hidden.
    require_says(at_end(without(all, {1, 632}), "632"), 0, "total_threats");
    require_says(at_end(without(all, {1, 632}), "633"), 2, "the end of the log, 632");
    require_says(at_end(replaced(without(all, {1}), "Spoofing 4", "Nothing  4"), "632"), 3,
                 "line 6: this is not the line at position 7: its leaf hash differs");
    // Lines after the leaf hashes must be complete.
    const std::string few = written("few", leaves_of(all).substr(0, 100 * digest_bytes));
    require_says(run_replay({"--events", partial, "--leaves", few, "posture", "--product", "1"}), 0,
                 "total_threats");
    require_says(run_replay({"--events", written("lines", without(all, {1, 200})), "--leaves", few,
                             "posture", "--product", "1"}),
                 3, "position 201 instead of 200");
    for (const char* command : {"export", "verify"}) {
        require_says(run_replay({"--events", partial, "--leaves", leaves, command}), 2,
                     "--leaves: ");
    }
    BOOST_TEST(run_replay({"--data", signed_log().data().string(), "--leaves", leaves, "posture",
                           "--product", "1"})
                   .exit_code == 2);
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_a_signature_is_said_precisely) {
    const std::string kept = read_file(signed_log().early());
    const std::string text = kept.substr(0, kept.find("\n\n") + 1);
    const auto with = [&](const std::string& note) {
        return check_growth(signed_log().growth, written("kept", note));
    };
    const NoteSigner other_key(signed_log().own_key().name(), std::string(32, 'f'));
    const NoteSigner other_log("example.com/other", std::string(32, 'f'));
    for (const std::string& note : {text, text + "\n"}) {
        require_says(with(note), 3, "kept: it has no signature");
    }
    require_says(with(format_note({text, {other_key.sign(text)}})), 3,
                 fmt::format("kept: it is signed by {}, but not by the given key, {}",
                             key_text(other_key), key_text(signed_log().own_key())));
    require_says(with(replaced(kept, "\n302\n", "\n303\n")), 3, "kept: invalid signature by ");
    const std::string other_text =
        replaced(text, signed_log().own_key().name() + "\n", "example.com/other\n");
    require_says(with(format_note({other_text, {other_log.sign(other_text)}})), 3,
                 "kept: this is a checkpoint of example.com/other, but the key belongs to ");
    // The right key does not sign for a log of another name.
    const NoteSigner own = signed_log().own_key();
    require_says(with(format_note({other_text, {own.sign(other_text)}})), 3,
                 "kept: this is a checkpoint of example.com/other");
    require_says(with(replaced(kept, "\n\n", "\n")), 3, "an empty line and signatures");
}

// An export writes a checkpoint next to the lines, so that they can be verified anywhere.
BOOST_AUTO_TEST_CASE(an_export_leaves_a_checkpoint_to_keep) {
    const auto lines = file("log.ndjson");
    BOOST_TEST(about(signed_log().backup(), {"export", "-o", lines.string()}).exit_code == 0);
    const std::string kept = lines.string() + ".checkpoint";
    BOOST_TEST(read_file(kept) == read_file(signed_log().early()));
    require_says(check_growth(signed_log().growth, kept), 0, "extends the checkpoint of 302");
    require_says(
        about(signed_log().data(), {"verify", "--checkpoint", kept, "--vkey", signed_log().key}), 0,
        "the log extends the checkpoint of 302 events");

    // The lines can be imported elsewhere and are still verified by the checkpoint.
    const auto imported = file("imported");
    BOOST_TEST(about(imported, {"import", lines.string()}).exit_code == 0);
    require_says(about(imported, {"verify", "--checkpoint", kept}), 0, "the log extends");
    std::string edited = read_file(lines);
    write_file(lines, replaced(edited, "Spoofing 4", "Nothing  4"));
    const auto other = file("other");
    BOOST_TEST(about(other, {"import", lines.string()}).exit_code == 3);
    BOOST_TEST(about(other, {"import", lines.string(), "--ignore-checkpoint"}).exit_code == 0);
    require_says(about(other, {"verify", "--checkpoint", kept}), 1, "REWRITTEN: ");
}

BOOST_AUTO_TEST_CASE(an_export_of_a_log_that_was_never_signed_leaves_none) {
    import_into(file("unsigned"), made_up_log());
    const auto lines = file("log.ndjson");
    BOOST_TEST(about(file("unsigned"), {"export", "-o", lines.string()}).exit_code == 0);
    BOOST_TEST(!std::filesystem::exists(lines.string() + ".checkpoint"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
