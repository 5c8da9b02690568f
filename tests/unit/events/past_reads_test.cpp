#include <atomic>
#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <rocksdb/perf_context.h>
#include <rocksdb/perf_level.h>

#include "base/io_wait_hook.hpp"
#include "events/store/keys.hpp"
#include "events/store/read_view.hpp"
#include "events/store/store.hpp"
#include "support/eventually.hpp"
#include "support/random.hpp"
#include "support/temp_directory.hpp"

BOOST_AUTO_TEST_SUITE(past_reads_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::store;
using namespace threatatlas::testing;
namespace fs = std::filesystem;

namespace {

constexpr auto each_read = ReadView::Of::the_moment_of_each_read;

std::unique_ptr<Store> create(const TempDirectory& directory) {
    return Store::open(directory / "data", {.create = true, .cache_mebibytes = 8});
}

void put(Store& store, Table table, std::string_view key, std::string_view value) {
    RowBatch batch(store);
    batch.put(table, key, value);
    store.write(batch);
}

// As on a worker's thread.
class ToldNothing final : public IoWaitHook {
  public:
    void begin() override {}
    void end() override {}
};

using Found = std::optional<ReadView::Row>;

Found asked(const ReadView& view, std::uint64_t product, std::uint64_t time) {
    return view.last_at_or_before(Table::history, be64_key(product, time), be64_key(product));
}

Found asked_on_a_worker(const Store& store, std::uint64_t product, std::uint64_t time) {
    ToldNothing waits;
    return asked(ReadView(store, each_read, &waits), product, time);
}

// Blocks read, from the cache or from the disk.
template <class Read>
std::uint64_t blocks_for(const Read& read) {
    rocksdb::SetPerfLevel(rocksdb::PerfLevel::kEnableCount);
    rocksdb::get_perf_context()->Reset();
    read();
    const rocksdb::PerfContext& counts = *rocksdb::get_perf_context();
    return counts.block_cache_hit_count + counts.block_read_count;
}

std::size_t files_on_disk(const TempDirectory& directory) {
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator(directory / "data" / "rocksdb")) {
        count += entry.path().extension() == ".sst" ? 1 : 0;
    }
    return count;
}

}  // namespace

