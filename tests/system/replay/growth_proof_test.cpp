// Proofs that the log extends a kept checkpoint or kept lines, and their verification without the
// server: valid proofs are accepted, and nothing else.
#include <functional>
#include <limits>
#include <sstream>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "base/base64.hpp"
#include "support/made_up_log.hpp"
#include "support/signed_log.hpp"
#include "system/replay/proof_fixture.hpp"
#include "tlog/proof_file.hpp"

BOOST_AUTO_TEST_SUITE(growth_proof_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::testing;
using namespace threatatlas::tlog;
using nlohmann::json;

BOOST_FIXTURE_TEST_SUITE(growth_proof, ProofFixture)

BOOST_AUTO_TEST_CASE(the_response_of_the_server_proves_growth) {
    require_says(check_growth(signed_log().growth), 0,
                 "the log of 632 events extends the checkpoint of 302 events");
}

BOOST_AUTO_TEST_CASE(a_tampered_response_proves_nothing) {
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

BOOST_AUTO_TEST_CASE(a_malformed_response_is_reported) {
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

BOOST_AUTO_TEST_CASE(the_kept_file_must_be_a_checkpoint_signed_by_the_key) {
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

BOOST_AUTO_TEST_CASE(lines_must_match_the_response_and_the_response_the_checkpoint) {
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

BOOST_AUTO_TEST_CASE(faults_of_signatures_are_reported_precisely) {
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
BOOST_AUTO_TEST_CASE(an_export_writes_a_checkpoint) {
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

BOOST_AUTO_TEST_CASE(an_export_of_an_unsigned_log_writes_no_checkpoint) {
    import_into(file("unsigned"), made_up_log());
    const auto lines = file("log.ndjson");
    BOOST_TEST(about(file("unsigned"), {"export", "-o", lines.string()}).exit_code == 0);
    BOOST_TEST(!std::filesystem::exists(lines.string() + ".checkpoint"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
