// Checkpoints, tiles, entries and proofs served over HTTP, verified with the lines, the key and
// src/tlog.
#include <atomic>
#include <fstream>
#include <thread>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "base/base64.hpp"
#include "events/event_log.hpp"
#include "events/store/keys.hpp"
#include "support/api_fixture.hpp"
#include "support/grown_tree.hpp"
#include "tlog/attestation_key.hpp"
#include "tlog/checkpoint.hpp"
#include "tlog/note_keys.hpp"
#include "tlog/proof_file.hpp"
#include "tlog/tile.hpp"

BOOST_AUTO_TEST_SUITE(api_proof_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::store;
using namespace threatatlas::testing;
using namespace threatatlas::tlog;
using nlohmann::json;

namespace {

struct Proven {
    std::uint64_t size = 0;
    Digest root{};
};

Digest digest_in(const json& text) {
    return digest_of_base64(text.get<std::string>()).value();
}
Proven proven_in(const json& object) {
    return {object.at("size"), digest_in(object.at("root"))};
}
std::vector<Digest> proof_in(const json& object) {
    std::vector<Digest> proof;
    for (const json& node : object.at("proof")) {
        proof.push_back(digest_in(node));
    }
    return proof;
}

// A log with the events of two products.
struct Proofs : ApiFixture {
    Proofs() {
        for (const char* name : {"one", "two"}) {
            made("POST", "/api/products", {{"name", name}});
        }
        key = get("/api/proof/key").body;
        key.pop_back();
    }

    void identify(int product, std::uint64_t count) const {
        std::string lines;
        for (std::uint64_t i = 0; i < count; ++i) {
            lines += R"({"type":"threat.identified","data":{"name":"Spoofing"}})"
                     "\n";
        }
        const Answer answer = ask("POST", fmt::format("/api/products/{}/events", product),
                                  {.body = lines, .type = "application/x-ndjson"});
        if (answer.status / 100 != 2) {
            throw std::runtime_error(answer.body);
        }
    }
    // Adds events up to this log size, in groups of random size, alternating between the products.
    void grow(std::uint64_t events) {
        int product = 1;
        for (std::uint64_t size = checkpoint().size; size < events; size = checkpoint().size) {
            identify(product, random.between(1, std::min<std::uint64_t>(40, events - size)));
            product = 3 - product;
        }
    }

    Checkpoint checkpoint() const { return checkpoint_in(get("/checkpoint").body); }
    // Requires that the checkpoint is signed by the log.
    Checkpoint checkpoint_in(const std::string& note) const {
        const Note parsed = parse_note(note);
        static_cast<void>(require_signed(parsed, {NoteVerifier(key)}));
        return parse_checkpoint(parsed.text);
    }
    // All lines of the log, from position 1.
    std::vector<std::string> lines() const {
        std::vector<std::string> all;
        for (bool more = true; more;) {
            std::istringstream page(
                get(fmt::format("/api/events?limit=1000&after={}", all.size())).body);
            more = false;
            for (std::string line; std::getline(page, line); more = true) {
                all.push_back(line);
            }
        }
        return all;
    }
    static std::string bundle_of(const std::vector<std::string>& lines, const TileName& name) {
        std::string bundle;
        for (std::size_t i = 0; i < name.width; ++i) {
            append_entry(bundle, lines.at(name.index * tile_width + i));
        }
        return bundle;
    }

    std::string key;
    Random random{test_seed()};
};

// Widths to request of a tile with this many nodes.
std::vector<unsigned> widths_up_to(unsigned width) {
    std::vector<unsigned> widths{1};
    for (const unsigned one : {2U, width / 2, width - 1, width}) {
        if (one > widths.back()) {
            widths.push_back(one);
        }
    }
    return widths;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(proofs, Proofs)

BOOST_AUTO_TEST_CASE(the_checkpoint_covers_all_lines) {
    for (const std::uint64_t events : {10U, 256U, 300U}) {
        grow(events);
        const Answer answer = get("/checkpoint");
        BOOST_TEST(answer.status == 200);
        BOOST_TEST(answer.header("Content-Type") == "text/plain; charset=utf-8");
        const Checkpoint checkpoint = checkpoint_in(answer.body);
        const std::vector<std::string> all = lines();
        BOOST_TEST(checkpoint.size == all.size());
        BOOST_CHECK(checkpoint.root == GrownTree(all).frontier().root());
        BOOST_TEST(checkpoint.origin == NoteVerifier(key).name());
    }
    // Checkpoint and key are the same after a restart.
    const std::string before = get("/checkpoint").body;
    stop();
    start();
    BOOST_TEST(get("/checkpoint").body == before);
    BOOST_TEST(get("/api/proof/key").body == key + "\n");
}

BOOST_AUTO_TEST_CASE(every_token_gets_the_key_of_attestations) {
    std::ifstream file(data() / "attestation-key");
    const std::string pem{std::istreambuf_iterator<char>(file), {}};
    const std::string public_key = AttestationKey::parse(pem).public_key_pem();
    for (const char* role : {"gate", "monitor", "auditor", "editor", "admin", "approver"}) {
        const Answer answer = get("/api/attestation-key", issue_role(role));
        BOOST_TEST(answer.status == 200);
        BOOST_TEST(answer.header("Content-Type") == "application/x-pem-file");
        BOOST_TEST(answer.body == public_key);
    }
    BOOST_TEST(ask("GET", "/api/attestation-key", {.with_token = false}).status == 401);
    BOOST_TEST(get("/api/attestation-key?format=der").status == 422);
    stop();
    start();
    BOOST_TEST(get("/api/attestation-key").body == public_key);
}

BOOST_AUTO_TEST_CASE(all_tiles_and_bundles_match_the_lines) {
    grow(600);
    const std::vector<std::string> all = lines();
    const GrownTree tree(all);
    std::vector<TileName> names;
    for (unsigned level = 0; level < 2; ++level) {
        for (std::uint64_t index = 0; tile_width_in(level, index, all.size()) > 0; ++index) {
            for (const unsigned width : widths_up_to(tile_width_in(level, index, all.size()))) {
                names.push_back({level, index, width});
                if (level == 0) {
                    names.push_back({std::nullopt, index, width});
                }
            }
        }
    }
    BOOST_TEST(names.size() > 30U);
    for (const TileName& name : names) {
        const Answer answer = get("/" + tile_path(name));
        BOOST_TEST_REQUIRE(answer.status == 200, tile_path(name) << answer.body);
        BOOST_TEST(answer.header("Content-Type") == "application/octet-stream");
        BOOST_TEST(answer.header("Cache-Control") == "private, max-age=31536000, immutable");
        BOOST_TEST((answer.body == (name.level ? tree.tile(*name.level, name.index, name.width)
                                               : bundle_of(all, name))),
                   tile_path(name));
    }
}

// A partial tile remains available at its width after the tile has grown.
BOOST_AUTO_TEST_CASE(a_growing_tile_keeps_its_prefix) {
    grow(200);
    const std::string tile = get("/tile/0/000.p/200").body;
    const std::string bundle = get("/tile/entries/000.p/200").body;
    for (const std::uint64_t events : {230U, 256U, 257U, 600U}) {
        grow(events);
        BOOST_TEST((get("/tile/0/000.p/200").body == tile));
        BOOST_TEST((get("/tile/entries/000.p/200").body == bundle));
    }
    BOOST_TEST((get("/tile/0/000").body.starts_with(tile)));
    BOOST_TEST((get("/tile/entries/000").body.starts_with(bundle)));
}

BOOST_AUTO_TEST_CASE(a_missing_tile_is_404) {
    grow(600);
    for (const std::string path : {"0/002.p/89",
                                   "0/002.p/255",
                                   "0/002",
                                   "0/003",
                                   "0/003.p/1",
                                   "0/x001/000",
                                   "1/000.p/3",
                                   "1/000",
                                   "1/001.p/1",
                                   "2/000.p/1",
                                   "7/000.p/1",
                                   "8/000.p/1",
                                   "63/000",
                                   "entries/002.p/89",
                                   "entries/002",
                                   "entries/003.p/1",
                                   "entries/x001/000.p/1",
                                   "0/x018/x446/x744/x073/x709/x551/615",
                                   "entries/x018/x446/x744/x073/x709/x551/615.p/1",
                                   "entries/x072/x057/x594/x037/x927/935.p/1"}) {
        const Answer answer = get("/tile/" + path);
        BOOST_TEST(answer.status == 404, path);
        BOOST_TEST(answer.header("Content-Type") == "application/problem+json");
        BOOST_TEST(answer.header("Cache-Control").find("immutable") == std::string::npos);
    }
    for (const std::string path : {"",
                                   "0",
                                   "0/",
                                   "0/0",
                                   "0/00",
                                   "0/0000",
                                   "0/x000",
                                   "0/x000/000",
                                   "0/001/000",
                                   "0/x001/00",
                                   "00/000",
                                   "64/000",
                                   "-1/000",
                                   "+0/000",
                                   "x/000",
                                   "0/000/",
                                   "0/000.p",
                                   "0/000.p/",
                                   "0/000.p/0",
                                   "0/000.p/01",
                                   "0/000.p/256",
                                   "0/000.p/-1",
                                   "0/000.p/1/",
                                   "0//000",
                                   "0/000.P/1",
                                   "entries",
                                   "entries/",
                                   "entries/0",
                                   "entries/000.p/0",
                                   "Entries/000",
                                   "0/x999/x999/x999/x999/x999/x999/x999/999",
                                   "0/..",
                                   "0/%2e%2e",
                                   "0/000%00"}) {
        const int status = get("/tile/" + path).status;
        BOOST_TEST((status == 404 || status == 400), path << " " << status);
    }
    BOOST_TEST(get("/tile/0/000?x=1").status == 422);
    BOOST_TEST(get("/checkpoint?x=1").status == 422);
}

BOOST_AUTO_TEST_CASE(rights_to_read_proofs) {
    grow(20);
    const auto status = [&](const std::string& target, const std::string& token) {
        return ask("GET", target, {.token = token}).status;
    };
    const std::string tile = "/tile/0/000.p/3";
    const std::string entries = "/tile/entries/000.p/3";
    const std::vector<std::string> hashes{"/checkpoint", "/api/proof/key", "/api/proof/root?size=3",
                                          "/api/proof/consistency?from=3"};
    for (const std::string role : {"gate", "monitor", "editor", "auditor", "admin"}) {
        const std::string token = issue_role(role);
        BOOST_TEST(status(tile, token) == (role == "auditor" || role == "admin" ? 200 : 403), role);
        BOOST_TEST(status(entries, token) == (role == "admin" ? 200 : 403), role);
        for (const std::string& target : hashes) {
            BOOST_TEST(status(target, token) == 200, role << " " << target);
        }
    }
    // A token for one product may read hashes, but no tiles.
    const std::string token =
        issue({{"name", "auditor of one"}, {"role", "auditor"}, {"product_ids", {1}}});
    for (const std::string& target : {tile, entries}) {
        BOOST_TEST(status(target, token) == 403, target);
    }
    for (const std::string& target : hashes) {
        BOOST_TEST(status(target, token) == 200, target);
    }
    for (const std::string& target : {tile, hashes[0], hashes[2]}) {
        BOOST_TEST(ask("GET", target, {.with_token = false}).status == 401, target);
    }
}

// Lines about tokens are for admins only, in every response. What an auditor may read is enough to
// compute the root.
BOOST_AUTO_TEST_CASE(an_auditor_can_compute_the_root_without_lines_about_tokens) {
    const std::string auditor = issue_role("auditor");
    grow(300);
    issue_role("gate");
    const Checkpoint now = checkpoint();
    std::vector<std::string> seen;
    for (const json& line : get("/api/events?limit=1000", auditor).lines()) {
        seen.push_back(line.at("source"));
    }
    BOOST_TEST(std::count(seen.begin(), seen.end(), "/api/api-tokens") == 0);
    BOOST_TEST(seen.size() < now.size);
    const Answer refused = get("/tile/entries/000", auditor);
    BOOST_TEST(refused.status == 403);

    std::istringstream lines(get("/api/events?limit=1000", auditor).body);
    std::string leaves = get("/tile/0/000", auditor).body;
    leaves += get(fmt::format("/tile/0/001.p/{}", now.size - tile_width), auditor).body;
    std::string line;
    std::getline(lines, line);
    MerkleFrontier tree;
    for (Position position = 1; position <= now.size; ++position) {
        Digest leaf = digest_of_bytes(leaves.substr(tree.size() * digest_bytes, digest_bytes));
        if (lines && json::parse(line).at("position") == position) {
            BOOST_TEST((leaf == leaf_digest(line)));
            leaf = leaf_digest(line);
            std::getline(lines, line);
        }
        tree.append(leaf, [](unsigned, std::uint64_t, const Digest&) {});
    }
    BOOST_TEST(!lines);
    BOOST_TEST((tree.root() == now.root));
}

BOOST_AUTO_TEST_CASE(an_auditor_of_one_product_gets_only_its_proofs) {
    made("PATCH", "/api/products/2", {{"description", "SECRET of two"}});
    grow(300);
    const std::string token =
        issue({{"name", "auditor of one"}, {"role", "auditor"}, {"product_ids", {1}}});
    const std::vector<std::string> all = lines();
    std::size_t proven = 0;
    for (Position position = 1; position <= all.size(); ++position) {
        const json event = json::parse(all[position - 1]);
        const bool is_ones = event.at("source") == "/api/products/1";
        const Answer answer = get(fmt::format("/api/products/1/events/{}/proof", position), token);
        BOOST_TEST_REQUIRE(answer.status == (is_ones ? 200 : 404), position << answer.body);
        BOOST_TEST(answer.body.find("SECRET") == std::string::npos);
        if (is_ones) {
            const ProofFile proof = parse_proof_file(answer.body);
            const Checkpoint checkpoint = checkpoint_in(proof.checkpoint);
            BOOST_TEST(proof.index == position - 1);
            BOOST_TEST(proof.extra == all[position - 1]);
            BOOST_TEST(proves_inclusion(proof.index, checkpoint.size, leaf_digest(proof.extra),
                                        proof.path, checkpoint.root));
            ++proven;
        }
        // The other product does not exist for this token.
        BOOST_TEST(get(fmt::format("/api/products/2/events/{}/proof", position), token).status ==
                   get("/api/products/2", token).status);
    }
    // Groups alternate between the products and have at most 40 events, so 300 events contain at
    // least three groups of each product.
    BOOST_TEST(proven >= 3U);
    BOOST_TEST(proven <= all.size() - 3);
    for (const std::string position : {"0", "99999", "18446744073709551615"}) {
        BOOST_TEST(get("/api/products/1/events/" + position + "/proof", token).status == 404,
                   position);
    }
    for (const std::string position : {"-1", "x", "18446744073709551616", "01"}) {
        const int status = get("/api/products/1/events/" + position + "/proof", token).status;
        BOOST_TEST((status == 404 || status == 422), position << " " << status);
    }
    BOOST_TEST(get("/api/products/99/events/1/proof").status == 404);
    BOOST_TEST(get("/api/products/0/events/1/proof").status == 404);
}

// The tree is unchanged, so the server starts and all other requests succeed.
BOOST_AUTO_TEST_CASE(a_line_that_differs_from_the_tree_is_not_proven) {
    grow(300);
    const auto proof_of = [&](int product, Position position, const std::string& token = {}) {
        return get(fmt::format("/api/products/{}/events/{}/proof", product, position), token);
    };
    const std::vector<std::string> all = lines();
    std::vector<Position> ones;
    for (Position position = 1; position <= all.size(); ++position) {
        if (json::parse(all[position - 1]).at("source") == "/api/products/1") {
            ones.push_back(position);
        }
    }
    const Position edited = ones.at(ones.size() / 2);
    const Position moved = ones.at(ones.size() / 2 + 1);
    const Position whole = ones.at(ones.size() / 2 + 2);
    const std::string token =
        issue({{"name", "auditor of one"}, {"role", "auditor"}, {"product_ids", {1}}});
    const auto with = [&](Position position, std::string_view from, std::string_view to) {
        std::string line = all[position - 1];
        return line.replace(line.find(from), from.size(), to);
    };
    stop();
    {
        const auto store = Store::open(data(), {});
        const auto put = [&](Position position, const std::string& line) {
            RowBatch batch(*store);
            batch.put(Table::events, be64_key(position), line);
            store->write(batch);
        };
        put(edited, with(edited, "Spoofing", "Nothing!"));
        put(moved, with(moved, "/api/products/1", "/api/products/2"));
    }
    start();
    for (const Position position : {edited, moved}) {
        for (const Answer& answer : {proof_of(1, position), proof_of(1, position, token)}) {
            BOOST_TEST(answer.status == 503, answer.body);
            BOOST_TEST(answer.header("Content-Type") == "application/problem+json");
            BOOST_TEST(answer.header("Content-Disposition") == "");
        }
        BOOST_TEST(log().find(fmt::format("the line at position {} does not match", position)) !=
                   std::string::npos);
    }
    BOOST_TEST(proof_of(2, edited, token).status == 404);
    // All other lines are still proven.
    const ProofFile proof = parse_proof_file(proof_of(1, whole).body);
    BOOST_TEST(proof.extra == all[whole - 1]);
    BOOST_TEST(proves_inclusion(proof.index, checkpoint_in(proof.checkpoint).size,
                                leaf_digest(proof.extra), proof.path,
                                checkpoint_in(proof.checkpoint).root));
}

BOOST_AUTO_TEST_CASE(every_size_has_a_consistent_root) {
    grow(600);
    const std::vector<std::string> all = lines();
    const GrownTree tree(all);
    for (std::uint64_t size = 0; size <= all.size(); ++size) {
        const json answer = get(fmt::format("/api/proof/root?size={}", size)).json();
        const Proven root = proven_in(answer);
        const Checkpoint now = checkpoint_in(answer.at("checkpoint"));
        BOOST_REQUIRE_EQUAL(root.size, size);
        BOOST_REQUIRE(root.root == merkle_root(size, tree.nodes(size)));
        BOOST_REQUIRE_EQUAL(now.size, all.size());
        BOOST_REQUIRE(proves_consistency(size, root.root, now.size, now.root, proof_in(answer)));
    }
}

BOOST_AUTO_TEST_CASE(any_two_sizes_are_consistent) {
    grow(600);
    const std::vector<std::string> all = lines();
    const GrownTree tree(all);
    const auto check = [&](std::uint64_t from, std::uint64_t to, const std::string& query) {
        const json answer = get("/api/proof/consistency?" + query).json();
        const Proven earlier = proven_in(answer.at("from"));
        const Proven later = proven_in(answer.at("to"));
        BOOST_REQUIRE_EQUAL(earlier.size, from);
        BOOST_REQUIRE_EQUAL(later.size, to);
        BOOST_REQUIRE(earlier.root == merkle_root(from, tree.nodes(from)));
        BOOST_REQUIRE(later.root == merkle_root(to, tree.nodes(to)));
        BOOST_REQUIRE(proves_consistency(from, earlier.root, to, later.root, proof_in(answer)));
    };
    for (std::uint64_t from = 0; from <= all.size(); ++from) {
        check(from, all.size(), fmt::format("from={}", from));
        const std::uint64_t to = random.between(from, all.size());
        check(from, to, fmt::format("from={}&to={}", from, to));
    }
    for (const std::uint64_t to : {0U, 1U, 255U, 256U, 257U, 511U, 512U, 513U}) {
        check(to, to, fmt::format("from={}&to={}", to, to));
        check(0, to, fmt::format("from=0&to={}", to));
    }
}

BOOST_AUTO_TEST_CASE(an_unacceptable_parameter_is_named) {
    grow(10);
    const auto require_named = [&](const std::string& target, const std::string& name) {
        const Answer answer = get("/api/proof/" + target);
        BOOST_TEST(answer.status == 422, target);
        BOOST_TEST(answer.json().at("detail").get<std::string>().starts_with(
                       fmt::format("Invalid parameter {}.", name)),
                   answer.body);
    };
    for (const std::string bad : {"", "-1", "x", "1.0", "11", "18446744073709551616", "%20"}) {
        require_named("root?size=" + bad, "size");
        require_named("consistency?from=" + bad, "from");
        require_named("consistency?from=1&to=" + bad, "to");
    }
    require_named("root", "size");
    require_named("root?size=1&size=2", "size");
    require_named("root?size=1&from=2", "from");
    require_named("consistency", "from");
    require_named("consistency?to=3", "from");
    require_named("consistency?from=4&to=3", "from");
    require_named("consistency?from=1&size=3", "size");
    require_named("key?x=1", "x");
    // No witness is configured.
    BOOST_TEST(get("/checkpoint/witnessed?witness=x").status == 422);
    BOOST_TEST(get("/api/products/1/events/2/proof?witness=x").status == 422);
}

// Readers concurrent with writers: each checkpoint extends the previous one, and all events that it
// covers can be read and proven at once.
BOOST_AUTO_TEST_CASE(a_published_checkpoint_has_its_events_and_proofs) {
    constexpr std::uint64_t events_wanted = 2'000;
    std::atomic<bool> done = false;
    std::vector<std::thread> writers;
    for (const int product : {1, 2, 1, 2}) {
        writers.emplace_back([&, product, seed = random.number()] {
            Random own(seed);
            while (!done) {
                identify(product, own.between(1, 30));
            }
        });
    }
    std::vector<Checkpoint> seen{checkpoint()};
    while (seen.back().size < events_wanted) {
        const Checkpoint now = checkpoint();
        const Checkpoint& last = seen.back();
        BOOST_TEST_REQUIRE(now.size >= last.size);
        const json growth =
            get(fmt::format("/api/proof/consistency?from={}&to={}", last.size, now.size)).json();
        BOOST_TEST_REQUIRE(
            proves_consistency(last.size, last.root, now.size, now.root, proof_in(growth)));
        const Answer newest = get(fmt::format("/api/events?limit=1&after={}", now.size - 1));
        BOOST_TEST_REQUIRE(newest.lines().size() == 1U);
        const unsigned width = (now.size - 1) % tile_width + 1;
        BOOST_TEST_REQUIRE(get("/" + tile_path({0, (now.size - 1) / tile_width, width})).status ==
                           200);
        seen.push_back(now);
    }
    done = true;
    for (std::thread& writer : writers) {
        writer.join();
    }
    const GrownTree tree(lines());
    for (const Checkpoint& one : seen) {
        BOOST_TEST((one.root == merkle_root(one.size, tree.nodes(one.size))), one.size);
    }
    BOOST_TEST(seen.size() > 5U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
