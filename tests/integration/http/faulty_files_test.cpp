// The server on a failing disk: responses to clients, the state of /readyz, and the exact data
// after a restart.

#include <future>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "http/ops/service_limits.hpp"
#include "projections/audit/verify.hpp"
#include "support/api_fixture.hpp"
#include "support/eventually.hpp"
#include "support/faulty_file_system.hpp"

BOOST_AUTO_TEST_SUITE(faulty_files_test)

using namespace threatatlas;
using namespace threatatlas::audit;
using namespace threatatlas::ops;
using namespace threatatlas::store;
using namespace threatatlas::testing;
using nlohmann::json;

namespace fs = std::filesystem;

namespace {

const std::string threats = "/api/products/1/threats";
const std::string status = "/api/products/1/security-status";

// The effect of a fault of the write-ahead log on the write that it hits.
struct WriteFault {
    WalFault fault;
    std::uint64_t threats_left;  // by that write, after a restart
    std::string name;
};

std::ostream& operator<<(std::ostream& out, const WriteFault& fault) {
    return out << fault.name;
}

const std::vector<WriteFault> write_faults{
    {WalFault::sync_fails, 1, "a failed sync, and the bytes did arrive"},
    {WalFault::sync_loses, 0, "a failed sync, and the bytes are lost"},
    {WalFault::disk_is_full, 0, "a full disk"},
    {WalFault::half_a_write, 0, "a short write"},
};

// The product is event 2, after the admin token; the threat "first" is event 3.
struct Fixture {
    Fixture() {
        api.made("POST", "/api/products", {{"name", "Shop"}});
        BOOST_TEST_REQUIRE(add_threat("first").status == 201);
    }

    Answer add_threat(const std::string& key) const {
        return api.send("POST", threats, {{"name", key}, {"severity", "high"}},
                        {{"Idempotency-Key", key}});
    }
    // Retries as a client does after a 503.
    Answer insist(const std::string& key) const {
        std::optional<Answer> answer;
        BOOST_TEST_REQUIRE(testing::eventually([&] {
            answer = add_threat(key);
            return answer->status != 503;
        }));
        return *answer;
    }
    // Storage is checked again every second, and the check does not detect faults that only the
    // next write encounters. So this may take several attempts.
    bool is_told_with_a_refused_write() {
        for (int attempt = 0; attempt < 20; ++attempt) {
            BOOST_TEST(add_threat("refused").status == 503);
            const Answer ready = api.get("/readyz");
            if (ready.status == 503 && ready.json().at("status") == "storage_failing") {
                return true;
            }
        }
        return false;
    }

    bool becomes_ready() const {
        return testing::eventually([&] { return api.get("/readyz").status == 200; });
    }

    bool comes_to_log(const std::string& text) const {
        return testing::eventually([&] { return api.log().find(text) != std::string::npos; });
    }

    json posture() const { return api.get(status).json(); }
    void require_threats(std::uint64_t count) const {
        const json shown = posture();
        BOOST_TEST(shown.at("summary").at("total_threats") == count);
        BOOST_TEST(shown.at("position") == 2 + count);
        BOOST_TEST(api.get("/api/events").lines().size() == 2 + count);
    }
    // Also accepts storage_failing: if tables cannot be merged either, writing stops, too.
    void require_unreadable() const {
        const Answer ready = api.get("/readyz");
        BOOST_TEST(ready.status == 503);
        const std::string shown = ready.json().at("status");
        BOOST_TEST((shown == "storage_unreadable" || shown == "storage_failing"), ready.body);
        BOOST_TEST((shown == "storage_failing" || ready.json().contains("detail")), ready.body);
    }
    std::uint64_t metric(const std::string& name) const {
        const std::string text = api.get("/metrics").body;
        const std::string line = "\nthreatatlas_" + name + " ";
        const std::size_t at = text.find(line);
        BOOST_TEST_REQUIRE(at != std::string::npos, text);
        return std::stoull(text.substr(at + line.size()));
    }
    void require_ready() const {
        BOOST_TEST(api.get("/readyz").body.starts_with(R"({"status":"ready",)"));
    }
    // Stops the server and verifies the projections.
    void require_clean() {
        api.stop();
        BOOST_TEST(verify_projections(*Store::open(api.data(), {})).clean());
    }

