// Backup and restore: the restored data is exactly what was backed up, or nothing is restored.

#include "projections/audit/backup.hpp"

#include <csignal>
#include <fstream>

#include <boost/test/unit_test.hpp>

#include "events/log_epoch.hpp"
#include "events/store/high_water_mark.hpp"
#include "events/store/keys.hpp"
#include "projections/audit/rebuild.hpp"
#include "support/child_process.hpp"
#include "support/made_up_log.hpp"
#include "support/random.hpp"
#include "support/temp_directory.hpp"

BOOST_AUTO_TEST_SUITE(backup_test)

using namespace threatatlas;
using namespace threatatlas::audit;
using namespace threatatlas::events;
using namespace threatatlas::store;
using namespace threatatlas::testing;
namespace fs = std::filesystem;

namespace {

struct Place {
    Place() : log(made_up_log()) {
        import_into(data, log);
        HighWaterMarkFile(data).set({log.lines().size(), log.time()});
    }

    void back_up_all() { back_up(*Store::open(data, {}), copy); }

    void put(Table table, std::string_view key, std::string_view value) {
        const auto store = Store::open(data, {});
        RowBatch batch(*store);
        batch.put(table, key, value);
        store->write(batch);
    }

    TempDirectory directory;
    const fs::path data = directory / "data";
    const fs::path copy = directory / "copy";
    const fs::path target = directory / "target";
    const MadeUpLog log;
};

std::vector<std::string> lines_in(const fs::path& data) {
    const auto store = Store::open(data, {});
    std::vector<std::string> lines;
    scan_lines(ReadView(*store), 1, [&](Position, std::string_view line) {
        lines.emplace_back(line);
        return true;
    });
    return lines;
}

// Contents of all files below a directory, by relative path.
std::map<std::string, std::string> files_in(const fs::path& directory) {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(directory)) {
        if (entry.is_regular_file()) {
            std::ifstream file(entry.path(), std::ios::binary);
            files[fs::relative(entry.path(), directory)] = {std::istreambuf_iterator<char>(file),
                                                            {}};
        }
    }
    return files;
}

// Changes one byte, without affecting files that are hard links to this one.
void change_byte(const fs::path& path, std::string content, std::size_t at, char by) {
    content[at] = static_cast<char>(content[at] ^ by);
    fs::remove(path);
    std::ofstream(path, std::ios::binary) << content;
}

// The error of a restore; empty if it succeeds.
std::string failure_of(const fs::path& backup, const fs::path& target) {
    try {
        restore(backup, target);
        return {};
    } catch (const std::exception& error) {
        return error.what();
    }
}

