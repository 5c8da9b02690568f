#include "events/store/store.hpp"

#include <array>
#include <fstream>
#include <sys/wait.h>

#include <boost/test/unit_test.hpp>
#include <fcntl.h>
#include <rocksdb/db.h>
#include <unistd.h>

#include "base/io_wait_hook.hpp"
#include "events/store/keys.hpp"
#include "events/store/read_view.hpp"
#include "support/temp_directory.hpp"

BOOST_AUTO_TEST_SUITE(store_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::store;
using namespace threatatlas::testing;
namespace fs = std::filesystem;

namespace {

std::unique_ptr<Store> create(const fs::path& data) {
    return Store::open(data, {.create = true, .cache_mebibytes = 8});
}

// The error of opening a directory; empty if it can be opened.
std::string refusal_of(const fs::path& data, bool may_create = true) {
    try {
        Store::open(data, {.create = may_create, .cache_mebibytes = 8});
        return {};
    } catch (const StoreRefused& refusal) {
        return refusal.what();
    }
}

void write_file(const fs::path& path, std::string_view text) {
    std::ofstream(path) << text;
}

std::string read_file(const fs::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

void put(Store& store, Table table, std::string_view key, std::string_view value) {
    RowBatch batch(store);
    batch.put(table, key, value);
    store.write(batch);
}

// A child process that holds the database lock until the destructor kills it.
class Holder {
  public:
    explicit Holder(const fs::path& lock_file) {
        std::array<int, 2> ready{};
        BOOST_REQUIRE(::pipe(ready.data()) == 0);
        child_ = ::fork();
        if (child_ == 0) {
            // Only async-signal-safe calls between fork and _exit.
            const int file = ::open(lock_file.c_str(), O_RDWR);
            struct flock lock {};
            lock.l_type = F_WRLCK;
            const char locked = ::fcntl(file, F_SETLK, &lock) == 0 ? 'y' : 'n';
            if (::write(ready[1], &locked, 1) == 1) {
                ::pause();
            }
            ::_exit(0);
        }
        char locked = 'n';
        BOOST_REQUIRE(::read(ready[0], &locked, 1) == 1);
        BOOST_REQUIRE(locked == 'y');
        ::close(ready[0]);
        ::close(ready[1]);
    }
    ~Holder() {
        ::kill(child_, SIGKILL);
        ::waitpid(child_, nullptr, 0);
    }
    Holder(const Holder&) = delete;
    Holder& operator=(const Holder&) = delete;

  private:
    pid_t child_ = 0;
};

std::vector<std::string> keys_in(const ReadView& view, Table table, std::string_view prefix) {
    std::vector<std::string> keys;
    view.scan(table, prefix, prefix, [&](std::string_view key, std::string_view) {
        keys.emplace_back(key);
        return true;
    });
    return keys;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_new_directory_is_created_with_its_format) {
    const TempDirectory directory;
    const auto data = directory / "a" / "b";
    create(data);
    BOOST_TEST(read_file(data / "FORMAT") == "threatatlas data, format 5\n");
    // The data is confidential, so only its owner has access.
    BOOST_CHECK(fs::status(data).permissions() == fs::perms::owner_all);
    BOOST_TEST(refusal_of(data, false) == "");
}

BOOST_AUTO_TEST_CASE(an_empty_directory_is_accepted) {
    const TempDirectory directory;
    BOOST_TEST(refusal_of(directory.path()) == "");
}

BOOST_AUTO_TEST_CASE(nothing_is_created_unless_requested) {
    const TempDirectory directory;
    const auto data = directory / "data";
    BOOST_TEST(refusal_of(data, false) == "there is no data in " + data.string());
    BOOST_TEST(!fs::exists(data));
    BOOST_CHECK_THROW(Store::open_beside(data, directory / "scratch"), StoreRefused);
    BOOST_TEST(!fs::exists(data));
}

BOOST_AUTO_TEST_CASE(an_interrupted_start_can_be_repeated) {
    const TempDirectory directory;
    write_file(directory / "FORMAT.new", "threatatlas da");
    BOOST_TEST(refusal_of(directory.path()) == "");
    BOOST_TEST(!fs::exists(directory / "FORMAT.new"));
}

BOOST_AUTO_TEST_CASE(options_are_not_written_once_for_each_table) {
    const TempDirectory directory;
    create(directory / "data");
    // RocksDB numbers all files that it writes, and keeps only the newest ones with options.
    for (const auto& file : fs::directory_iterator(directory / "data" / "rocksdb")) {
        const std::string name = file.path().filename();
        if (const std::string prefix = "OPTIONS-"; name.starts_with(prefix)) {
            BOOST_TEST(std::stoul(name.substr(prefix.size())) < table_count);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_database_without_its_tables_is_completed) {
    const TempDirectory directory;
    const auto data = directory / "data";
    create(data);
    // As left by a creation that ends before it has created the tables.
    fs::remove_all(data / "rocksdb");
    rocksdb::Options options;
    options.create_if_missing = true;
    rocksdb::DB* database = nullptr;
    BOOST_REQUIRE(rocksdb::DB::Open(options, (data / "rocksdb").string(), &database).ok());
    delete database;

    const auto store = create(data);
    for (std::size_t i = 0; i < table_count; ++i) {
        const auto table = static_cast<Table>(i);
        put(*store, table, "key", table_name(table));
        BOOST_TEST(store->get(table, "key").value_or("") == table_name(table));
    }
}

BOOST_AUTO_TEST_CASE(a_directory_with_other_files_is_refused) {
    const TempDirectory directory;
    write_file(directory / "letters.txt", "dear");
    BOOST_TEST(refusal_of(directory.path()) ==
               directory.path().string() +
                   " is not empty and not a ThreatAtlas data directory: name another one");
    const auto file = directory / "letters.txt";
    BOOST_TEST(refusal_of(file).starts_with(file.string()));
    BOOST_TEST(read_file(file) == "dear");
}

BOOST_AUTO_TEST_CASE(a_foreign_format_is_refused) {
    const TempDirectory directory;
    for (const std::string_view text : {"", "some other data, format 1\n", "threatatlas data"}) {
        write_file(directory / "FORMAT", text);
        BOOST_TEST(refusal_of(directory.path()) ==
                   directory.path().string() +
                       " is not a ThreatAtlas data directory: name another one, or an empty one");
        BOOST_CHECK_THROW(Store::open_beside(directory.path(), directory / "scratch"),
                          StoreRefused);
    }
    for (const std::string_view text :
         {"threatatlas data, format ", "threatatlas data, format x", "threatatlas data, format 0",
          "threatatlas data, format -1", "threatatlas data, format 1.5",
          "threatatlas data, format 99999999999"}) {
        write_file(directory / "FORMAT", text);
        BOOST_TEST(refusal_of(directory.path()) ==
                   (directory / "FORMAT").string() +
                       " does not say its format: restore it from a backup");
    }
    BOOST_TEST(!fs::exists(directory / "rocksdb"));
}

BOOST_AUTO_TEST_CASE(an_earlier_format_becomes_the_current_one_on_the_first_write) {
    const TempDirectory directory;
    const auto data = directory / "data";
    create(data);
    write_file(data / "FORMAT", "threatatlas data, format 1\n");
    {
        const TempDirectory scratch;
        Store::open_beside(data, scratch.path());
    }
    BOOST_TEST(read_file(data / "FORMAT") == "threatatlas data, format 1\n");
    Store::open(data, {});
    BOOST_TEST(read_file(data / "FORMAT") == "threatatlas data, format 5\n");
}

BOOST_AUTO_TEST_CASE(a_newer_format_is_refused) {
    const TempDirectory directory;
    write_file(directory / "FORMAT", "threatatlas data, format 6\n");
    BOOST_TEST(refusal_of(directory.path()) ==
               directory.path().string() +
                   " has format 6, and this program knows formats up to 5: use the newer version "
                   "of ThreatAtlas that wrote it");
    BOOST_TEST(!fs::exists(directory / "rocksdb"));
}

BOOST_AUTO_TEST_CASE(only_one_process_can_write) {
    const TempDirectory directory;
    const auto data = directory / "data";
    const std::string in_use = data.string() + " is in use by another process: stop that one first";
    {
        const auto store = create(data);
        BOOST_TEST(refusal_of(data) == in_use);
    }
    BOOST_TEST(refusal_of(data) == "");
    {
        const Holder holder(data / "rocksdb" / "LOCK");
        BOOST_TEST(refusal_of(data) == in_use);
    }
    BOOST_TEST(refusal_of(data) == "");
}

BOOST_AUTO_TEST_CASE(other_faults_are_not_reported_as_in_use) {
    const TempDirectory directory;
    const auto data = directory / "block";
    create(data);
    fs::remove_all(data / "rocksdb");
    fs::create_directories(data / "rocksdb" / "LOCK");
    BOOST_CHECK_THROW(create(data), StorageError);
}

BOOST_AUTO_TEST_CASE(rows_persist_in_their_table) {
    const TempDirectory directory;
    for (std::size_t i = 0; i < table_count; ++i) {
        const auto table = static_cast<Table>(i);
        auto store = create(directory / "data");
        put(*store, table, "key", table_name(table));
    }
    const auto store = create(directory / "data");
    for (std::size_t i = 0; i < table_count; ++i) {
        const auto table = static_cast<Table>(i);
        BOOST_TEST(store->get(table, "key").value() == table_name(table));
        BOOST_TEST(!store->get(table, "ke").has_value());
        BOOST_TEST(!store->get(table, "key2").has_value());
    }
}

BOOST_AUTO_TEST_CASE(clearing_a_table_leaves_the_others) {
    const TempDirectory directory;
    const auto store = create(directory / "data");
    const std::string highest(8, '\xff');
    for (const auto& key : {std::string(), std::string("a"), highest, highest + highest}) {
        put(*store, Table::threats, key, "x");
        put(*store, Table::products, key, "x");
    }
    store->clear(Table::threats);
    const ReadView view(*store);
    BOOST_TEST(keys_in(view, Table::threats, "").empty());
    BOOST_TEST(keys_in(view, Table::products, "").size() == 4U);
    put(*store, Table::threats, "a", "again");
    BOOST_TEST(store->get(Table::threats, "a").value() == "again");
}

BOOST_AUTO_TEST_CASE(projection_tables_exclude_the_other_tables) {
    for (const Table table : projection_tables()) {
        BOOST_CHECK(table != Table::events && table != Table::idempotency &&
                    table != Table::token_use && table != Table::tiles && table != Table::meta);
    }
    BOOST_TEST(projection_tables().size() == table_count - 5);
}

BOOST_AUTO_TEST_CASE(a_view_does_not_change) {
    const TempDirectory directory;
    const auto store = create(directory / "data");
    put(*store, Table::meta, "a", "1");
    const ReadView view(*store);
    put(*store, Table::meta, "a", "2");
    put(*store, Table::meta, "b", "2");
    BOOST_TEST(view.get(Table::meta, "a").value() == "1");
    BOOST_TEST(!view.get(Table::meta, "b").has_value());
    BOOST_TEST(keys_in(view, Table::meta, "").size() == 1U);
    BOOST_TEST(!view.last_at_or_before(Table::meta, "b", "b").has_value());
    BOOST_TEST(ReadView(*store).get(Table::meta, "a").value() == "2");
}

BOOST_AUTO_TEST_CASE(rows_are_found_by_prefix_and_order) {
    const TempDirectory directory;
    const auto store = create(directory / "data");
    for (const std::uint64_t product : {1U, 2U, 256U}) {
        for (const std::uint64_t id : {5U, 255U, 256U}) {
            put(*store, Table::history, be64_key(product, id), std::to_string(id));
        }
    }
    const ReadView view(*store);
    const auto found = [&](std::uint64_t product, std::uint64_t at) -> std::string {
        const auto row =
            view.last_at_or_before(Table::history, be64_key(product, at), be64_key(product));
        return row ? row->value : "none";
    };
    BOOST_TEST(found(2, 4) == "none");
    BOOST_TEST(found(2, 5) == "5");
    BOOST_TEST(found(2, 254) == "5");
    BOOST_TEST(found(2, 255) == "255");
    BOOST_TEST(found(2, 1'000'000) == "256");
    BOOST_TEST(found(3, 1'000'000) == "none");
    BOOST_TEST(keys_in(view, Table::history, be64_key(2)).size() == 3U);
    BOOST_TEST(keys_in(view, Table::history, be64_key(3)).empty());

    std::vector<std::string> values;
    view.scan(Table::history, be64_key(2), be64_key(2, 6),
              [&](std::string_view, std::string_view value) {
                  values.emplace_back(value);
                  return values.size() < 1;
              });
    BOOST_TEST(values == std::vector<std::string>{"255"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_second_reader_sees_only_durable_rows) {
    const TempDirectory directory;
    const auto data = directory / "data";
    const auto writer = create(data);
    put(*writer, Table::meta, "flushed", "1");
    writer->flush();
    put(*writer, Table::meta, "logged", "1");

    const auto beside = Store::open_beside(data, directory / "scratch");
    BOOST_TEST(!beside->is_writable());
    put(*writer, Table::meta, "later", "1");
    writer->flush();
    {
        const ReadView view(*beside);
        BOOST_TEST(view.get(Table::meta, "flushed").value() == "1");
        BOOST_TEST(view.get(Table::meta, "logged").value() == "1");
        BOOST_TEST(!view.get(Table::meta, "later").has_value());
        BOOST_TEST(keys_in(view, Table::meta, "").size() == 2U);
    }
    RowBatch batch(*beside);
    batch.put(Table::meta, "mine", "1");
    BOOST_CHECK_THROW(beside->write(batch), StorageError);

    const auto second = Store::open_beside(data, directory / "scratch2");
    BOOST_TEST(second->get(Table::meta, "later").value() == "1");
}

BOOST_AUTO_TEST_CASE(a_batch_over_many_tables_is_atomic) {
    const TempDirectory directory;
    const auto store = create(directory / "data");
    RowBatch batch(*store);
    batch.put(Table::events, "e", "1");
    batch.put(Table::history, "h", "1");
    {
        const ReadView before(*store);
        store->write(batch);
        BOOST_TEST(!before.get(Table::events, "e").has_value());
        BOOST_TEST(!before.get(Table::history, "h").has_value());
    }
    BOOST_TEST(store->get(Table::events, "e").has_value());
    BOOST_TEST(store->get(Table::history, "h").has_value());
}

BOOST_AUTO_TEST_CASE(a_thread_can_be_notified_before_it_waits_for_the_disk) {
    class Told final : public IoWaitHook {
      public:
        void begin() override {
            BOOST_TEST(begun == ended);
            ++begun;
        }
        void end() override { ++ended; }
        int begun = 0;
        int ended = 0;
    };
    const TempDirectory directory;
    const std::string early = be64_key(7, 100);
    {
        const auto store = create(directory / "data");
        put(*store, Table::details, early, "texts");
        put(*store, Table::history, early, "posture");
        store->flush();
    }
    // The reopened store has an empty cache.
    const auto store = create(directory / "data");
    put(*store, Table::history, be64_key(8, 100), "in memory");
    Told told;
    const ReadView view(*store, &told);
    const auto read_all = [&] {
        BOOST_TEST(view.get(Table::details, early).value() == "texts");
        BOOST_TEST(!view.get(Table::products, early));
        const auto row = view.last_at_or_before(Table::history, be64_key(7, 150), be64_key(7));
        BOOST_TEST_REQUIRE(row.has_value());
        BOOST_TEST(row->value == "posture");
    };
    read_all();
    BOOST_TEST(told.begun == 2);  // one row of each of two tables; `products` has no file
    BOOST_TEST(told.ended == 2);
    read_all();
    BOOST_TEST(view.last_at_or_before(Table::history, be64_key(8, 150), be64_key(8)).has_value());
    BOOST_TEST(told.begun == 2);
}

BOOST_AUTO_TEST_CASE(the_use_of_memory_and_files_is_reported) {
    const TempDirectory directory;
    const auto store = create(directory / "data");
    BOOST_TEST(store->use_of_memory_and_files().files == 0U);
    for (const std::string key : {"1", "2", "3", "4", "5", "6", "7", "8", "9", "10"}) {
        put(*store, Table::threats, key, std::string(100'000, 'x'));
    }
    const StoreUse in_memory = store->use_of_memory_and_files();
    BOOST_TEST(in_memory.memory_table_bytes > 1'000'000U);
    BOOST_TEST(in_memory.files == 0U);
    store->flush();
    const StoreUse in_files = store->use_of_memory_and_files();
    BOOST_TEST(in_files.memory_table_bytes < 1'000'000U);
    BOOST_TEST(in_files.files == 1U);
    BOOST_TEST(store->get(Table::threats, "1").has_value());
    BOOST_TEST(store->use_of_memory_and_files().cache_bytes > in_files.cache_bytes);
}

// Keys that are only appended form files that are moved between levels but never merged.
BOOST_AUTO_TEST_CASE(indexes_of_many_files_take_no_more_than_the_cache_may) {
    const TempDirectory directory;
    constexpr std::size_t cache_mebibytes = 1;
    const auto store =
        Store::open(directory / "data", {.create = true, .cache_mebibytes = cache_mebibytes});
    // Every block has a long key in the index: 60 KiB for each file.
    const std::string long_part(1'000, 'k');
    const std::string value(5'000, 'v');
    constexpr std::uint64_t files = 60;
    constexpr std::uint64_t blocks = 60;
    for (std::uint64_t file = 0; file < files; ++file) {
        RowBatch batch(*store);
        for (std::uint64_t block = 0; block < blocks; ++block) {
            batch.put(Table::threats, be64_key(file) + long_part + be64_key(2 * block), value);
        }
        store->write(batch);
        store->flush();
        // Loads the index.
        BOOST_TEST(!store->get(Table::threats, be64_key(file) + long_part + be64_key(1)));
    }
    BOOST_TEST(store->use_of_memory_and_files().cache_bytes <= (cache_mebibytes << 20U));
}

namespace {

// A group with a number of lines, one tile row and one projection row.
struct Group {
    Group(const Store& store, Position expected, std::size_t lines) : projections(store) {
        log.begin_after(expected);
        for (std::size_t i = 1; i <= lines; ++i) {
            log.add_line("line " + std::to_string(expected + i));
        }
        log.add_row({Table::tiles, "edge", std::to_string(log.end())});
        projections.applied = log.end();
        projections.rows.put(Table::products, "p", std::to_string(log.end()));
    }

    LogAppend log;
    ProjectionChanges projections;
};

// The store's content as text: log lines, tile and product.
std::string state_of(const Store& store) {
    std::string state;
    const ReadView view(store);
    view.scan(Table::events, "", "", [&](std::string_view key, std::string_view line) {
        state += std::to_string(read_be64(key)) + ": " + std::string(line) + ", ";
        return true;
    });
    return state + "tile " + view.get(Table::tiles, "edge").value_or("none") + ", product " +
           view.get(Table::products, "p").value_or("none");
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_group_appends_to_the_log_and_changes_projections_together) {
    const TempDirectory directory;
    const auto store = create(directory / "data");
    Group first(*store, 0, 2);
    store->commit(first.log, first.projections);
    BOOST_TEST(state_of(*store) == "1: line 1, 2: line 2, tile 2, product 2");

    // A group without lines leaves the log unchanged.
    Group none(*store, 2, 0);
    store->commit(none.log, none.projections);
    Group next(*store, 2, 1);
    store->commit_unsynced(next.log, next.projections);
    BOOST_TEST(state_of(*store) == "1: line 1, 2: line 2, 3: line 3, tile 3, product 3");

    // The end of the log is also known after reopening, and after a write by other means.
    store->reopen();
    put(*store, Table::events, be64_key(4), "line 4");
    Group last(*store, 4, 1);
    store->commit(last.log, last.projections);
    BOOST_TEST(last_position(ReadView(*store)) == 5U);
}

BOOST_AUTO_TEST_CASE(a_group_that_does_not_continue_the_log_is_refused_and_nothing_is_written) {
    const TempDirectory directory;
    const auto store = create(directory / "data");
    Group first(*store, 0, 2);
    store->commit(first.log, first.projections);
    const std::string before = state_of(*store);
    for (const Position expected : {0U, 1U, 3U}) {
        Group other(*store, expected, 1);
        BOOST_CHECK_THROW(store->commit(other.log, other.projections), StorageError);
        BOOST_CHECK_THROW(store->commit_unsynced(other.log, other.projections), StorageError);
    }
    BOOST_TEST(state_of(*store) == before);
    Group next(*store, 2, 1);
    store->commit(next.log, next.projections);
    BOOST_TEST(last_position(ReadView(*store)) == 3U);
}

BOOST_AUTO_TEST_CASE(projections_that_are_not_applied_up_to_the_new_end_are_refused) {
    const TempDirectory directory;
    const auto store = create(directory / "data");
    const std::string before = state_of(*store);
    for (const Position applied : {0U, 1U, 3U}) {
        Group group(*store, 0, 2);
        group.projections.applied = applied;
        BOOST_CHECK_THROW(store->commit(group.log, group.projections), StorageError);
    }
    BOOST_TEST(state_of(*store) == before);
    Group group(*store, 0, 2);
    store->commit(group.log, group.projections);
    BOOST_TEST(last_position(ReadView(*store)) == 2U);
}

BOOST_AUTO_TEST_SUITE_END()