    // A start writes the contents of the write-ahead log into tables. After the second start, none
    // of them is in memory.
    void write_tables() {
        for (int i = 0; i < 2; ++i) {
            api.stop();
            api.start();
        }
    }

    // Restarts the server on the data left by a power cut.
    void start_on(const fs::path& left) {
        api.stop();
        fs::remove_all(api.data());
        fs::copy(left, api.data(), fs::copy_options::recursive);
        api.start();
    }

    FaultyFileSystem files;
    ApiFixture api{files.environment()};
    const TempDirectory elsewhere;
};

const auto faults = boost::unit_test::data::make(write_faults);

}  // namespace

BOOST_DATA_TEST_CASE(a_failed_write_is_known_after_a_restart, faults, fault) {
    Fixture fixture;
    fixture.files.set(fault.fault);
    const Answer unknown = fixture.add_threat("second");
    BOOST_TEST(unknown.status == 503);
    BOOST_TEST(unknown.header("Retry-After") == "5");
    BOOST_TEST(unknown.json().at("detail") ==
               "The storage is failing, and whether this was recorded is not known: repeat the "
               "request later, with its Idempotency-Key.");
    BOOST_TEST(fixture.api.log().find(R"("event":"storage_fault","detail":"writing a group: )") !=
               std::string::npos);
    fixture.api.stop();
    fixture.files.set(WalFault::none);

    fixture.api.start();
    fixture.require_ready();
    fixture.require_threats(1 + fault.threats_left);
    BOOST_TEST(fixture.add_threat("second").status == 201);
    fixture.require_threats(2);
    fixture.require_clean();
}

BOOST_DATA_TEST_CASE(a_failing_disk_is_reported_and_writing_resumes, faults, fault) {
    Fixture fixture;
    fixture.files.set(fault.fault);
    BOOST_TEST(fixture.is_told_with_a_refused_write());
    BOOST_TEST(fixture.api.get("/healthz").status == 200);
    fixture.files.set(WalFault::none);
    BOOST_TEST(fixture.insist("refused").status == 201);
    fixture.require_ready();
    fixture.require_threats(2);
    BOOST_TEST(fixture.comes_to_log(R"("level":"info","event":"storage_recovered")"));
    fixture.require_clean();
}

BOOST_AUTO_TEST_CASE(unreadable_data_is_not_answered) {
    Fixture fixture;
    fixture.write_tables();
    fixture.files.let_reads_fail(true);
    for (const std::string& question : {status, threats, threats + "/1"}) {
        const Answer refused = fixture.api.get(question);
        BOOST_TEST(refused.status == 503, question << ' ' << refused.body);
        BOOST_TEST(refused.header("Retry-After") == "5");
        BOOST_TEST(refused.json().at("detail") ==
                   "The server cannot read its data at the moment. Retry later.");
    }
    BOOST_TEST(fixture.api.log().find(R"("event":"storage_error")") != std::string::npos);
    BOOST_TEST(fixture.add_threat("second").status == 503);
    BOOST_TEST(fixture.api.get("/healthz").status == 200);
    fixture.require_unreadable();

    // Data that was not lost can be read again. If tables could not be merged meanwhile, the server
    // reopens the store, which is harmless and may be reported after the write.
    fixture.files.let_reads_fail(false);
    BOOST_TEST(fixture.insist("second").status == 201);
    fixture.require_threats(2);
    BOOST_TEST(fixture.metric("read_errors_total") >= 4U);
    // The state is reported for a while longer, because other data may be unreadable as well.
    fixture.api.clock.advance(ops::limits::read_error_shown - std::chrono::seconds(1));
    fixture.require_unreadable();
    fixture.require_threats(2);
    BOOST_TEST(fixture.api.log().find("reads_recovered") == std::string::npos);
    fixture.api.clock.advance(std::chrono::seconds(1));
    BOOST_TEST(fixture.becomes_ready());
    BOOST_TEST(fixture.comes_to_log(R"("level":"info","event":"reads_recovered")"));
    fixture.api.stop();
    fixture.files.let_reads_fail(true);
    BOOST_CHECK_THROW(Store::open(fixture.api.data(), {.environment = fixture.files.environment()}),
                      StorageError);
    fixture.files.let_reads_fail(false);
    fixture.api.start();
    fixture.require_threats(2);
    fixture.require_clean();
}