// Whether the program restores the backup. Not run in this process: RocksDB reads the properties
// block of a table before it compares the checksum, and fails an assertion of its own if the last
// bytes of the block are damaged.
bool is_restored(const fs::path& backup, const fs::path& target) {
    const auto result =
        run_program({.arguments = {server_binary(), "restore", "--from", backup, "--data", target},
                     .environment = {},
                     .working_directory = {}});
    const bool ended_by_assertion =
        result.exit_code == 128 + SIGABRT &&
        result.err.find("an internal check failed") != std::string::npos;
    BOOST_TEST((result.exit_code < 128 || ended_by_assertion), result.err);
    return result.exit_code == 0;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(backup, Place)

BOOST_AUTO_TEST_CASE(a_restored_directory_equals_the_backup) {
    const CopyFacts made = back_up(*Store::open(data, {}), copy);
    BOOST_TEST(made.end.position == log.lines().size());
    BOOST_CHECK(made.end.time == log.time());
    BOOST_TEST(made.bytes > log.text().size() / 10);
    const auto backed_up = files_in(copy);
    const CopyFacts restored = restore(copy, target);
    BOOST_TEST(restored.end.position == log.lines().size());
    // The backup is unchanged and can be restored again.
    BOOST_CHECK(files_in(copy) == backed_up);
    BOOST_TEST(lines_in(target) == log.lines(), boost::test_tools::per_element());
    BOOST_CHECK((read_mark(target) == HighWaterMark{log.lines().size(), log.time()}));
    const auto store = Store::open(target, {});
    BOOST_TEST(projections_are_current(*store));
    BOOST_TEST(verify_projections(*store).clean());
}

BOOST_AUTO_TEST_CASE(a_directory_of_a_server_that_was_killed_can_be_restored_from) {
    put(Table::idempotency, be64_key(1) + "key", "only in the write-ahead log");
    // No lock and no clean shutdown: the files are copied as they are.
    const fs::path plain = directory / "plain";
    fs::copy(data, plain, fs::copy_options::recursive);
    restore(plain, target);
    BOOST_TEST(lines_in(target) == log.lines(), boost::test_tools::per_element());
    BOOST_TEST(Store::open(target, {})->get(Table::idempotency, be64_key(1) + "key").has_value());
}

BOOST_AUTO_TEST_CASE(a_restored_log_has_a_new_epoch) {
    std::byte next{0};
    const auto random = [&](std::span<std::byte> bytes) {
        next = static_cast<std::byte>(std::to_integer<int>(next) + 1);
        std::fill(bytes.begin(), bytes.end(), next);
    };
    const LogEpoch first = ensure_log_epoch(*Store::open(data, {}), random);
    BOOST_TEST(first == 0x0101010101010101U);
    BOOST_TEST(ensure_log_epoch(*Store::open(data, {}), random) == first);
    back_up_all();
    restore(copy, target);
    BOOST_TEST(ensure_log_epoch(*Store::open(target, {}), random) == 0x0202020202020202U);
    BOOST_TEST(ensure_log_epoch(*Store::open(data, {}), random) == first);
}

BOOST_AUTO_TEST_CASE(nothing_is_overwritten) {
    back_up_all();
    const auto untouched = files_in(copy);
    BOOST_CHECK_THROW(back_up_all(), StoreRefused);
    BOOST_CHECK_THROW(restore(data, copy), StoreRefused);
    BOOST_CHECK_THROW(restore(copy, copy), StoreRefused);
    BOOST_CHECK(files_in(copy) == untouched);
    BOOST_CHECK_THROW(restore(directory / "nowhere", target), StoreRefused);
    BOOST_TEST(!fs::exists(target));
    fs::create_directory(target);
    restore(copy, target);
    BOOST_TEST(lines_in(target).size() == log.lines().size());
}

BOOST_AUTO_TEST_CASE(tables_that_differ_from_the_log_are_found) {
    put(Table::products, be64_key(1), "not a product");
    BOOST_CHECK_EXCEPTION(back_up_all(), BadCopy, [](const BadCopy& bad) {
        return std::string_view(bad.what()).find("is not what its log says: products: product 1") !=
               std::string_view::npos;
    });
    BOOST_TEST(!fs::exists(copy));
    BOOST_TEST(failure_of(data, target).find("is not what its log says") != std::string::npos);
    BOOST_TEST(!fs::exists(target));
}

BOOST_AUTO_TEST_CASE(tables_of_another_version_are_rebuilt) {
    put(Table::products, be64_key(1), "a row of then");
    put(Table::meta, projection_stamp_key, "0");
    restore(data, target);
    BOOST_TEST(verify_projections(*Store::open(target, {})).clean());
}

BOOST_AUTO_TEST_CASE(a_lost_tail_is_found) {
    HighWaterMarkFile(data).set({log.lines().size() + 1, log.time()});
    BOOST_CHECK_THROW(back_up_all(), StorageError);
    BOOST_TEST(!fs::exists(copy));
    BOOST_TEST(failure_of(data, target).find("ends at position") != std::string::npos);
    BOOST_TEST(!fs::exists(target));
}

BOOST_AUTO_TEST_CASE(the_progress_callback_may_end_a_backup) {
    struct Enough {};
    MadeUpLog longer = made_up_log();
    for (ThreatId id = 100; id < 1'200; ++id) {
        longer.record(1, {threat(id, Severity::low)});
    }
    import_into(directory / "longer", longer);
    const auto store = Store::open(directory / "longer", {});
    BOOST_CHECK_THROW(back_up(*store, copy, [](Position, Position) { throw Enough{}; }), Enough);
    BOOST_TEST(!fs::exists(copy));
}

// Tables begin with rows, including tables that are not verified against the log.
BOOST_AUTO_TEST_CASE(a_changed_byte_in_any_table_is_found) {
    put(Table::idempotency, be64_key(1) + "key", std::string(1'000, 'i'));
    back_up_all();
    std::size_t tables = 0;
    for (const auto& [name, content] : files_in(copy)) {
        if (!name.ends_with(".sst")) {
            continue;
        }
        ++tables;
        change_byte(copy / name, content, 10, 1);
        BOOST_TEST(failure_of(copy, target) != "", name);
        BOOST_TEST(!fs::exists(target), name);
        change_byte(copy / name, content, 0, 0);
    }
    BOOST_TEST(tables >= 8U);
    BOOST_TEST(failure_of(copy, target) == "");
}

BOOST_AUTO_TEST_CASE(no_changed_byte_yields_another_log) {
    back_up_all();
    const auto files = files_in(copy);
    Random random(test_seed());
    std::size_t refused = 0;
    const std::uint64_t rounds = test_rounds(40);
    for (std::uint64_t round = 0; round < rounds; ++round) {
        auto file = files.begin();
        std::advance(file, random.below(files.size()));
        const auto& [name, content] = *file;
        if (content.empty()) {
            continue;
        }
        const std::size_t at = random.below(content.size());
        change_byte(copy / name, content, at, static_cast<char>(1 + random.below(255)));
        if (is_restored(copy, target)) {
            BOOST_TEST(lines_in(target) == log.lines(), name << " at " << at);
            BOOST_TEST(verify_projections(*Store::open(target, {})).clean(), name << " at " << at);
        } else {
            ++refused;
        }
        fs::remove_all(target);
        change_byte(copy / name, content, 0, 0);
    }
    BOOST_TEST(refused > 0U);
}

BOOST_AUTO_TEST_CASE(a_missing_or_truncated_file_is_found) {
    back_up_all();
    for (const auto& [name, content] : files_in(copy)) {
        if (name.find("OPTIONS") != std::string::npos || content.empty()) {
            continue;
        }
        fs::rename(copy / name, directory / "aside");
        if (name != "mark") {
            BOOST_TEST(failure_of(copy, target) != "", name);
            BOOST_TEST(!fs::exists(target), name);
        }
        std::ofstream(copy / name, std::ios::binary) << content.substr(0, content.size() / 2);
        BOOST_TEST(failure_of(copy, target) != "", name);
        BOOST_TEST(!fs::exists(target), name);
        fs::rename(directory / "aside", copy / name);
    }
    BOOST_TEST(failure_of(copy, target) == "");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
