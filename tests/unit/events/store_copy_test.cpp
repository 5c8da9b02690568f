// A copy of a store during writes contains every write acknowledged before the copy started, and is
// a prefix of the log.

#include <algorithm>
#include <atomic>
#include <fstream>
#include <thread>

#include <boost/test/unit_test.hpp>

#include "events/event_log.hpp"
#include "events/store/data_directory.hpp"
#include "events/store/high_water_mark.hpp"
#include "events/store/keys.hpp"
#include "events/store/read_view.hpp"
#include "events/store/store.hpp"
#include "support/faulty_file_system.hpp"
#include "support/temp_directory.hpp"

BOOST_AUTO_TEST_SUITE(store_copy_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::events;
using namespace threatatlas::store;
using namespace threatatlas::testing;
namespace fs = std::filesystem;

namespace {

Instant at(std::int64_t micros) {
    return Instant{std::chrono::microseconds{micros}};
}

std::string content_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

// Writes two rows of two tables in one batch, so that a copy must contain both or neither.
void record(Store& store, Position position) {
    RowBatch batch(store);
    batch.put(Table::events, be64_key(position), std::string(200, 'x') + std::to_string(position));
    batch.put(Table::products, be64_key(1), be64_key(position));
    store.write(batch);
}

struct Source {
    explicit Source(FileEnvironment* environment = nullptr)
        : store(Store::open(directory / "data",
                            {.create = true, .cache_mebibytes = 8, .environment = environment})) {}

    void record_until(Position last) {
        for (Position position = last_position(ReadView(*store)) + 1; position <= last;
             ++position) {
            record(*store, position);
        }
    }

    TempDirectory directory;
    std::unique_ptr<Store> store;
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_copy_has_all_acknowledged_events_despite_other_writes) {
    Source source;
    std::atomic<Position> acknowledged = 0;
    std::atomic<bool> enough = false;
    std::thread writer([&] {
        HighWaterMarkFile mark(source.store->data());
        for (Position position = 1; !enough; ++position) {
            record(*source.store, position);
            mark.set({position, at(static_cast<std::int64_t>(position))});
            acknowledged = position;
        }
    });
    std::vector<Position> ends;
    for (int round = 0; round < 10; ++round) {
        while (acknowledged == (ends.empty() ? 0 : ends.back())) {
            std::this_thread::yield();
        }
        const fs::path target = source.directory / ("copy-" + std::to_string(round));
        const Position before = acknowledged;
        UnfinishedDirectory unfinished(target);
        const auto copy = source.store->copy_to(target);
        unfinished.finish();
        const ReadView view(*copy);
        const Position end = last_position(view);
        BOOST_TEST(end >= before);
        Position expected = 1;
        scan_lines(view, 1, [&](Position position, std::string_view) {
            BOOST_TEST(position == expected++);
            return true;
        });
        BOOST_TEST(view.get(Table::products, be64_key(1)).value() == be64_key(end));
        const HighWaterMark mark = read_mark(target);
        BOOST_TEST(mark.position == end);
        BOOST_CHECK(mark.answered_until >= at(static_cast<std::int64_t>(before)));
        BOOST_CHECK_NO_THROW(copy->check_files());
        ends.push_back(end);
    }
    enough = true;
    writer.join();
    BOOST_TEST(ends.front() < ends.back());
    // Copies do not change while the store continues, and can be written independently.
    for (std::size_t round = 0; round < ends.size(); ++round) {
        const auto copy =
            Store::open(source.directory / ("copy-" + std::to_string(round)), {.create = false});
        BOOST_TEST(last_position(ReadView(*copy)) == ends[round]);
        record(*copy, ends[round] + 1);
    }
    BOOST_TEST(last_position(ReadView(*source.store)) == acknowledged.load());
}

BOOST_AUTO_TEST_CASE(a_copy_is_a_data_directory_and_nothing_else) {
    Source source;
    source.record_until(5);
    std::ofstream(source.directory / "data" / "admin-token") << "ta_secret";
    const fs::path target = source.directory / "copy";
    {
        UnfinishedDirectory unfinished(target);
        source.store->copy_to(target);
        BOOST_CHECK_THROW(Store::open(target, {.create = true}), StoreRefused);
        BOOST_CHECK_THROW(Store::open_beside(target, source.directory / "scratch"), StoreRefused);
        unfinished.finish();
    }
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(target)) {
        names.push_back(entry.path().filename());
    }
    std::sort(names.begin(), names.end());
    BOOST_TEST(names == (std::vector<std::string>{"FORMAT", "mark", "rocksdb"}),
               boost::test_tools::per_element());
    BOOST_TEST(content_of(target / "FORMAT") == content_of(source.directory / "data" / "FORMAT"));
    BOOST_CHECK(fs::status(target).permissions() == fs::perms::owner_all);
    BOOST_TEST(bytes_of(target) > 5U * 200U);
}

BOOST_AUTO_TEST_CASE(a_copy_that_is_not_finished_leaves_nothing) {
    Source source;
    source.record_until(5);
    const fs::path fresh = source.directory / "fresh";
    const fs::path empty = source.directory / "empty";
    fs::create_directory(empty);
    for (const fs::path& target : {fresh, empty}) {
        const UnfinishedDirectory unfinished(target);
        source.store->copy_to(target);
        BOOST_TEST(fs::exists(target / "rocksdb" / "CURRENT"));
    }
    BOOST_TEST(!fs::exists(fresh));
    BOOST_TEST(fs::is_empty(empty));
}

BOOST_AUTO_TEST_CASE(a_copy_needs_an_unused_path) {
    Source source;
    source.record_until(5);
    const fs::path taken = source.directory / "taken";
    fs::create_directory(taken);
    std::ofstream(taken / "thesis.txt") << "years of work";
    BOOST_CHECK_THROW(UnfinishedDirectory{taken}, StoreRefused);
    BOOST_CHECK_THROW(UnfinishedDirectory{taken / "thesis.txt"}, StoreRefused);
    BOOST_CHECK_THROW(UnfinishedDirectory{source.store->data()}, StoreRefused);
    BOOST_TEST(content_of(taken / "thesis.txt") == "years of work");
    BOOST_TEST(last_position(ReadView(*source.store)) == 5U);
}

BOOST_AUTO_TEST_CASE(a_full_disk_is_reported_and_the_store_continues) {
    FaultyFileSystem files;
    files.fill("copy");
    Source source(files.environment());
    source.record_until(5);
    {
        const UnfinishedDirectory unfinished(source.directory / "copy");
        BOOST_CHECK_THROW(source.store->copy_to(source.directory / "copy"), StorageError);
    }
    BOOST_TEST(!fs::exists(source.directory / "copy"));
    source.record_until(10);
    UnfinishedDirectory elsewhere(source.directory / "elsewhere");
    const auto copy = source.store->copy_to(source.directory / "elsewhere");
    BOOST_TEST(last_position(ReadView(*copy)) == 10U);
}

BOOST_AUTO_TEST_CASE(a_log_that_has_become_shorter_is_not_copied) {
    Source source;
    source.record_until(5);
    HighWaterMarkFile(source.store->data()).set({6, {}});
    const UnfinishedDirectory unfinished(source.directory / "copy");
    BOOST_CHECK_THROW(source.store->copy_to(source.directory / "copy"), StorageError);
}

BOOST_AUTO_TEST_CASE(a_mark_is_read_while_another_thread_sets_it) {
    const TempDirectory directory;
    BOOST_CHECK(read_mark(directory.path()) == HighWaterMark{});
    HighWaterMarkFile file(directory.path());
    BOOST_CHECK(read_mark(directory.path()) == HighWaterMark{});
    std::atomic<bool> enough = false;
    std::atomic<std::size_t> mixed = 0;
    std::thread reader([&] {
        while (!enough) {
            const HighWaterMark mark = read_mark(directory.path());
            mixed += mark.answered_until == at(static_cast<std::int64_t>(mark.position)) ? 0 : 1;
        }
    });
    for (Position position = 1; position <= 100'000; ++position) {
        file.set({position, at(static_cast<std::int64_t>(position))});
    }
    enough = true;
    reader.join();
    BOOST_TEST(mixed == 0U);
    BOOST_TEST(read_mark(directory.path()).position == 100'000U);
    std::ofstream(directory / "mark") << "position 1";
    BOOST_CHECK_THROW(read_mark(directory.path()), StorageError);
}

BOOST_AUTO_TEST_SUITE_END()