BOOST_AUTO_TEST_CASE(a_failed_read_of_a_write_is_reported) {
    Fixture fixture;
    fixture.write_tables();
    fixture.files.let_reads_fail(true);
    BOOST_TEST(fixture.add_threat("second").status == 503);
    fixture.files.let_reads_fail(false);
    fixture.require_unreadable();
    BOOST_TEST(fixture.insist("second").status == 201);
    BOOST_TEST(fixture.metric("read_errors_total") >= 1U);
    fixture.require_clean();
}

BOOST_AUTO_TEST_CASE(a_failed_compaction_is_reported_and_recovered_from) {
    Fixture fixture;
    // Each start adds a table, until there are enough to be merged.
    bool is_told = false;
    for (int attempt = 0; attempt < 20 && !is_told; ++attempt) {
        fixture.insist("threat " + std::to_string(attempt));
        fixture.api.stop();
        fixture.api.start();
        fixture.files.let_reads_fail(true);
        for (int i = 0; i < 30 && !is_told; ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
            is_told = fixture.api.get("/readyz").status == 503;
        }
        fixture.files.let_reads_fail(false);
    }
    BOOST_TEST(is_told);
    BOOST_TEST(fixture.api.log().find(R"("event":"storage_fault","detail":"writing tables out)") !=
               std::string::npos);
    BOOST_TEST(fixture.becomes_ready());
    fixture.require_clean();
}

BOOST_AUTO_TEST_CASE(a_power_failure_loses_only_unacknowledged_events) {
    Fixture fixture;
    BOOST_TEST_REQUIRE(fixture.add_threat("second").status == 201);
    const fs::path old_mark = fixture.elsewhere / "mark";
    fs::copy_file(fixture.api.data() / "mark", old_mark);
    BOOST_TEST_REQUIRE(fixture.add_threat("third").status == 201);

    fixture.files.set(WalFault::sync_hangs);
    auto unanswered =
        std::async(std::launch::async, [&] { return fixture.add_threat("fourth").status; });
    const fs::path lost = fixture.elsewhere / "lost";
    // The write has reached the file once the copy with a torn end is longer than the synced one.
    const auto bytes_behind = [&](std::uintmax_t torn_bytes, const fs::path& to) {
        fixture.files.copy_after_power_cut(fixture.api.data(), to, torn_bytes);
        std::uintmax_t bytes = 0;
        for (const auto& entry : fs::recursive_directory_iterator(to)) {
            bytes += entry.path().extension() == ".log" ? entry.file_size() : 0;
        }
        return bytes;
    };
    const std::uintmax_t synced = bytes_behind(0, lost);
    const fs::path torn = fixture.elsewhere / "torn";
    while (bytes_behind(100, torn) < synced + 100) {
        fs::remove_all(torn);
    }
    const fs::path whole = fixture.elsewhere / "whole";
    BOOST_TEST(bytes_behind(1'000'000, whole) > synced + 100);
    fixture.files.set(WalFault::none);
    BOOST_TEST(unanswered.get() == 201);

    for (const fs::path& left : {lost, torn}) {
        fixture.start_on(left);
        fixture.require_ready();
        fixture.require_threats(3);
        BOOST_TEST(fixture.add_threat("fourth").status == 201);
        fixture.require_threats(4);
    }
    // A write that reached the disk without being synced may survive, with an older mark.
    fs::copy_file(old_mark, whole / "mark", fs::copy_options::overwrite_existing);
    fixture.start_on(whole);
    fixture.require_threats(4);
    BOOST_TEST(fixture.add_threat("fourth").status == 201);
    fixture.require_threats(4);
    fixture.require_clean();
}

BOOST_AUTO_TEST_SUITE_END()
