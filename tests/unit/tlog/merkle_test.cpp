#include "tlog/merkle.hpp"

#include <map>
#include <stdexcept>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "support/grown_tree.hpp"
#include "support/slow_tree.hpp"

BOOST_AUTO_TEST_SUITE(merkle_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::testing;
using namespace threatatlas::tlog;

namespace {

using Hex = std::vector<std::string>;

// The nodes of the tree of the eight classic entries, by level.
const Hex leaves{"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                 "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                 "0298d122906dcfc10892cb53a73992fc5b9f493ea4c9badb27b791b4127a7fe7",
                 "07506a85fd9dd2f120eb694f86011e5bb4662e5c415a62917033d4a9624487e7",
                 "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                 "4271a26be0d8a84f0bd54c8c302e7cb3a3b5d1fa6780a40bcce2873477dab658",
                 "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
                 "46f6ffadd3d06a09ff3c5860d2755c8b9819db7df44251788c7d8e3180de8eb1"};
const Hex pairs{"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"};
const Hex halves{"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                 "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"};
// Root of the fifth to the seventh entry.
const std::string ragged = "837dbb152e9b079010717e84e865da4ebc0fa198a806d59d31bf15accef22d0e";
const Hex roots{"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};

// All sizes up to this one are compared with the slow reference implementation.
constexpr std::uint64_t size_max = 130;

Entries first(const std::vector<std::string>& entries, std::uint64_t count) {
    return Entries(entries).first(count);
}

std::string line_of(std::uint64_t m, std::uint64_t n, const std::vector<Digest>& digests) {
    std::string line = fmt::format("{} {}", m, n);
    for (const Digest& digest : digests) {
        line += ' ' + hex_of(digest);
    }
    return line + '\n';
}

}  // namespace

BOOST_AUTO_TEST_CASE(leaves_nodes_and_the_empty_tree_have_different_hashes) {
    BOOST_TEST(hex_of(empty_tree_root()) == roots[0]);
    BOOST_TEST(hex_of(leaf_digest("")) == leaves[0]);
    BOOST_TEST(hex_of(leaf_digest("L123456")) ==
               "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56");
    // The published digest is of two texts, not of two digests.
    BOOST_TEST(hex_of(sha256({"\x01", "N123", "N456"})) ==
               "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb");
    BOOST_TEST(hex_of(node_digest(digest_of_hex(leaves[0]), digest_of_hex(leaves[1]))) == pairs[0]);
    BOOST_TEST(hex_of(node_digest(digest_of_hex(leaves[1]), digest_of_hex(leaves[0]))) != pairs[0]);
}

BOOST_AUTO_TEST_CASE(a_digest_has_32_bytes) {
    BOOST_CHECK_THROW(digest_of_bytes(std::string(31, 'x')), std::invalid_argument);
    BOOST_CHECK_THROW(digest_of_bytes(std::string(33, 'x')), std::invalid_argument);
    BOOST_TEST(bytes_of(digest_of_bytes(std::string(32, 'x'))) == std::string(32, 'x'));
}

BOOST_AUTO_TEST_CASE(the_classic_tree_has_its_nodes_and_roots) {
    const std::vector<std::string> entries = classic_entries();
    GrownTree tree;
    BOOST_TEST(hex_of(tree.frontier().root()) == roots[0]);
    for (const std::string& entry : entries) {
        tree.append(entry);
        BOOST_TEST(hex_of(tree.frontier().root()) == roots[tree.size()]);
    }
    BOOST_TEST(hex_of_all(tree.level(0)) == leaves);
    BOOST_TEST(hex_of_all(tree.level(1)) == pairs);
    BOOST_TEST(hex_of_all(tree.level(2)) == halves);
    BOOST_TEST(hex_of_all(tree.level(3)) == Hex{roots[8]});
    BOOST_TEST(tree.levels() == 4U);
    for (std::uint64_t size = 0; size <= entries.size(); ++size) {
        BOOST_TEST(hex_of(merkle_root(size, tree.nodes(size))) == roots[size]);
    }
}

BOOST_AUTO_TEST_CASE(the_classic_tree_has_its_inclusion_proofs) {
    struct Case {
        std::uint64_t index;
        std::uint64_t size;
        Hex path;
    };
    const std::vector<Case> cases{{0, 1, {}},
                                  {0, 8, {leaves[1], pairs[1], halves[1]}},
                                  {5, 8, {leaves[4], pairs[3], halves[0]}},
                                  {2, 3, {pairs[0]}},
                                  {1, 5, {leaves[0], pairs[1], leaves[4]}}};
    const GrownTree tree(classic_entries());
    for (const Case& known : cases) {
        BOOST_TEST_CONTEXT(known.index << " in " << known.size) {
            const auto path = inclusion_proof(known.index, known.size, tree.nodes(known.size));
            BOOST_TEST(hex_of_all(path) == known.path);
            BOOST_TEST(proves_inclusion(known.index, known.size, tree.level(0)[known.index], path,
                                        digest_of_hex(roots[known.size])));
        }
    }
}

BOOST_AUTO_TEST_CASE(the_classic_tree_has_its_consistency_proofs) {
    struct Case {
        std::uint64_t old_size;
        std::uint64_t size;
        Hex proof;
    };
    const std::vector<Case> cases{{1, 1, {}},
                                  {1, 8, {leaves[1], pairs[1], halves[1]}},
                                  {6, 8, {pairs[2], pairs[3], halves[0]}},
                                  {2, 5, {pairs[1], leaves[4]}},
                                  {3, 7, {leaves[2], leaves[3], pairs[0], ragged}},
                                  {4, 7, {ragged}},
                                  {7, 8, {leaves[6], leaves[7], pairs[2], halves[0]}}};
    BOOST_TEST(hex_of(node_digest(digest_of_hex(pairs[2]), digest_of_hex(leaves[6]))) == ragged);
    const GrownTree tree(classic_entries());
    for (const Case& known : cases) {
        BOOST_TEST_CONTEXT(known.old_size << " to " << known.size) {
            const auto proof =
                consistency_proof(known.old_size, known.size, tree.nodes(known.size));
            BOOST_TEST(hex_of_all(proof) == known.proof);
            BOOST_TEST(proves_consistency(known.old_size, digest_of_hex(roots[known.old_size]),
                                          known.size, digest_of_hex(roots[known.size]), proof));
        }
    }
}

// All results of each kind, one line each, hashed into one digest.
BOOST_AUTO_TEST_CASE(all_small_trees_have_their_known_digests) {
    const GrownTree tree(byte_entries(size_max));
    std::string root_lines;
    for (std::uint64_t n = 0; n <= size_max; ++n) {
        root_lines += fmt::format("{} {}\n", n, hex_of(merkle_root(n, tree.nodes(n))));
    }
    BOOST_TEST(hex_of(sha256(root_lines)) ==
               "9c67f07f906103b6bf201842a50ff0b8c91fca9b3e211334a6b7aa3133165dec");
    std::string inclusion_lines;
    std::string consistency_lines;
    for (std::uint64_t n = 1; n <= 64; ++n) {
        for (std::uint64_t m = 0; m < n; ++m) {
            inclusion_lines += line_of(m, n, inclusion_proof(m, n, tree.nodes(n)));
            consistency_lines += line_of(m + 1, n, consistency_proof(m + 1, n, tree.nodes(n)));
        }
    }
    BOOST_TEST(hex_of(sha256(inclusion_lines)) ==
               "60a87a1e2e796b36f10a58e13411ef414b0a3a1007c6d68a2a94c8f0e5618b6b");
    BOOST_TEST(hex_of(sha256(consistency_lines)) ==
               "8693919ea93f7f9f40dc904a6f782607e3f34b74356533dccf7dd2b005998001");
}

BOOST_AUTO_TEST_CASE(every_small_tree_equals_the_slow_twin) {
    const std::vector<std::string> entries = numbered_entries(size_max);
    const GrownTree tree(entries);
    for (std::uint64_t size = 0; size <= size_max; ++size) {
        const Digest root = slow_root(first(entries, size));
        const MerkleFrontier frontier = merkle_frontier(size, tree.nodes(size));
        BOOST_TEST(hex_of(frontier.root()) == hex_of(root));
        BOOST_TEST(hex_of(merkle_root(size, tree.nodes(size))) == hex_of(root));
        for (std::uint64_t index = 0; index < size; ++index) {
            const auto path = inclusion_proof(index, size, tree.nodes(size));
            BOOST_REQUIRE(path == slow_path(index, first(entries, size)));
            BOOST_REQUIRE(proves_inclusion(index, size, leaf_digest(entries[index]), path, root));
        }
        for (std::uint64_t old_size = 1; old_size <= size; ++old_size) {
            const auto proof = consistency_proof(old_size, size, tree.nodes(size));
            BOOST_REQUIRE(proof == slow_proof(old_size, first(entries, size)));
            BOOST_REQUIRE(proves_consistency(old_size, slow_root(first(entries, old_size)), size,
                                             root, proof));
        }
        // Every tree extends the empty tree.
        BOOST_TEST(consistency_proof(0, size, tree.nodes(size)).empty());
        BOOST_TEST(proves_consistency(0, empty_tree_root(), size, root, {}));
    }
}

// A restarted server can continue from the stored nodes of a tree of any size.
BOOST_AUTO_TEST_CASE(a_restored_frontier_continues_like_the_original) {
    const std::vector<std::string> entries = numbered_entries(size_max);
    const GrownTree tree(entries);
    for (std::uint64_t size = 0; size <= size_max; ++size) {
        MerkleFrontier frontier = merkle_frontier(size, tree.nodes(size));
        BOOST_REQUIRE(frontier.size() == size);
        for (std::uint64_t index = size; index < size_max; ++index) {
            frontier.append(leaf_digest(entries[index]),
                            [&](unsigned level, std::uint64_t place, const Digest& digest) {
                                BOOST_REQUIRE(digest == tree.level(level).at(place));
                            });
        }
        BOOST_TEST(hex_of(frontier.root()) == hex_of(tree.frontier().root()));
    }
}

BOOST_AUTO_TEST_CASE(an_append_costs_less_than_two_hashes) {
    const GrownTree tree(numbered_entries(size_max));
    std::size_t nodes = 0;
    for (unsigned level = 0; level < tree.levels(); ++level) {
        BOOST_TEST(tree.level(level).size() == size_max >> level);
        nodes += tree.level(level).size();
    }
    BOOST_TEST(nodes < 2 * size_max);
}

BOOST_AUTO_TEST_CASE(larger_trees_have_their_known_roots) {
    const std::map<std::uint64_t, std::string> known{
        {255, "32f85bcaa87d7bcd05728f09e9aeba350ba6a2f733830087f0597682848be5cb"},
        {256, "828515d033c19d8c901f37eccb8aed919667703486f8d2fff1cf7040321c5db1"},
        {257, "1eda049a4351d86f76252bd7ec0b7746ad75b7fa0316ad5f541dbda458a312c4"},
        {1000, "638afa98022925bacfddadb15ef22fd0199c1ac99c2973b6158243d13fce05c2"},
        {65536, "f025d06ed804859fd274a1bdacadd6e48ea87634aa91e1edb20143f9498cd02b"},
        {70000, "1a4cdfcb66374a0c0dcbef49acbd4976d13ee864fb3cb241fc943cad04f02f7e"}};
    const std::vector<std::string> entries = numbered_entries(70'000);
    const GrownTree tree(entries);
    for (const auto& [size, root] : known) {
        BOOST_TEST(hex_of(merkle_root(size, tree.nodes(size))) == root);
        BOOST_TEST(hex_of(slow_root(first(entries, size))) == root);
        for (const auto& [old_size, old_root] : known) {
            BOOST_TEST(
                (old_size > size ||
                 proves_consistency(old_size, digest_of_hex(old_root), size, digest_of_hex(root),
                                    consistency_proof(old_size, size, tree.nodes(size)))));
        }
    }
    BOOST_TEST(hex_of(tree.frontier().root()) == known.at(70'000));
}

BOOST_AUTO_TEST_CASE(invalid_arguments_are_refused) {
    const GrownTree tree(classic_entries());
    const NodeReader nodes = tree.nodes(8);
    BOOST_CHECK_THROW(inclusion_proof(8, 8, nodes), std::out_of_range);
    BOOST_CHECK_THROW(inclusion_proof(0, 0, nodes), std::out_of_range);
    BOOST_CHECK_THROW(consistency_proof(9, 8, nodes), std::out_of_range);
    // A missing node is an error of the reader; it is never replaced by another value.
    BOOST_CHECK_THROW(merkle_root(9, nodes), std::out_of_range);
    BOOST_CHECK_THROW(MerkleFrontier(3, {empty_tree_root()}), std::invalid_argument);
    BOOST_CHECK_THROW(MerkleFrontier(0, {empty_tree_root()}), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
