// Logs of which some lines are hidden: their leaf hashes stand in for them.
#include <set>
#include <sstream>

#include <boost/test/unit_test.hpp>

#include "support/signed_log.hpp"
#include "system/replay/proof_fixture.hpp"
#include "tlog/proof_file.hpp"

BOOST_AUTO_TEST_SUITE(hidden_lines_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::testing;
using namespace threatatlas::tlog;
using nlohmann::json;

namespace {

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

BOOST_FIXTURE_TEST_SUITE(hidden_lines, ProofFixture)

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

// Queries about a product do not depend on hidden lines.
BOOST_AUTO_TEST_CASE(queries_are_answered_although_lines_are_hidden) {
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

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
