// The real server on files damaged by a faulty disk or a power cut. If acknowledged data is
// missing, the server reports that at its start, and no response is made from damaged data.

#include <algorithm>

#include <rocksdb/sst_file_reader.h>

#include "events/store/keys.hpp"
#include "events/store/store.hpp"
#include "support/random.hpp"
#include "support/server_program.hpp"

BOOST_AUTO_TEST_SUITE(server_damage_test)

using namespace threatatlas;
using namespace threatatlas::store;
using namespace threatatlas::testing;
using nlohmann::json;

namespace fs = std::filesystem;

namespace {

// Runs in its own process, because an assertion of RocksDB may end the program on damaged data.
ProgramResult start_replay(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), replay_binary());
    return run_program({std::move(arguments), {}, {}});
}

const std::string threats = "/api/products/1/threats";

// A server that was killed after a product and some threats were acknowledged. Nothing was flushed:
// all of it is in the write-ahead log.
struct Killed : ServerPlace {
    Killed() {
        server.start();
        BOOST_TEST_REQUIRE(server.ask("POST", "/api/products", R"({"name":"Shop"})").status == 201);
        for (int i = 1; i <= threat_count; ++i) {
            add_threat(i);
        }
        server.kill();
    }

    void add_threat(int number) {
        const std::string body = R"({"name":"threat )" + std::to_string(number) +
                                 R"(","severity":"high","description":")" + std::string(500, 'd') +
                                 R"("})";
        BOOST_TEST_REQUIRE(server.ask("POST", threats, body).status == 201);
        log_bytes.push_back(fs::file_size(write_ahead_log()));
    }

    std::vector<fs::path> files(std::string_view extension) const {
        std::vector<fs::path> found;
        for (const auto& entry : fs::directory_iterator(fs::path(data()) / "rocksdb")) {
            if (entry.path().extension() == extension) {
                found.push_back(entry.path());
            }
        }
        std::sort(found.begin(), found.end());
        return found;
    }
    // The current write-ahead log.
    fs::path write_ahead_log() const { return files(".log").back(); }

    static void overwrite(const fs::path& file, std::uintmax_t at, const std::string& bytes) {
        std::fstream stream(file, std::ios::binary | std::ios::in | std::ios::out);
        stream.seekp(static_cast<std::streamoff>(at));
        stream << bytes;
        BOOST_TEST_REQUIRE(stream.good());
    }

    std::string garbage(std::size_t bytes) {
        std::string made(bytes, '\0');
        std::generate(made.begin(), made.end(),
                      [this] { return static_cast<char>(random.below(256)); });
        return made;
    }

    // Garbage that begins like a record of this length: checksum, length, type.
    std::string garbage_record(std::uint16_t length, std::size_t bytes) {
        std::string made = garbage(bytes);
        made[4] = static_cast<char>(length & 0xffU);
        made[5] = static_cast<char>(length >> 8U);
        made[6] = '\1';  // type of an unfragmented record
        return made;
    }

    // A start flushes the write-ahead log into tables.
    void write_tables() {
        server.start();
        BOOST_TEST_REQUIRE(server.stop() == 0);
        BOOST_TEST_REQUIRE(!files(".sst").empty());
    }

    // The store's table that a file belongs to.
    static std::string name_of(const fs::path& table) {
        rocksdb::SstFileReader reader{rocksdb::Options()};
        return reader.Open(table.string()).ok() ? reader.GetTableProperties()->column_family_name
                                                : "a table that cannot be opened";
    }

    // The responses to all queries; empty if the server does not start.
    std::vector<httplib::Response> answers_of_a_start() {
        std::vector<httplib::Response> answers;
        try {
            server.start();
        } catch (const std::runtime_error&) {
            BOOST_TEST(server.log().find("\"level\":\"error\"") != std::string::npos, server.log());
            return answers;
        }
        for (const std::string& question : questions) {
            answers.push_back(server.ask("GET", question));
            // Without generated_at.
            std::string& body = answers.back().body;
            body.resize(std::min(body.size(), body.find(R"(,"generated_at")")));
        }
        require_damage_told();
        server.kill();
        return answers;
    }

    // If a row could not be read for a response, /readyz must report that.
    void require_damage_told() const {
        const bool is_read_error =
            server.log().find(R"("event":"storage_error","detail":"reading )") != std::string::npos;
        const httplib::Response ready = server.ask("GET", "/readyz");
        if (is_read_error) {
            BOOST_TEST(ready.status == 503);
            const std::string shown = json::parse(ready.body).at("status");
            BOOST_TEST((shown == "storage_unreadable" || shown == "storage_failing"), shown);
        }
    }

    // Requires that the server does not start and logs the reason.
    void require_no_start(const std::string& event, const std::string& sentence) const {
        const ProgramResult result =
            run_server({"serve", "--data", data(), "--listen", "127.0.0.1:0"});
        BOOST_TEST(result.exit_code == 3);
        const json line = line_about(result.err, event);
        BOOST_TEST_REQUIRE(line.is_object(), result.err);
        const auto detail = line.at("detail").get<std::string>();
        BOOST_TEST(detail.find(sentence) != std::string::npos, detail);
    }

    // Requires that the server starts, is ready and has exactly this number of acknowledged
    // threats.
    void require_start_with(int threats_left) {
        server.start();
        BOOST_TEST(server.ask("GET", "/readyz").status == 200);
        const json shown = json::parse(server.ask("GET", "/api/products/1/security-status").body);
        BOOST_TEST(shown.at("summary").at("total_threats") == threats_left);
        // The first two events are the admin token and the product.
        BOOST_TEST(shown.at("position") == 2 + threats_left);
        BOOST_TEST(server.stop() == 0);
        BOOST_TEST(start_replay({"--data", data(), "verify"}).exit_code == 0);
    }

    const std::vector<std::string> questions{
        "/api/products/1/security-status",
        "/api/products/1/security-status?at_position=6",
        threats,
        threats + "/3",
        "/api/products/1/events",
        "/api/events",
        "/api/products",
    };
    static constexpr int threat_count = 8;
    Random random{test_seed()};
    ServerProcess server{directory / "data"};
    std::vector<std::uintmax_t> log_bytes;  // size of the write-ahead log after each threat
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(server_damage, Killed)

