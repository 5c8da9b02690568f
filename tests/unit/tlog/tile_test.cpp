#include "tlog/tile.hpp"

#include <limits>
#include <map>
#include <set>
#include <stdexcept>

#include <boost/test/unit_test.hpp>

#include "base/base64.hpp"
#include "support/grown_tree.hpp"
#include "support/slow_tree.hpp"

BOOST_AUTO_TEST_SUITE(tile_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::testing;
using namespace threatatlas::tlog;

namespace {

constexpr std::uint64_t largest = std::numeric_limits<std::uint64_t>::max();

TileReader tiles_of(const GrownTree& tree) {
    return [&tree](unsigned level, std::uint64_t index, unsigned width) {
        BOOST_TEST(width > 0);
        return tree.tile(level, index, width);
    };
}

// All tile paths of a tree of this size, by the division and remainder of the specification.
std::set<std::string> paths_of(std::uint64_t size) {
    std::set<std::string> paths;
    unsigned level = 0;
    for (std::uint64_t nodes = size; nodes > 0; nodes /= 256, ++level) {
        for (std::uint64_t index = 0; index < nodes / 256; ++index) {
            paths.insert(tile_path({level, index, 256}));
        }
        if (nodes % 256 > 0) {
            paths.insert(tile_path({level, nodes / 256, static_cast<unsigned>(nodes % 256)}));
        }
    }
    return paths;
}

// The same paths, derived from tile_width_in().
std::set<std::string> paths_by_width(std::uint64_t size) {
    std::set<std::string> paths;
    for (unsigned level = 0; level <= tile_level_max; ++level) {
        for (std::uint64_t index = 0; tile_width_in(level, index, size) > 0; ++index) {
            paths.insert(tile_path({level, index, tile_width_in(level, index, size)}));
        }
    }
    return paths;
}

std::string sha256_of_tile(const GrownTree& tree, unsigned level, std::uint64_t index) {
    return hex_of(sha256(tree.tile(level, index, tile_width_in(level, index, tree.size()))));
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_tile_has_one_path) {
    const std::map<std::string, TileName> known{
        {"tile/0/000", {0, 0, 256}},
        {"tile/0/255", {0, 255, 256}},
        {"tile/0/x001/000", {0, 1000, 256}},
        {"tile/0/x001/x234/067", {0, 1'234'067, 256}},
        {"tile/15/x455/667", {15, 455'667, 256}},
        {"tile/15/x123/x456/789.p/41", {15, 123'456'789, 41}},
        {"tile/0/273.p/112", {0, 273, 112}},
        {"tile/1/001.p/17", {1, 1, 17}},
        {"tile/2/000.p/1", {2, 0, 1}},
        {"tile/63/000.p/255", {63, 0, 255}},
        {"tile/entries/000", {std::nullopt, 0, 256}},
        {"tile/entries/000.p/255", {std::nullopt, 0, 255}},
        {"tile/entries/001.p/1", {std::nullopt, 1, 1}},
        {"tile/entries/x123/x456/789", {std::nullopt, 123'456'789, 256}},
        {"tile/0/x018/x446/x744/x073/x709/x551/615", {0, largest, 256}}};
    for (const auto& [path, name] : known) {
        BOOST_TEST(tile_path(name) == path);
        BOOST_TEST((parse_tile_path(path) == name), path);
    }
}

// The bundle that contains an entry, in a log of a certain size.
BOOST_AUTO_TEST_CASE(an_entry_is_in_the_bundle_of_its_index) {
    const auto bundle_of = [](std::uint64_t index, std::uint64_t size) {
        return tile_path(
            {std::nullopt, index / tile_width, tile_width_in(0, index / tile_width, size)});
    };
    BOOST_TEST(bundle_of(251, 255) == "tile/entries/000.p/255");
    BOOST_TEST(bundle_of(3, 257) == "tile/entries/000");
    BOOST_TEST(bundle_of(256, 257) == "tile/entries/001.p/1");
    BOOST_TEST(bundle_of(123'456'789ULL * 256, largest) == "tile/entries/x123/x456/789");
}

BOOST_AUTO_TEST_CASE(a_malformed_path_of_a_tile_is_refused) {
    for (const char* path :
         {// Not a tile at all.
          "", "/", "tile", "tile/", "tile/0", "tile/0/", "/tile/0/000", "tile/0/000/", "tile//000",
          "tiles/0/000", "tile/0/000?", "tile/0/000 ", " tile/0/000", "TILE/0/000", "tile/0//000",
          "tile/8/0/000", "tile/data/000", "tile/entries/", "tile/entries", "tile/Entries/000",
          // The level.
          "tile/64/000", "tile/-1/000", "tile/+1/000", "tile/00/000", "tile/01/000", "tile/0x1/000",
          "tile/256/000", "tile/99999999999999999999/000",
          // Groups of three digits.
          "tile/0/0", "tile/0/00", "tile/0/0000", "tile/0/1000", "tile/0/-1", "tile/0/-01",
          "tile/3/-1/123/456/078", "tile/0/00a", "tile/0/x01/000", "tile/0/x0001/000",
          "tile/0/x001/00", "tile/0/x001/0000", "tile/0/ 00",
          // An x before every group but the last.
          "tile/0/x000", "tile/0/x001", "tile/0/001/000", "tile/0/001/x000", "tile/0/X001/000",
          "tile/0/xx01/000", "tile/0/x001/x000", "tile/3/5/123/456/078", "tile/3/x123/456/078",
          "tile/0/x/000", "tile/0/x001/", "tile/0/x001//000",
          // No leading groups of zeros.
          "tile/0/x000/000", "tile/0/x000/001", "tile/0/x000/x001/000",
          // 2^64 and beyond.
          "tile/0/x018/x446/x744/x073/x709/x551/616", "tile/0/x999/x446/x744/x073/x709/x551/615",
          "tile/0/x001/x018/x446/x744/x073/x709/x551/615",
          // The width.
          "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/257", "tile/0/000.p/-1",
          "tile/0/000.p/01", "tile/0/000.p/+1", "tile/0/000.p/", "tile/0/000.p", "tile/0/000.",
          "tile/0/000.p/1/", "tile/0/000.p/1.p/1", "tile/0/000.p/x01", "tile/0/000.P/1",
          "tile/0/000/p/1", "tile/0/.p/1", "tile/.p/1", "tile/0/000.p/99999999999999999999",
          "tile/0/x001.p/1/000", "tile/0/000.p/1 ", "tile/0.p/1/000"}) {
        BOOST_TEST(!parse_tile_path(path).has_value(), path);
    }
    BOOST_TEST(!parse_tile_path(std::string_view("tile/0/000\0", 11)).has_value());
}

BOOST_AUTO_TEST_CASE(the_width_of_each_tile_follows_from_the_size) {
    for (const std::uint64_t size :
         {0U, 1U, 255U, 256U, 257U, 511U, 512U, 513U, 65'535U, 65'536U, 65'537U, 70'000U}) {
        BOOST_TEST(paths_by_width(size) == paths_of(size), size);
    }
    BOOST_TEST((paths_by_width(256) == std::set<std::string>{"tile/0/000", "tile/1/000.p/1"}));
    BOOST_TEST((paths_by_width(257) ==
                std::set<std::string>{"tile/0/000", "tile/0/001.p/1", "tile/1/000.p/1"}));
    BOOST_TEST(paths_by_width(0).empty());
    // The last tiles of the largest tree.
    BOOST_TEST(tile_width_in(0, largest / 256, largest) == 255U);
    BOOST_TEST(tile_width_in(0, largest / 256 - 1, largest) == 256U);
    BOOST_TEST(tile_width_in(0, largest, largest) == 0U);
    BOOST_TEST(tile_width_in(7, 0, largest) == 255U);
    BOOST_TEST(tile_width_in(8, 0, largest) == 0U);
    BOOST_TEST(tile_width_in(tile_level_max, 0, largest) == 0U);
}

BOOST_AUTO_TEST_CASE(the_large_tree_has_its_known_tiles) {
    const GrownTree tree(numbered_entries(70'000));
    const std::set<std::string> paths = paths_by_width(tree.size());
    BOOST_TEST(paths.size() == 273U + 1U + 2U + 1U);
    for (const char* path : {"tile/0/000", "tile/0/272", "tile/0/273.p/112", "tile/1/000",
                             "tile/1/001.p/17", "tile/2/000.p/1"}) {
        BOOST_TEST(paths.count(path) == 1U, path);
    }
    BOOST_TEST(sha256_of_tile(tree, 0, 0) ==
               "b9704a8bfbee2c61185ceb38904a49f3f703c81e194b5b2ccdc254c2bdaaa62b");
    BOOST_TEST(sha256_of_tile(tree, 1, 0) ==
               "ea7b038bc73489c89c31a27ac355aaca65a4ed73f0dd7484e68deb29d30f10a2");
    BOOST_TEST(sha256_of_tile(tree, 0, 273) ==
               "4d21244557c976993a9a89bf928a46b5a876585228df279878239fd84489e5a5");
    BOOST_TEST(sha256_of_tile(tree, 1, 1) ==
               "adfaca2731630fe7944a4b98a0f98ef3e98685eafda09e6f81070218fb759ce4");
    BOOST_TEST(hex_of(digest_of_bytes(tree.tile(2, 0, 1))) ==
               "f025d06ed804859fd274a1bdacadd6e48ea87634aa91e1edb20143f9498cd02b");
}

// An entry of a tile is the root over the full tile below it.
BOOST_AUTO_TEST_CASE(a_full_tile_is_a_node_of_the_tile_above) {
    const GrownTree tree(numbered_entries(65'537));
    for (const unsigned level : {0U, 1U}) {
        const std::string tile = tree.tile(level, 0, tile_width);
        BOOST_REQUIRE(tile.size() == tile_bytes_max);
        MerkleFrontier above;
        for (std::size_t offset = 0; offset < tile.size(); offset += digest_bytes) {
            above.append(digest_of_bytes(tile.substr(offset, digest_bytes)),
                         [](unsigned, std::uint64_t, const Digest&) {});
        }
        BOOST_TEST(tree.tile(level + 1, 0, 1) == bytes_of(above.root()));
    }
}

BOOST_AUTO_TEST_CASE(a_root_from_tiles_is_the_root_at_every_boundary) {
    const std::vector<std::string> entries = numbered_entries(65'537);
    const GrownTree tree(entries);
    for (const std::uint64_t size : {1U, 2U, 255U, 256U, 257U, 511U, 512U, 513U, 65'280U, 65'281U,
                                     65'535U, 65'536U, 65'537U}) {
        const NodeReader nodes = nodes_of_tiles(size, tiles_of(tree));
        const Digest root = merkle_root(size, nodes);
        BOOST_TEST(hex_of(root) == hex_of(slow_root(Entries(entries).first(size))), size);
        BOOST_TEST(hex_of(root) == hex_of(merkle_root(size, tree.nodes(size))), size);

        MerkleFrontier frontier;
        for (std::uint64_t i = 0; i < size; ++i) {
            frontier.append(tree.level(0)[i], [](unsigned, std::uint64_t, const Digest&) {});
        }
        BOOST_TEST(hex_of(root) == hex_of(frontier.root()), size);
    }
}

BOOST_AUTO_TEST_CASE(proofs_from_tiles_equal_those_of_the_slow_twin) {
    const std::vector<std::string> entries = numbered_entries(65'537);
    const GrownTree tree(entries);
    for (const std::uint64_t size : {257U, 65'535U, 65'537U}) {
        const NodeReader nodes = nodes_of_tiles(size, tiles_of(tree));
        const Entries first = Entries(entries).first(size);
        for (const std::uint64_t index :
             {std::uint64_t{0}, std::uint64_t{255}, std::uint64_t{256}, size / 2, size - 1}) {
            BOOST_TEST((inclusion_proof(index, size, nodes) == slow_path(index, first)));
            BOOST_TEST((consistency_proof(index + 1, size, nodes) == slow_proof(index + 1, first)));
        }
    }
}

// All nodes of small trees, read from tiles of exactly that tree and from fuller tiles of a later
// tree.
BOOST_AUTO_TEST_CASE(all_nodes_of_small_trees_can_be_read_from_tiles) {
    const GrownTree tree(numbered_entries(600));
    for (std::uint64_t size = 1; size <= tree.size(); size += size < 250 || size > 530 ? 40 : 3) {
        const NodeReader narrow = nodes_of_tiles(size, tiles_of(tree));
        const NodeReader wide =
            nodes_of_tiles(size, [&](unsigned level, std::uint64_t index, unsigned) {
                return tree.tile(level, index, tile_width_in(level, index, tree.size()));
            });
        for (unsigned level = 0; size >> level > 0; ++level) {
            for (std::uint64_t index = 0; index < size >> level; ++index) {
                BOOST_REQUIRE((narrow(level, index) == tree.level(level)[index]));
                BOOST_REQUIRE((wide(level, index) == tree.level(level)[index]));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_tile_that_is_too_short_is_refused) {
    const GrownTree tree(numbered_entries(300));
    const NodeReader cut =
        nodes_of_tiles(300, [&](unsigned level, std::uint64_t index, unsigned width) {
            const std::string tile = tree.tile(level, index, width);
            return tile.substr(0, tile.size() - 1);
        });
    BOOST_CHECK_THROW(cut(0, 299), std::out_of_range);
    BOOST_CHECK_THROW(cut(7, 1), std::out_of_range);
    BOOST_CHECK_NO_THROW(cut(0, 298));
}

BOOST_AUTO_TEST_CASE(a_tile_is_read_once_for_consecutive_nodes) {
    const GrownTree tree(numbered_entries(600));
    std::map<std::string, int> reads;
    const NodeReader nodes =
        nodes_of_tiles(600, [&](unsigned level, std::uint64_t index, unsigned width) {
            ++reads[tile_path({level, index, width})];
            return tree.tile(level, index, width);
        });
    for (std::uint64_t index = 0; index < 600; ++index) {
        nodes(0, index);
        nodes(8, index / 300);
    }
    BOOST_TEST(
        (reads ==
         std::map<std::string, int>{
             {"tile/0/000", 1}, {"tile/0/001", 1}, {"tile/0/002.p/88", 1}, {"tile/1/000.p/2", 1}}));
}

BOOST_AUTO_TEST_CASE(the_classic_entries_have_their_bundle_and_tile) {
    std::string bundle;
    for (const std::string& entry : classic_entries()) {
        append_entry(bundle, entry);
    }
    BOOST_TEST(bundle == bytes_of_hex("0000"
                                      "000100"
                                      "000110"
                                      "00022021"
                                      "00023031"
                                      "000440414243"
                                      "00085051525354555657"
                                      "0010606162636465666768696a6b6c6d6e6f"));
    const GrownTree tree(classic_entries());
    BOOST_TEST(tree.tile(0, 0, 8).size() == 256U);
    BOOST_TEST(hex_of(sha256(tree.tile(0, 0, 8))) ==
               "aea2f1bbb5140fd5f8eacb503fdf54c00c3d860c72588e40233addd416bc8f10");
}

BOOST_AUTO_TEST_CASE(an_entry_has_a_length_of_two_bytes) {
    std::string bundle;
    append_entry(bundle, std::string(258, 'a'));
    BOOST_TEST(bundle == "\x01\x02" + std::string(258, 'a'));
    bundle.clear();
    append_entry(bundle, std::string(65'535, 'a'));
    BOOST_TEST(bundle == "\xFF\xFF" + std::string(65'535, 'a'));
    const std::string before = bundle;
    BOOST_CHECK_THROW(append_entry(bundle, std::string(65'536, 'a')), std::length_error);
    BOOST_TEST(bundle == before);
}

BOOST_AUTO_TEST_SUITE_END()
