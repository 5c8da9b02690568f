// The tree stored group by group equals the tree of all lines at once.
#include "events/log_tree.hpp"

#include <algorithm>
#include <map>

#include <boost/test/unit_test.hpp>

#include "events/store/store.hpp"
#include "support/grown_tree.hpp"
#include "support/random.hpp"
#include "support/slow_tree.hpp"
#include "support/temp_directory.hpp"

BOOST_AUTO_TEST_SUITE(log_tree_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::events;
using namespace threatatlas::store;
using namespace threatatlas::testing;
using namespace threatatlas::tlog;

namespace {

using Rows = std::map<std::string, std::string>;

// A store that contains only tiles, and a reference tree that keeps all nodes.
struct Fixture {
    // Appends the next entries as one group.
    void write_group(LogTree& tree, std::uint64_t entries) {
        for (std::uint64_t i = 0; i < entries; ++i) {
            const std::string entry = std::to_string(whole.size());
            tree.append(leaf_digest(entry));
            whole.append(entry);
        }
        write_changes(tree);
    }

    void write_changes(LogTree& tree) const {
        RowBatch batch(*store);
        for (const LogAppend::Row& row : tree.take_changed_rows()) {
            batch.put(row.table, row.key, row.value);
        }
        store->write_unsynced(batch);
    }

    // Appends groups of random sizes, up to a total size.
    void grow(LogTree& tree, std::uint64_t size, std::uint64_t group_max) {
        while (tree.size() < size) {
            const std::uint64_t room = std::min(size - tree.size(), group_max);
            write_group(tree, random.between(1, room));
        }
    }

    Rows stored() const {
        Rows rows;
        ReadView(*store).scan(Table::tiles, "", "",
                              [&](std::string_view key, std::string_view bytes) {
                                  rows.emplace(key, bytes);
                                  return true;
                              });
        return rows;
    }

    // All tiles of the reference tree, including partial ones.
    Rows expected() const {
        Rows rows;
        for (unsigned level = 0; whole.size() >> (level * tile_height) > 0; ++level) {
            for (std::uint64_t index = 0;; ++index) {
                const unsigned width = tile_width_in(level, index, whole.size());
                if (width == 0) {
                    break;
                }
                rows.emplace(tile_key(level, index), whole.tile(level, index, width));
            }
        }
        return rows;
    }

    void require_as_expected(const LogTree& tree) const {
        BOOST_TEST_CONTEXT("at size " << whole.size()) {
            BOOST_REQUIRE_EQUAL(tree.size(), whole.size());
            BOOST_REQUIRE(tree.root() == whole.frontier().root());
            BOOST_REQUIRE(stored() == expected());
        }
    }

    const std::uint64_t seed = test_seed();
    Random random{seed};
    const TempDirectory directory;
    const std::unique_ptr<Store> store =
        Store::open(directory / "data", {.create = true, .cache_mebibytes = 8});
    GrownTree whole;
};

constexpr std::uint64_t many = 600;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(log_tree, Fixture)

BOOST_AUTO_TEST_CASE(an_empty_tree_stores_nothing) {
    LogTree tree;
    write_group(tree, 0);
    require_as_expected(tree);
    BOOST_TEST(stored().empty());
    BOOST_CHECK(LogTree(ReadView(*store), 0).root() == empty_tree_root());
}

BOOST_AUTO_TEST_CASE(the_stored_tiles_match_the_whole_tree_at_every_size) {
    LogTree tree;
    while (tree.size() < many) {
        write_group(tree, 1);
        require_as_expected(tree);
    }
}

BOOST_AUTO_TEST_CASE(the_tree_does_not_depend_on_groups) {
    LogTree tree;
    while (tree.size() < 3'000) {
        grow(tree, tree.size() + 1, 1);
        grow(tree, tree.size() + random.between(1, 700), 400);
        require_as_expected(tree);
    }
}

BOOST_AUTO_TEST_CASE(tiles_end_when_they_are_full) {
    LogTree tree;
    for (const std::uint64_t size : {255U, 256U, 257U, 65'535U, 65'536U, 65'537U}) {
        grow(tree, size, 6'000);
        require_as_expected(tree);
    }
    BOOST_TEST(stored().size() == 257U + 1U + 1U);
}

// A group that fills tiles of two levels and continues in the next ones.
BOOST_AUTO_TEST_CASE(one_group_may_fill_many_tiles) {
    LogTree tree;
    write_group(tree, 65'537);
    require_as_expected(tree);
}

BOOST_AUTO_TEST_CASE(a_group_writes_each_tile_once_and_only_those_that_changed) {
    LogTree tree;
    write_group(tree, 300);
    for (const std::uint64_t entries : {1U, 211U, 1U, 600U}) {
        for (std::uint64_t i = 0; i < entries; ++i) {
            tree.append(leaf_digest("x"));
        }
        const std::uint64_t before = tree.size() - entries;
        const std::vector<LogAppend::Row> rows = tree.take_changed_rows();
        const std::uint64_t first = before / tile_width;
        const std::uint64_t leaf_tiles = (tree.size() - 1) / tile_width - first + 1;
        const bool fills_one = tree.size() / tile_width > before / tile_width;
        BOOST_TEST(rows.size() == leaf_tiles + (fills_one ? 1 : 0),
                   "from " << before << " to " << tree.size());
    }
}

BOOST_AUTO_TEST_CASE(a_reopened_tree_continues_unchanged) {
    for (std::uint64_t size = 0; size <= many; ++size) {
        LogTree tree(ReadView(*store), size);
        write_group(tree, 1);
        require_as_expected(tree);
    }
    for (const std::uint64_t size : {65'534U, 65'535U, 65'536U}) {
        LogTree grown(ReadView(*store), whole.size());
        grow(grown, size, 6'000);
        LogTree tree(ReadView(*store), size);
        write_group(tree, 1);
        require_as_expected(tree);
    }
}

// Nodes that a group wrote beyond the checkpoint are overwritten.
BOOST_AUTO_TEST_CASE(a_tree_read_at_a_smaller_size_continues_from_it) {
    LogTree tree;
    grow(tree, many, 100);
    for (int round = 0; round < 20; ++round) {
        const std::uint64_t size = random.below(many);
        LogTree again(ReadView(*store), size);
        BOOST_REQUIRE_EQUAL(again.size(), size);
        BOOST_REQUIRE(again.root() == merkle_root(size, whole.nodes(size)));
        for (std::uint64_t index = size; index < many; ++index) {
            again.append(leaf_digest(std::to_string(index)));
        }
        write_changes(again);
        require_as_expected(again);
    }
}

BOOST_AUTO_TEST_CASE(the_stored_tiles_give_the_roots_of_all_sizes) {
    LogTree tree;
    grow(tree, many, 50);
    const std::vector<std::string> entries = numbered_entries(many);
    const ReadView view(*store);
    const NodeReader nodes = nodes_of_tiles(many, stored_tiles(view));
    for (std::uint64_t size = 0; size <= many; ++size) {
        BOOST_REQUIRE(merkle_root(size, nodes) == slow_root(Entries(entries).first(size)));
    }
}

BOOST_AUTO_TEST_CASE(a_missing_or_short_tile_is_named) {
    LogTree tree;
    grow(tree, many, 50);
    const auto require_named = [&](const std::string& path) {
        BOOST_CHECK_EXCEPTION(LogTree(ReadView(*store), many), StorageError,
                              [&](const StorageError& error) {
                                  return std::string_view(error.what()).starts_with(path + " ");
                              });
    };
    const std::string key = tile_key(0, 2);
    const std::string bytes = stored().at(key);
    RowBatch shorter(*store);
    shorter.put(Table::tiles, key, bytes.substr(0, bytes.size() - 1));
    store->write(shorter);
    require_named("tile/0/002");
    RowBatch removal(*store);
    removal.erase(Table::tiles, key);
    store->write(removal);
    require_named("tile/0/002");
    RowBatch repair(*store);
    repair.put(Table::tiles, key, bytes);
    repair.erase(Table::tiles, tile_key(1, 0));
    store->write(repair);
    require_named("tile/1/000");
}

BOOST_AUTO_TEST_CASE(full_tiles_are_returned_once_and_the_edge_remains) {
    LogTree tree;
    std::uint64_t full = 0;
    for (std::uint64_t size = 1; size <= many; ++size) {
        tree.append(leaf_digest(std::to_string(size)));
        full += tree.take_full().size();
        BOOST_REQUIRE_EQUAL(full, size / tile_width);
        BOOST_REQUIRE(tree.take_full().empty());
        std::uint64_t nodes = 0;
        for (const Tile& tile : tree.edge()) {
            nodes += tile.bytes.size() / digest_bytes;
        }
        BOOST_REQUIRE_EQUAL(nodes, size % tile_width + size / tile_width);
    }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