// With files of different times, some of which a query about the past skips, and with reused and
// new iterators.
BOOST_AUTO_TEST_CASE(past_rows_are_found_in_all_files) {
    const TempDirectory directory;
    const auto store = create(directory);
    Random random(test_seed());
    using Rows = std::map<std::string, std::string>;
    Rows rows;
    std::uint64_t now = 1'000;
    for (int round = 0; round < 60; ++round) {
        RowBatch batch(*store);
        if (random.chance(5)) {
            rows.clear();
            store->clear(Table::history);
        }
        if (random.chance(5)) {
            store->reopen();
        }
        for (std::uint64_t i = random.between(0, 30); i > 0; --i) {
            // Times increase, except for a row that is written again or removed.
            const bool is_old = !rows.empty() && random.chance(10);
            const std::string key =
                is_old ? std::next(rows.begin(),
                                   static_cast<std::ptrdiff_t>(random.between(0, rows.size() - 1)))
                             ->first
                       : be64_key(random.between(1, 5), now += random.between(1, 9));
            if (is_old && random.chance(50)) {
                rows.erase(key);
                batch.erase(Table::history, key);
            } else {
                rows[key] = std::to_string(round);
                batch.put(Table::history, key, rows[key]);
            }
        }
        store->write(batch);
        if (random.chance(70)) {
            store->flush();
        }
        for (int question = 0; question < 50; ++question) {
            const std::uint64_t product = random.between(1, 5);
            const std::uint64_t time = random.between(900, now + 5);
            auto known = rows.upper_bound(be64_key(product, time));
            const bool is_known =
                known != rows.begin() && (--known)->first.starts_with(be64_key(product));
            for (const Found& found : {asked(ReadView(*store), product, time),
                                       asked(ReadView(*store, each_read), product, time),
                                       asked_on_a_worker(*store, product, time)}) {
                BOOST_TEST_REQUIRE(found.has_value() == is_known);
                if (is_known) {
                    BOOST_TEST(found->key == known->first);
                    BOOST_TEST(found->value == known->second);
                }
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(files_of_later_times_are_not_read) {
    const TempDirectory directory;
    const auto store = create(directory);
    const auto blocks_read_for = [&](std::uint64_t time) {
        return blocks_for([&] {
            const auto row = asked(ReadView(*store), 1, time);
            BOOST_TEST_REQUIRE(row.has_value());
            BOOST_TEST(row->key == be64_key(1, time));
        });
    };
    put(*store, Table::history, be64_key(1, 10), "a");
    store->flush();
    const auto of_one_file = blocks_read_for(10);
    put(*store, Table::history, be64_key(1, 20), "b");
    store->flush();
    put(*store, Table::history, be64_key(1, 30), "c");
    store->flush();
    BOOST_TEST(blocks_read_for(10) == of_one_file);
    BOOST_TEST(blocks_read_for(30) > of_one_file);
}

// The next query about the past needs neither a new iterator nor another read of the index.
BOOST_AUTO_TEST_CASE(an_iterator_is_reused_and_sees_new_rows) {
    const TempDirectory directory;
    const auto store = create(directory);
    put(*store, Table::history, be64_key(1, 10), "a");
    store->flush();
    const auto blocks_for_question = [&](std::uint64_t time, std::string_view value) {
        return blocks_for([&] {
            const Found found = asked_on_a_worker(*store, 1, time);
            BOOST_TEST_REQUIRE(found.has_value());
            BOOST_TEST(found->value == value);
        });
    };
    blocks_for_question(15, "a");
    const auto first = blocks_for([&] { asked(ReadView(*store), 1, 15); });
    BOOST_TEST(blocks_for_question(15, "a") < first);
    put(*store, Table::history, be64_key(1, 12), "b");
    BOOST_TEST(blocks_for_question(15, "b") < first);
    BOOST_TEST(blocks_for_question(11, "a") < first);
}

BOOST_AUTO_TEST_CASE(merged_files_are_released) {
    const TempDirectory directory;
    const auto store = create(directory);
    for (std::uint64_t time = 1; time <= 8; ++time) {
        // Of two products, so that files overlap and are merged, not moved.
        put(*store, Table::history, be64_key(1, time), "row");
        put(*store, Table::history, be64_key(2, time), "row");
        store->flush();
        // The files are not merged yet.
        BOOST_TEST(asked_on_a_worker(*store, 1, time).has_value());
        BOOST_TEST(asked(ReadView(*store, each_read), 1, time).has_value());
    }
    BOOST_TEST(eventually([&] {
        const auto files = store->use_of_memory_and_files().files;
        return files <= 2 && files_on_disk(directory) == files;
    }));
}

BOOST_AUTO_TEST_CASE(concurrent_reads_during_writes_are_correct) {
    const TempDirectory directory;
    const auto store = create(directory);
    std::atomic<std::uint64_t> newest{0};
    std::atomic<bool> is_over{false};
    std::atomic<int> wrong{0};
    std::vector<std::thread> readers;
    const std::uint64_t seed = test_seed();
    for (std::uint64_t i = 0; i < 4; ++i) {
        readers.emplace_back([&, i] {
            Random random(seed + i);
            while (!is_over) {
                const std::uint64_t known = newest;
                if (known == 0) {
                    continue;
                }
                const std::uint64_t time = random.between(1, known);
                const Found found = random.chance(80) ? asked_on_a_worker(*store, 1, time)
                                                      : asked(ReadView(*store, each_read), 1, time);
                if (!found || found->value != std::to_string(time)) {
                    ++wrong;
                }
            }
        });
    }
    for (std::uint64_t time = 1; time <= 600; ++time) {
        put(*store, Table::history, be64_key(1, time), std::to_string(time));
        newest = time;
        if (time % 20 == 0) {
            store->flush();
        }
    }
    is_over = true;
    for (std::thread& reader : readers) {
        reader.join();
    }
    BOOST_TEST(wrong == 0);
}

BOOST_AUTO_TEST_CASE(final_rows_are_found_again_without_a_search) {
    const TempDirectory directory;
    const auto store = create(directory);
    const ReadView view(*store, each_read);
    const std::string long_row(5'000, 'x');
    for (std::uint64_t i = 0; i < 1'000; ++i) {
        put(*store, Table::details, be64_key(i), i == 7 ? long_row : std::to_string(i));
    }
    store->flush();
    for (int round = 0; round < 2; ++round) {
        for (std::uint64_t i = 0; i < 1'000; ++i) {
            BOOST_TEST(view.get_final(Table::details, be64_key(i)).value() ==
                       (i == 7 ? long_row : std::to_string(i)));
        }
    }
    BOOST_TEST(!view.get_final(Table::details, be64_key(1'000)).has_value());
    const auto ask = [&](std::uint64_t i) {
        return blocks_for([&] { static_cast<void>(view.get_final(Table::details, be64_key(i))); });
    };
    ask(5);
    BOOST_TEST(ask(5) == 0U);
    ask(7);
    BOOST_TEST(ask(7) > 0U);
    // Rows of other tables are not affected.
    put(*store, Table::products, be64_key(5), "product");
    BOOST_TEST(view.get_final(Table::products, be64_key(5)).value() == "product");

    store->clear(Table::details);
    BOOST_TEST(!view.get_final(Table::details, be64_key(5)).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
