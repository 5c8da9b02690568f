// Signs the log as it grows, and refuses to sign anything that contradicts an earlier signature.
#include "events/log_sealer.hpp"

#include <algorithm>
#include <functional>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "events/event_log.hpp"
#include "events/store/high_water_mark.hpp"
#include "events/store/keys.hpp"
#include "support/faulty_file_system.hpp"
#include "support/grown_tree.hpp"
#include "support/random.hpp"
#include "support/temp_directory.hpp"

BOOST_AUTO_TEST_SUITE(log_sealer_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::events;
using namespace threatatlas::store;
using namespace threatatlas::testing;
using namespace threatatlas::tlog;

namespace {

const NoteSigner& signer() {
    static const NoteSigner key("example.com/log", std::string(32, 'a'));
    return key;
}
const NoteSigner& other_signer() {
    static const NoteSigner key("example.com/other", std::string(32, 'b'));
    return key;
}

std::string line_of(Position position) {
    return "line " + std::to_string(position);
}

bool says(const std::exception& error, std::string_view words) {
    BOOST_TEST_MESSAGE(error.what());
    return std::string_view(error.what()).find(words) != std::string_view::npos;
}

// A log of arbitrary lines; the sealer does not parse events.
struct Fixture {
    void open() {
        store =
            Store::open(directory / "data",
                        {.create = true, .cache_mebibytes = 8, .environment = files.environment()});
    }

    // Writes lines without a tree, like a version that did not sign.
    void write_unsigned(Position count) {
        RowBatch batch(*store);
        for (Position i = 0; i < count; ++i) {
            ++lines;
            batch.put(Table::events, be64_key(lines), line_of(lines));
        }
        store->write_unsynced(batch);
    }

    // Writes a group as the sequencer does.
    SealedLog write_group(LogSealer& sealer, Position count) {
        LogAppend log;
        log.begin_after(lines);
        std::vector<Digest> leaves;
        for (Position i = 0; i < count; ++i) {
            log.add_line(line_of(lines + i + 1));
            leaves.push_back(leaf_digest(line_of(lines + i + 1)));
        }
        SealedLog sealed = sealer.seal(leaves, log);
        ProjectionChanges projections(*store);
        projections.applied = log.end();
        store->commit(log, projections);
        lines += count;
        return sealed;
    }

    void put(Table table, std::string_view key, std::string_view value) const {
        RowBatch batch(*store);
        batch.put(table, key, value);
        store->write(batch);
    }
    void remove(Table table, std::string_view key) const {
        RowBatch batch(*store);
        batch.erase(table, key);
        store->write(batch);
    }
    std::string get(Table table, std::string_view key) const {
        return store->get(table, key).value();
    }

    // Root of the stored lines.
    Digest root_of(Position size) const {
        GrownTree tree;
        for (Position position = 1; position <= size; ++position) {
            tree.append(line_at(ReadView(*store), position).value());
        }
        return tree.frontier().root();
    }

    // Checks that the stored tree and checkpoint match the lines, and that the checkpoint is
    // signed.
    void require_sealed(const NoteSigner& by = signer()) const {
        const ReadView view(*store);
        const SealedLog sealed = stored_checkpoint(view).value();
        BOOST_TEST(sealed.checkpoint.origin == by.name());
        BOOST_TEST(sealed.checkpoint.size == last_position(view));
        BOOST_CHECK(sealed.checkpoint.root == root_of(last_position(view)));
        BOOST_CHECK_NO_THROW(require_signed(parse_note(sealed.note), {NoteVerifier(by.vkey())}));
        GrownTree tree;
        for (Position position = 1; position <= last_position(view); ++position) {
            tree.append(line_at(view, position).value());
        }
        std::size_t tiles = 0;
        view.scan(Table::tiles, "", "", [&](std::string_view key, std::string_view bytes) {
            const auto level = static_cast<unsigned>(key.front());
            const std::uint64_t index = read_be64(key.substr(1));
            const unsigned width = tile_width_in(level, index, tree.size());
            BOOST_REQUIRE_GT(width, 0U);
            BOOST_REQUIRE(bytes == tree.tile(level, index, width));
            ++tiles;
            return true;
        });
        BOOST_TEST(tiles == tiles_of(tree.size()));
    }
    static std::size_t tiles_of(std::uint64_t size) {
        std::size_t tiles = 0;
        for (std::uint64_t nodes = size; nodes > 0; nodes /= tile_width) {
            tiles += (nodes + tile_width - 1) / tile_width;
        }
        return tiles;
    }

    void seal_all() const { LogSealer(*store, {signer()}).catch_up(); }

    // Checks that catch_up() fails and that the checkpoint is unchanged.
    template <class Error>
    void require_refused(std::string_view words, LogKey key = {signer()}) const {
        const auto before = store->get(Table::meta, checkpoint_key);
        BOOST_CHECK_EXCEPTION(LogSealer(*store, std::move(key)).catch_up(), Error,
                              [&](const Error& error) { return says(error, words); });
        BOOST_CHECK(store->get(Table::meta, checkpoint_key) == before);
    }

    const std::uint64_t seed = test_seed();
    Random random{seed};
    const TempDirectory directory;
    FaultyFileSystem files;
    std::unique_ptr<Store> store;
    Position lines = 0;
};

struct Opened : Fixture {
    Opened() { open(); }
};

// A signed log of 300 lines.
struct Sealed : Opened {
    Sealed() {
        write_unsigned(300);
        seal_all();
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(growing, Opened)

BOOST_AUTO_TEST_CASE(an_empty_log_is_signed_as_such) {
    seal_all();
    require_sealed();
    const auto sealed = stored_checkpoint(ReadView(*store)).value();
    BOOST_TEST(sealed.checkpoint.size == 0U);
    BOOST_CHECK(sealed.checkpoint.root == empty_tree_root());
}

BOOST_AUTO_TEST_CASE(a_tree_is_built_for_a_log_without_one) {
    write_unsigned(700);
    BOOST_TEST(!stored_checkpoint(ReadView(*store)).has_value());
    seal_all();
    require_sealed();
}

BOOST_AUTO_TEST_CASE(groups_and_starts_continue_the_tree) {
    for (int start = 0; start < 8; ++start) {
        LogSealer sealer(*store, {signer()});
        sealer.catch_up();
        BOOST_TEST(sealer.sealed().note == get(Table::meta, checkpoint_key));
        for (int group = 0; group < 5; ++group) {
            const SealedLog sealed = write_group(sealer, random.between(1, 90));
            BOOST_TEST(sealed.note == get(Table::meta, checkpoint_key));
            BOOST_TEST(sealed.note == sealer.sealed().note);
            BOOST_TEST(sealed.checkpoint.size == lines);
        }
        require_sealed();
        if (start % 2 == 1) {
            write_unsigned(random.between(1, 300));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_start_on_a_log_that_did_not_change_signs_nothing) {
    write_unsigned(10);
    seal_all();
    const std::string note = get(Table::meta, checkpoint_key);
    LogSealer sealer(*store, {signer()});
    sealer.catch_up([](Position, Position) { BOOST_ERROR("there is nothing to do"); });
    BOOST_TEST(get(Table::meta, checkpoint_key) == note);
    BOOST_TEST(sealer.sealed().note == note);
}

// The log is long enough for several progress reports. catch_up() is interrupted at each, a little
// later every time.
BOOST_AUTO_TEST_CASE(an_interrupted_start_is_completed_by_the_next) {
    write_unsigned(40'000);
    struct CutOff {};
    for (int batches = 1; batches <= 2; ++batches) {
        int told = 0;
        BOOST_CHECK_THROW(LogSealer(*store, {signer()}).catch_up([&](Position done, Position all) {
            BOOST_TEST(done <= all);
            BOOST_TEST(all == lines);
            if (++told == batches) {
                throw CutOff();
            }
        }),
                          CutOff);
        BOOST_TEST(!stored_checkpoint(ReadView(*store)).has_value());
    }
    std::vector<Position> done;
    LogSealer(*store, {signer()}).catch_up([&](Position now, Position) { done.push_back(now); });
    BOOST_TEST(done.size() == 3U);
    BOOST_TEST(std::is_sorted(done.begin(), done.end()));
    BOOST_TEST(done.back() == lines);
    require_sealed();
}

BOOST_AUTO_TEST_CASE(an_interrupted_start_on_a_signed_log_is_completed_by_the_next) {
    write_unsigned(300);
    seal_all();
    const std::string note = get(Table::meta, checkpoint_key);
    write_unsigned(20'000);
    struct CutOff {};
    BOOST_CHECK_THROW(
        LogSealer(*store, {signer()}).catch_up([](Position, Position) { throw CutOff(); }), CutOff);
    BOOST_TEST(get(Table::meta, checkpoint_key) == note);
    seal_all();
    require_sealed();
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(refusing, Sealed)

BOOST_AUTO_TEST_CASE(another_key_is_refused) {
    require_refused<StoreRefused>("was signed as example.com/log+", {other_signer()});
    require_refused<StoreRefused>("--accept-log-key", {other_signer()});
    // A key of the same name is still another key, and so is the same secret under another name.
    require_refused<StoreRefused>("and the key that was given is example.com/log+",
                                  {NoteSigner("example.com/log", std::string(32, 'b'))});
    require_refused<StoreRefused>("and the key that was given is example.com/other+",
                                  {NoteSigner("example.com/other", std::string(32, 'a'))});
    BOOST_CHECK_NO_THROW(seal_all());
}

BOOST_AUTO_TEST_CASE(another_key_continues_if_requested) {
    LogSealer sealer(*store, {other_signer(), true});
    sealer.catch_up();
    require_sealed(other_signer());
    write_group(sealer, 5);
    require_sealed(other_signer());
    require_refused<StoreRefused>("was signed as example.com/other+");
    BOOST_CHECK_NO_THROW(LogSealer(*store, {other_signer()}).catch_up());
}

// A new key is accepted only for a log that is unchanged.
BOOST_AUTO_TEST_CASE(another_key_does_not_continue_a_changed_log) {
    std::string tile = get(Table::tiles, tile_key(0, 1));
    tile.front() ^= 1;
    put(Table::tiles, tile_key(0, 1), tile);
    require_refused<StoreRefused>("is not the one that was signed", {other_signer(), true});
    remove(Table::events, be64_key(300));
    require_refused<StoreRefused>("ends at position 299", {other_signer(), true});
}

BOOST_AUTO_TEST_CASE(a_log_that_became_shorter_is_refused) {
    remove(Table::events, be64_key(300));
    require_refused<StoreRefused>(
        "ends at position 299, and a checkpoint of 300 events was signed");
}

BOOST_AUTO_TEST_CASE(a_tree_that_was_changed_is_refused) {
    for (const std::string& key : {tile_key(0, 0), tile_key(0, 1), tile_key(1, 0)}) {
        const std::string whole = get(Table::tiles, key);
        std::string changed = whole;
        changed[random.below(key == tile_key(0, 0) ? 1 : whole.size())] ^= 1;
        if (key == tile_key(0, 0)) {
            // A start does not read full tiles that are below others: it uses the node of the tile
            // above.
            put(Table::tiles, key, changed);
            const ReadView view(*store);
            BOOST_CHECK(merkle_root(300, nodes_of_tiles(300, stored_tiles(view))) ==
                        stored_checkpoint(view)->checkpoint.root);
        } else {
            put(Table::tiles, key, changed);
            require_refused<StoreRefused>("is not the one that was signed");
        }
        put(Table::tiles, key, whole);
    }
    BOOST_CHECK_NO_THROW(seal_all());
}

BOOST_AUTO_TEST_CASE(a_lost_tree_is_refused_and_can_be_rebuilt) {
    store->clear(Table::tiles);
    require_refused<StorageError>("threatatlas-replay rebuild");
    BOOST_TEST(rebuild_tree(*store) == 300U);
    require_sealed();
    BOOST_CHECK_NO_THROW(seal_all());
}

BOOST_AUTO_TEST_CASE(a_checkpoint_that_was_changed_is_refused) {
    const std::string note = get(Table::meta, checkpoint_key);
    for (const char* const damage : {"", "x", "example.com/log\n300\n"}) {
        put(Table::meta, checkpoint_key, damage);
        require_refused<StorageError>("the stored checkpoint is damaged");
    }
    // A different size or root under the original signature.
    const std::size_t size = note.find("300");
    std::string smaller = note;
    smaller.replace(size, 3, "299");
    put(Table::meta, checkpoint_key, smaller);
    require_refused<StoreRefused>("was changed: it is not the one that example.com/log+");
    std::string other = note;
    other[size + 5] = other[size + 5] == 'A' ? 'B' : 'A';
    put(Table::meta, checkpoint_key, other);
    require_refused<StoreRefused>("was changed: it is not the one that example.com/log+");
    // Signed with the right key, but for another tree.
    const std::string text = checkpoint_text({signer().name(), 300, sha256("another tree")});
    put(Table::meta, checkpoint_key, format_note({text, {signer().sign(text)}}));
    require_refused<StoreRefused>("is not the one that was signed");
    put(Table::meta, checkpoint_key, note);
    BOOST_CHECK_NO_THROW(seal_all());
}

BOOST_AUTO_TEST_CASE(a_mark_that_remembers_other_lines_is_refused) {
    const auto set_mark = [&](Position position, const Digest& root) {
        HighWaterMarkFile(store->data()).set({.position = position, .root = root});
    };
    for (const Position position : {1U, 255U, 256U, 300U}) {
        set_mark(position, root_of(position));
        BOOST_CHECK_NO_THROW(seal_all());
        set_mark(position, sha256("other lines"));
        require_refused<StoreRefused>("the first " + std::to_string(position) + " events in");
    }
}

// If the checkpoint was removed, the log is not signed again from the beginning.
BOOST_AUTO_TEST_CASE(a_mark_remembers_that_there_was_a_checkpoint) {
    HighWaterMarkFile(store->data()).set({.position = 300, .root = root_of(300)});
    store->clear(Table::tiles);
    remove(Table::meta, checkpoint_key);
    require_refused<StoreRefused>("was signed at 300 events, and its checkpoint is missing");
    BOOST_TEST(!stored_checkpoint(ReadView(*store)).has_value());
}

BOOST_AUTO_TEST_CASE(a_missing_line_ends_a_start) {
    write_unsigned(10);
    remove(Table::events, be64_key(305));
    require_refused<StorageError>("the line at position 305 is missing");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(rebuilding, Sealed)

BOOST_AUTO_TEST_CASE(a_log_that_was_never_signed_has_no_tree_to_rebuild) {
    remove(Table::meta, checkpoint_key);
    BOOST_TEST(rebuild_tree(*store) == 0U);
}

BOOST_AUTO_TEST_CASE(a_tree_is_rebuilt_up_to_the_checkpoint) {
    write_unsigned(100);
    put(Table::tiles, tile_key(7, 99), "garbage");
    std::vector<Position> done;
    BOOST_TEST(rebuild_tree(*store, [&](Position now, Position) { done.push_back(now); }) == 300U);
    BOOST_TEST(done.back() == 300U);
    seal_all();
    require_sealed();
}

BOOST_AUTO_TEST_CASE(no_tree_is_built_from_edited_lines) {
    const std::string tile = get(Table::tiles, tile_key(0, 0));
    put(Table::events, be64_key(17), "another line");
    const auto refused = [](std::string_view words) {
        return [words](const StoreRefused& error) { return says(error, words); };
    };
    BOOST_CHECK_EXCEPTION(
        rebuild_tree(*store), StoreRefused,
        refused("the lines up to position 300 are not those that the checkpoint was signed for"));
    // The old tiles are kept: they are needed to find the changed line.
    BOOST_CHECK(get(Table::tiles, tile_key(0, 0)) == tile);
    remove(Table::events, be64_key(300));
    BOOST_CHECK_EXCEPTION(rebuild_tree(*store), StoreRefused, refused("ends at position 299"));
    require_refused<StoreRefused>("ends at position 299");
}

BOOST_AUTO_TEST_SUITE_END()

// After any failed write and a restart, tree and lines have the same size, and the tree can grow.
BOOST_DATA_TEST_CASE_F(Opened, a_failed_write_leaves_tree_and_log_of_one_size,
                       boost::unit_test::data::make({1, 2, 3}), number) {
    const std::array<WalFault, 3> faults{WalFault::sync_fails, WalFault::disk_is_full,
                                         WalFault::half_a_write};
    LogSealer sealer(*store, {signer()});
    sealer.catch_up();
    for (int round = 0; round < 6; ++round) {
        write_group(sealer, random.between(1, 300));
        const SealedLog durable = sealer.sealed();
        files.set(faults.at(static_cast<std::size_t>(number - 1)));
        BOOST_CHECK_THROW(write_group(sealer, random.between(1, 300)), StorageError);
        files.set(WalFault::none);
        store->reopen();
        sealer.catch_up();
        lines = last_position(ReadView(*store));
        BOOST_TEST(lines >= durable.checkpoint.size);
        BOOST_TEST(sealer.sealed().checkpoint.size == lines);
        BOOST_CHECK(root_of(durable.checkpoint.size) == durable.checkpoint.root);
        require_sealed();
    }
}

BOOST_AUTO_TEST_SUITE_END()
