// A store whose directory is renamed, replaced, removed or emptied while it is open.

#include "events/store/held_directory.hpp"

#include <fstream>
#include <map>
#include <sstream>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "events/store/high_water_mark.hpp"
#include "events/store/store.hpp"
#include "support/temp_directory.hpp"

BOOST_AUTO_TEST_SUITE(held_directory_test)

using namespace threatatlas;
using namespace threatatlas::store;
using namespace threatatlas::testing;
namespace fs = std::filesystem;

namespace {

// All files below a directory, with their content.
std::map<std::string, std::string> content_of(const fs::path& directory) {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(directory)) {
        if (entry.is_regular_file()) {
            std::ostringstream content;
            content << std::ifstream(entry.path(), std::ios::binary).rdbuf();
            files[entry.path().lexically_relative(directory)] = content.str();
        }
    }
    return files;
}

struct Held {
    const TempDirectory directory;
    const fs::path data = directory / "data";
    const fs::path elsewhere = directory / "data.old";
    std::unique_ptr<Store> store = Store::open(data, {.create = true, .cache_mebibytes = 8});
    unsigned rows = 0;

    Held() {
        write();
        store->flush();
        write();
    }

    void write() {
        RowBatch batch(*store);
        for (const Table table : {Table::events, Table::threats}) {
            batch.put(table, fmt::format("{:06}", rows), "row");
        }
        store->write(batch);
        ++rows;
    }
    void require_writable() {
        BOOST_TEST(!store->directory_fault().has_value());
        BOOST_CHECK_NO_THROW(write());
    }
    void require_refused(std::string_view because) {
        const auto fault = store->directory_fault();
        BOOST_TEST_REQUIRE(fault.has_value());
        BOOST_TEST(fault->find(because) != std::string::npos, *fault);
        BOOST_TEST(fault->find('/') == std::string::npos, *fault);
        BOOST_CHECK_THROW(write(), StorageError);
        BOOST_CHECK_THROW(store->require_own_directory(), StorageError);
        // Rows written before can still be read.
        BOOST_TEST(store->get(Table::events, "000000").has_value());
        BOOST_TEST(store->get(Table::threats, "000001").has_value());
    }
    void require_rows_in(const fs::path& place) {
        store.reset();
        const auto again = Store::open(place, {.cache_mebibytes = 8});
        for (unsigned row = 0; row < rows; ++row) {
            BOOST_TEST(again->get(Table::events, fmt::format("{:06}", row)).has_value());
        }
    }
    fs::path file_like(std::string_view extension) const {
        for (const auto& entry : fs::directory_iterator(data / "rocksdb")) {
            if (entry.path().extension() == extension) {
                return entry.path();
            }
        }
        return {};
    }
};

constexpr std::string_view moved = "was renamed, replaced or removed";
constexpr std::string_view emptied = "Files of the data directory were removed";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(held_directory, Held)

BOOST_AUTO_TEST_CASE(nothing_is_written_while_the_directory_is_renamed) {
    fs::rename(data, elsewhere);
    require_refused(moved);
    fs::rename(elsewhere, data);
    require_writable();
    require_rows_in(data);
}

BOOST_AUTO_TEST_CASE(a_directory_that_replaced_it_is_not_touched) {
    fs::rename(data, elsewhere);
    fs::copy(elsewhere, data, fs::copy_options::recursive);
    const auto before = content_of(data);
    require_refused(moved);
    // RocksDB's own writes go to the open directory, regardless of its current name.
    store->flush();
    store->clear(Table::threats);
    store->flush();
    store->reopen();
    HighWaterMarkFile(store->own_data()).set({.position = 7});
    BOOST_CHECK(content_of(data) == before);
    BOOST_TEST(fs::exists(elsewhere / "mark"));
    require_rows_in(elsewhere);
}

BOOST_AUTO_TEST_CASE(a_redirected_link_is_another_directory) {
    const fs::path current = directory / "current";
    store.reset();
    fs::create_directory_symlink(data, current);
    store = Store::open(current, {.cache_mebibytes = 8});
    require_writable();
    fs::copy(data, elsewhere, fs::copy_options::recursive);
    fs::remove(current);
    fs::create_directory_symlink(elsewhere, current);
    require_refused(moved);
    fs::remove(current);
    fs::create_directory_symlink(data, current);
    require_writable();
}

BOOST_AUTO_TEST_CASE(nothing_is_written_to_a_directory_that_was_removed) {
    fs::remove_all(data);
    require_refused(moved);
    fs::create_directories(data);
    require_refused(moved);
    BOOST_TEST(fs::is_empty(data));
}

BOOST_AUTO_TEST_CASE(a_directory_that_was_emptied_is_not_written_to) {
    HighWaterMarkFile(data).set({.position = 1});
    require_writable();
    for (const auto& entry : fs::directory_iterator(data)) {
        fs::remove_all(entry.path());
    }
    require_refused(emptied);
    // Simulates a restore into the emptied directory.
    Store::open(elsewhere, {.create = true, .cache_mebibytes = 8}).reset();
    fs::copy(elsewhere, data, fs::copy_options::recursive);
    const auto before = content_of(data);
    require_refused(emptied);
    BOOST_CHECK(content_of(data) == before);
}

BOOST_DATA_TEST_CASE(every_missing_file_is_noticed,
                     boost::unit_test::data::make({"FORMAT", "mark", "rocksdb/CURRENT",
                                                   "rocksdb/LOCK", "*.sst", "*.log"}),
                     name) {
    HighWaterMarkFile(data).set({.position = 1});
    require_writable();
    const std::string_view wanted(name);
    BOOST_TEST_REQUIRE(
        fs::remove(wanted.starts_with("*") ? file_like(wanted.substr(1)) : data / wanted));
    require_refused(emptied);
}

BOOST_AUTO_TEST_CASE(files_that_the_database_removes_are_not_missed) {
    for (int round = 0; round < 40; ++round) {
        require_writable();
        store->flush();
        require_writable();
        if (round % 10 == 9) {
            store->reopen();
        }
    }
    require_rows_in(data);
}

BOOST_AUTO_TEST_CASE(messages_have_the_usual_names) {
    const HeldDirectory held(directory / ".");
    const std::string own = held.database() / "000012.sst";
    BOOST_TEST(own.starts_with("/proc/self/fd/"));
    const std::string usual = fs::canonical(directory.path()) / "rocksdb" / "000012.sst";
    BOOST_TEST(StorageError(own + ": broken, " + own).what() == usual + ": broken, " + usual);
    BOOST_TEST(with_usual_names("/proc/self/fd/ and /proc/self/fd/99999/x") ==
               "/proc/self/fd/ and /proc/self/fd/99999/x");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
