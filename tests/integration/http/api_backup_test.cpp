// Backups of a running server: permissions, location and content.

#include <fstream>
#include <future>
#include <sys/file.h>
#include <thread>

#include <boost/test/unit_test.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "events/event_log.hpp"
#include "projections/audit/backup.hpp"
#include "support/api_fixture.hpp"

BOOST_AUTO_TEST_SUITE(api_backup_test)

using namespace threatatlas;
using namespace threatatlas::audit;
using namespace threatatlas::net;
using namespace threatatlas::ops;
using namespace threatatlas::store;
using namespace threatatlas::testing;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

struct BackupFixture : ApiFixture {
    BackupFixture() {
        made("POST", "/api/products", {{"name", "p"}});
        serve_with(place / "backups");
    }

    void serve_with(const fs::path& directory) {
        stop();
        backup_directory = directory;
        start();
    }
    Answer back_up(const std::string& body = {}) const {
        return ask("POST", "/api/backups", {.body = body});
    }
    fs::path path_of(const json& backup) const {
        return backup_directory / backup.at("name").get<std::string>();
    }
    // Names in the backup directory, except hidden ones.
    std::vector<std::string> names() const {
        std::vector<std::string> names;
        for (const auto& entry : fs::directory_iterator(backup_directory)) {
            if (const std::string name = entry.path().filename(); !name.starts_with('.')) {
                names.push_back(name);
            }
        }
        return names;
    }
    // Resets the data directory to a backup: restored, or copied file by file like a snapshot of
    // the disk.
    void go_back_to(const json& backup, bool restores) {
        stop();
        fs::rename(data() / "log-key", place / "log-key");  // not contained in backups
        for (const auto& entry : fs::directory_iterator(data())) {
            fs::remove_all(entry.path());
        }
        if (restores) {
            restore(path_of(backup), data());
        } else {
            fs::copy(path_of(backup), data(), fs::copy_options::recursive);
        }
        fs::rename(place / "log-key", data() / "log-key");
        start();
    }
    Position end() const { return get("/api/events?limit=1000").lines().size(); }