BOOST_AUTO_TEST_CASE(a_complete_write_ahead_log_has_all_events) {
    require_start_with(threat_count);
}

BOOST_AUTO_TEST_CASE(a_truncated_write_ahead_log_is_refused_until_the_loss_is_accepted) {
    // Five records are complete, the sixth is torn.
    fs::resize_file(write_ahead_log(), log_bytes[4] + 100);
    const std::string sentence =
        "ends at position 7, but 10 events had been recorded: restore a backup or, to go on "
        "without the lost ones, remove the file " +
        (fs::path(data()) / "mark").string();
    require_no_start("cannot_serve", sentence);
    // The second start is refused as well, although the log file is gone by then.
    require_no_start("cannot_serve", sentence);
    fs::remove(fs::path(data()) / "mark");
    require_start_with(5);
}

BOOST_AUTO_TEST_CASE(a_missing_write_ahead_log_is_noticed) {
    fs::remove(write_ahead_log());
    require_no_start("cannot_serve", "events had been recorded: restore a backup");
}

BOOST_AUTO_TEST_CASE(zeros_after_the_write_ahead_log_do_no_harm) {
    fs::resize_file(write_ahead_log(), log_bytes.back() + 40'000);
    require_start_with(threat_count);
}

// Like a torn end left by a power cut: the record is longer than the file.
BOOST_AUTO_TEST_CASE(garbage_after_the_write_ahead_log_does_no_harm) {
    overwrite(write_ahead_log(), log_bytes.back(), garbage_record(30'000, 3'000));
    require_start_with(threat_count);
}

// This cannot be distinguished from an acknowledged record that was damaged later.
BOOST_AUTO_TEST_CASE(garbage_that_looks_valid_after_the_write_ahead_log_is_refused) {
    overwrite(write_ahead_log(), log_bytes.back(), garbage_record(1'000, 3'000));
    require_no_start("cannot_start", "opening the database: Corruption: ");
}

BOOST_AUTO_TEST_CASE(garbage_within_the_write_ahead_log_is_refused) {
    overwrite(write_ahead_log(), log_bytes[3] + 200, garbage(64));
    require_no_start("cannot_start", "opening the database: Corruption: ");
    require_no_start("cannot_start", "opening the database: Corruption: ");
}

// RocksDB treats a record that is longer than the rest of the file as a torn end.
BOOST_AUTO_TEST_CASE(a_record_that_looks_torn_hides_no_later_record) {
    constexpr std::uintmax_t place_of_length = 4;
    overwrite(write_ahead_log(), log_bytes[3] + place_of_length, "\xff\xff");
    require_no_start("cannot_serve", "ends at position 6, but 10 events had been recorded");
    fs::remove(fs::path(data()) / "mark");
    require_start_with(4);
}

BOOST_AUTO_TEST_CASE(a_damaged_mark_is_not_used) {
    overwrite(fs::path(data()) / "mark", 12, "x");
    require_no_start("cannot_serve",
                     "is damaged: compare the log with a backup, then remove the file");
    fs::remove(fs::path(data()) / "mark");
    require_start_with(threat_count);
}

BOOST_AUTO_TEST_CASE(missing_or_truncated_tables_are_refused) {
    write_tables();
    const fs::path table = files(".sst").front();
    const fs::path kept = directory / "kept.sst";
    fs::copy_file(table, kept);
    fs::resize_file(table, fs::file_size(table) / 2);
    require_no_start("cannot_start", table.filename().string());
    // RocksDB then looks for the file under its legacy name.
    fs::remove(table);
    require_no_start("cannot_start", "No such file or directory: While open a file");
    fs::copy_file(kept, table);
    require_start_with(threat_count);
}

// RocksDB of Debian 12 reads the properties of a table before it compares their checksum, and fails
// an assertion if the last bytes indicate a hash index. Other versions may report that the table is
// corrupt.
BOOST_AUTO_TEST_CASE(a_failed_assertion_is_explained) {
    write_tables();
    const fs::path table = files(".sst").front();
    const std::string content = content_of(table);
    // One restart point at 0, the number of restart points, and "not compressed". The same bytes
    // end the next block, which contains the position of this one.
    const std::string end_of_block("\0\0\0\0\1\0\0\0\0", 9);
    const std::size_t behind = content.rfind(end_of_block);
    BOOST_TEST_REQUIRE(behind != std::string::npos);
    const std::size_t at = content.rfind(end_of_block, behind - 1);
    BOOST_TEST_REQUIRE(at != std::string::npos);
    overwrite(table, at + 7, "\x80");
    const ProgramResult started =
        run_server({"serve", "--data", data(), "--listen", "127.0.0.1:0"});
    BOOST_TEST((started.exit_code == 128 + SIGABRT || started.exit_code == 3), started.exit_code);
    if (started.exit_code == 3) {
        BOOST_TEST(line_about(started.err, "cannot_start").is_object(), started.err);
    } else {
        BOOST_TEST(started.err.ends_with("or of the backup is damaged: restore another backup.\n"),
                   started.err);
    }
    const ProgramResult verified = start_replay({"--data", data(), "verify"});
    BOOST_TEST(verified.err.find("threatatlas-replay: ") != std::string::npos, verified.err);
    overwrite(table, at + 7, std::string(1, '\0'));
    require_start_with(threat_count);
}

// The checksum is correct, as after a memory fault or a program error.
BOOST_AUTO_TEST_CASE(a_nonsensical_row_is_not_an_answer) {
    {
        const auto store = Store::open(data(), {});
        RowBatch batch(*store);
        batch.put(Table::products, be64_key(1), "\xff");
        store->write(batch);
    }
    server.start();
    BOOST_TEST(server.ask("POST", "/api/products", R"({"name":"Other"})").status == 201);
    for (const std::string& question : {questions[0], threats}) {
        const httplib::Response answer = server.ask("GET", question);
        BOOST_TEST(answer.status == 503, question << ' ' << answer.status << answer.body);
        BOOST_TEST(answer.has_header("Retry-After"));
    }
    BOOST_TEST(server.ask("POST", threats, R"({"name":"more"})").status == 503);
    BOOST_TEST(server.ask("GET", "/api/products/2/security-status").status == 200);
    const httplib::Response ready = server.ask("GET", "/readyz");
    BOOST_TEST(ready.status == 503);
    BOOST_TEST(json::parse(ready.body).at("status") == "storage_unreadable");
    // The log is written by a separate thread, and is complete when the server has stopped.
    BOOST_TEST(server.stop() == 0);
    BOOST_TEST(server.log().find("reading a row: ") != std::string::npos, server.log());
    const ProgramResult verified = start_replay({"--data", data(), "verify"});
    BOOST_TEST(verified.exit_code == 1, verified.out << verified.err);
}

// For any byte of any table: requests that need it are refused, and all others return the same as
// before.
BOOST_AUTO_TEST_CASE(damaged_tables_give_no_answer) {
    write_tables();
    const auto whole = answers_of_a_start();
    BOOST_TEST_REQUIRE(whole.size() == questions.size());
    const auto rounds = std::max<std::uint64_t>(test_rounds(12), 12);
    std::size_t noticed = 0;
    for (std::uint64_t round = 0; round < rounds; ++round) {
        // A start creates files, so the data is copied.
        const fs::path good = directory / "good";
        fs::remove_all(good);
        fs::copy(data(), good, fs::copy_options::recursive);
        auto tables = files(".sst");
        // A killed server may leave an empty table.
        std::erase_if(tables, [](const fs::path& path) { return fs::is_empty(path); });
        BOOST_TEST_REQUIRE(!tables.empty());
        const fs::path table = random.pick(tables);
        const std::string content = content_of(table);
        const std::size_t at = random.below(content.size());
        overwrite(table, at, std::string(1, static_cast<char>(content[at] ^ '\x10')));
        BOOST_TEST_CONTEXT(table.filename() << ", of " << name_of(table) << ", byte " << at) {
            const ProgramResult verified = start_replay({"--data", data(), "verify"});
            // See a_failed_assertion_is_explained.
            const bool was_aborted =
                verified.exit_code == 128 + SIGABRT &&
                verified.err.find("an internal check failed") != std::string::npos;
            const auto answers = answers_of_a_start();
            bool all_answered = !answers.empty();
            for (std::size_t i = 0; i < answers.size(); ++i) {
                const bool refused = answers[i].status == 503;
                all_answered = all_answered && !refused;
                BOOST_TEST((refused || (answers[i].status == whole[i].status &&
                                        answers[i].body == whole[i].body)),
                           questions[i] << " was answered " << answers[i].status << ' '
                                        << answers[i].body);
            }
            if (verified.exit_code != 0) {
                ++noticed;
                BOOST_TEST((verified.exit_code == 3 || was_aborted), verified.exit_code);
                // A fault that prevents a table from being opened is reported for the manifest that
                // lists it.
                const bool names_it =
                    verified.err.find(table.filename().string()) != std::string::npos ||
                    verified.err.find("opening the database for reading") != std::string::npos;
                const bool tells = verified.err.find("Corruption: ") != std::string::npos;
                BOOST_TEST((was_aborted || (names_it && tells)), verified.err);
            }
            // These responses use only data that verification reads, too.
            BOOST_TEST((all_answered || verified.exit_code == 3 || was_aborted),
                       verified.out << verified.err);
        }
        fs::remove_all(data());
        fs::rename(good, data());
    }
    BOOST_TEST(noticed > 0U);
    require_start_with(threat_count);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