    TempDirectory place;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(api_backup, BackupFixture)

BOOST_AUTO_TEST_CASE(a_backup_is_a_data_directory_that_was_verified) {
    clock.set("2026-11-24T01:02:03.456789Z");
    made("POST", "/api/products", {{"name", "q"}});
    const Answer answer = back_up();
    BOOST_TEST(answer.status == 201, answer.body);
    const json backup = answer.json();
    BOOST_TEST(backup["name"] == fmt::format("2026-11-24T01-02-03Z-position-{}", end()));
    BOOST_TEST(backup["position"] == end());
    BOOST_TEST(backup["recorded_at"] == "2026-11-24T01:02:03.456789Z");
    BOOST_TEST(backup["verified"] == true);
    BOOST_TEST(backup["bytes"].get<std::uint64_t>() > 1'000U);
    for (const char* secret : {"admin-token", "log-key", "attestation-key"}) {
        BOOST_TEST(!fs::exists(path_of(backup) / secret));
        BOOST_TEST(fs::exists(data() / secret));
    }
    BOOST_CHECK(fs::status(backup_directory).permissions() == fs::perms::owner_all);

    const CopyFacts restored = restore(path_of(backup), place / "restored");
    BOOST_TEST(restored.end.position == end());
    BOOST_TEST(log().find(R"("event":"backup","name":"2026-11-24T01-02-03Z)") != std::string::npos);
}

// After a restore, versions and positions are used again. Anything that a client kept from the lost
// history must not match the new one.
BOOST_AUTO_TEST_CASE(tags_and_cursors_of_a_lost_history_are_refused) {
    const std::string product = "/api/products/1";
    const std::string gate = product + "/security-status?fail_on_critical=true";
    for (const bool restores : {true, false}) {
        // With a clock that is behind the log, times are used again, too.
        clock.set("2026-11-23T12:00:00Z");
        const json backup = back_up().json();
        const std::string epoch = get("/readyz").json()["log_epoch"];

        made("POST", product + "/threats", {{"name", "harmless"}, {"severity", "low"}});
        const Answer passed = get(gate);
        BOOST_TEST(passed.json()["pass"] == true);
        const std::string report = product + "/download/report.md?fail_on_critical=true";
        std::vector<std::pair<std::string, std::string>> kept;
        for (const std::string& path : {gate, product, product + "/threats/1", report,
                                        gate + "&at_position=" + std::to_string(end())}) {
            kept.emplace_back(path, get(path).header("ETag"));
        }
        const std::string tag = get(product).header("ETag");
        const std::string cursor = get("/api/events").header("X-Log-Cursor");
        const Position lost_end = end();

        go_back_to(backup, restores);
        BOOST_TEST(get("/api/events?after=" + cursor).status == 409);
        const Answer beyond = get(fmt::format("/api/events?after={}", lost_end));
        BOOST_TEST(beyond.status == 422);
        made("POST", product + "/threats", {{"name", "deadly"}, {"severity", "critical"}});
        BOOST_TEST(end() == lost_end);

        for (const auto& [path, old] : kept) {
            const Answer answer = ask("GET", path, {.headers = {{"If-None-Match", old}}});
            BOOST_TEST(answer.status == 200, path << " " << old);
            BOOST_TEST(answer.header("ETag") != old, path);
        }
        BOOST_TEST(get(gate).json()["pass"] == false);
        const Answer refused =
            send("PATCH", product + "/threats/1", {{"severity", "low"}}, {{"If-Match", tag}});
        BOOST_TEST(refused.status == 412);
        BOOST_TEST(refused.body.find("restored or imported") != std::string::npos, refused.body);
        BOOST_TEST(get("/api/events?after=" + cursor).status == 409);
        BOOST_TEST((get("/readyz").json()["log_epoch"] != epoch) == restores);

        BOOST_TEST(ask("DELETE", product + "/threats/1").status == 204);
        go_back_to(backup, true);
    }
}

BOOST_AUTO_TEST_CASE(a_restart_keeps_the_log_epoch) {
    const std::string epoch = get("/readyz").json()["log_epoch"];
    const std::string tag = get("/api/products/1").header("ETag");
    const std::string cursor = get("/api/events").header("X-Log-Cursor");
    stop();
    start();
    BOOST_TEST(get("/readyz").json()["log_epoch"] == epoch);
    BOOST_TEST(ask("GET", "/api/products/1", {.headers = {{"If-None-Match", tag}}}).status == 304);
    BOOST_TEST(get("/api/events?after=" + cursor).status == 200);
    BOOST_TEST(send("PATCH", "/api/products/1", {{"name", "q"}}, {{"If-Match", tag}}).status ==
               200);
}

BOOST_AUTO_TEST_CASE(backups_are_listed_newest_first) {
    BOOST_TEST(get("/api/backups").json() == json::array());
    std::vector<json> backups;
    for (int i = 0; i < 3; ++i) {
        clock.advance(std::chrono::seconds{1});
        json backup = back_up().json();
        backup.erase("recorded_at");
        backups.insert(backups.begin(), backup);
    }
    // In the same second, without a write in between.
    json again = back_up("{ }").json();
    BOOST_TEST(again["name"] == backups[0]["name"].get<std::string>() + "-2");
    again.erase("recorded_at");
    backups.insert(backups.begin(), again);
    // Directories that are not backups or not finished.
    for (const char* other :
         {"letters", "2026-11-24T01-02-03Z", ".unfinished", "2026-11-24T01-02-03Z-position-",
          "2026-11-24T01-02-03Z-position-1x", "2026-11-24T01-02-03Z-position-1-"}) {
        fs::create_directory(backup_directory / other);
    }
    BOOST_TEST(get("/api/backups").json() == json(backups));
    fs::remove_all(path_of(backups.back()));
    backups.pop_back();
    BOOST_TEST(get("/api/backups").json() == json(backups));
}

BOOST_AUTO_TEST_CASE(a_server_without_a_backup_directory_reports_it) {
    serve_with({});
    for (const Answer& answer : {back_up(), get("/api/backups")}) {
        BOOST_TEST(answer.status == 409);
        BOOST_TEST(answer.json()["detail"].get<std::string>().find("--backup-dir DIR") !=
                   std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(only_admins_may_back_up) {
    for (const std::string role : {"gate", "monitor", "auditor", "editor"}) {
        const std::string token = issue_role(role);
        BOOST_TEST(ask("POST", "/api/backups", {.token = token}).status == 403, role);
        BOOST_TEST(get("/api/backups", token).status == 403, role);
    }
    BOOST_TEST(ask("POST", "/api/backups", {.with_token = false}).status == 401);
    BOOST_TEST(!fs::exists(backup_directory));
}

BOOST_AUTO_TEST_CASE(a_client_cannot_choose_the_directory) {
    for (const std::string body :
         {R"({"directory":"/tmp"})", R"({"name":"../../escaped"})", "[]", "null", "\"..\"", "{"}) {
        BOOST_TEST(back_up(body).status == 422, body);
    }
    BOOST_TEST(ask("POST", "/api/backups?directory=..", {}).status == 422);
    BOOST_TEST(ask("POST", "/api/backups/..", {}).status == 404);
    BOOST_TEST(ask("POST", "/api/backups/escaped", {}).status == 404);
    BOOST_TEST(ask("GET", "/api/backups/..%2f..", {}).status == 404);
    BOOST_TEST(ask("POST", "/api/backups", {.headers = {{"Idempotency-Key", "k"}}}).status == 422);
    BOOST_TEST(!fs::exists(backup_directory));
}

BOOST_AUTO_TEST_CASE(only_one_backup_runs_at_a_time) {
    back_up();
    // Simulates a backup in progress, of this server or of another one with the same directory.
    const int other = ::open((backup_directory / ".lock").c_str(), O_RDWR | O_CLOEXEC);
    BOOST_REQUIRE(::flock(other, LOCK_EX | LOCK_NB) == 0);
    const Answer refused = back_up();
    BOOST_TEST(refused.status == 409);
    BOOST_TEST(refused.header("Retry-After") != "");
    BOOST_TEST(names().size() == 1U);
    ::close(other);
    BOOST_TEST(back_up().status == 201);

    std::vector<std::future<int>> calls;
    for (int i = 0; i < 6; ++i) {
        calls.push_back(std::async(std::launch::async, [this] { return back_up().status; }));
    }
    std::size_t made_count = 0;
    for (auto& call : calls) {
        const int status = call.get();
        BOOST_TEST((status == 201 || status == 409), status);
        made_count += status == 201 ? 1 : 0;
    }
    BOOST_TEST(made_count >= 1U);
    BOOST_TEST(names().size() == 2 + made_count);
}

BOOST_AUTO_TEST_CASE(writes_continue_and_a_backup_has_all_acknowledged_events) {
    std::atomic<bool> enough = false;
    std::atomic<Position> acknowledged = 0;
    std::thread writer([&] {
        for (int i = 0; !enough; ++i) {
            const Answer answer =
                send("POST", "/api/products/1/threats",
                     {{"name", fmt::format("threat {}", i)}, {"severity", "low"}});
            if (answer.status == 201) {
                acknowledged = std::stoull(answer.header("X-Log-Position"));
            }
        }
    });
    std::vector<json> backups;
    for (int i = 0; i < 5; ++i) {
        const Position before = acknowledged;
        while (acknowledged == before) {
            std::this_thread::yield();
        }
        const Position asked_at = acknowledged;
        const Answer answer = back_up();
        BOOST_TEST_REQUIRE(answer.status == 201, answer.body);
        BOOST_TEST(answer.json()["position"].get<Position>() >= asked_at);
        BOOST_TEST(get("/api/products/1/security-status").status == 200);
        backups.push_back(answer.json());
    }
    enough = true;
    writer.join();
    for (std::size_t i = 0; i < backups.size(); ++i) {
        const auto target = place / std::to_string(i);
        BOOST_TEST(restore(path_of(backups[i]), target).end.position == backups[i]["position"]);
    }
}

BOOST_AUTO_TEST_CASE(leftovers_of_a_killed_server_are_removed) {
    fs::create_directories(backup_directory / ".unfinished" / "rocksdb");
    std::ofstream(backup_directory / ".unfinished" / "FORMAT") << "threatatlas data, copy not fin";
    BOOST_TEST(get("/api/backups").json() == json::array());
    BOOST_TEST(back_up().status == 201);
    BOOST_TEST(!fs::exists(backup_directory / ".unfinished"));
}

BOOST_AUTO_TEST_CASE(a_stopping_server_begins_no_backup) {
    const Log log([this] { return clock.now(); }, [](std::string_view) {});
    stop();
    const auto store = Store::open(data(), {});
    Backups backups(backup_directory, log);
    backups.make(*store, clock.now());
    backups.stop();
    BOOST_CHECK_EXCEPTION(
        backups.make(*store, clock.now()), Rejection,
        [](const Rejection& rejection) { return rejection.problem().status == 503; });
    BOOST_TEST(names().size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_failed_backup_leaves_nothing_and_reveals_no_paths) {
    const fs::path file = place / "file";
    std::ofstream(file) << "in the way";
    serve_with(file / "backups");
    const Answer answer = back_up();
    BOOST_TEST(answer.status == 503);
    BOOST_TEST(answer.header("Retry-After") != "");
    BOOST_TEST(answer.body.find(place.path().string()) == std::string::npos, answer.body);
    BOOST_TEST(log().find("backup_failed") != std::string::npos);
    made("POST", "/api/products", {{"name", "the server goes on"}});
}

BOOST_AUTO_TEST_CASE(wrong_tables_are_not_backed_up) {
    stop();
    {
        const auto store = Store::open(data(), {});
        RowBatch batch(*store);
        batch.put(Table::threats, "no threat", "at all");
        store->write(batch);
    }
    start();
    const Answer answer = back_up();
    BOOST_TEST(answer.status == 500);
    BOOST_TEST(answer.json()["detail"].get<std::string>().find("threatatlas-replay verify") !=
               std::string::npos);
    BOOST_TEST(names().empty());
    BOOST_TEST(!fs::exists(backup_directory / ".unfinished"));
    BOOST_TEST(log().find("is not what its log says: threats") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
