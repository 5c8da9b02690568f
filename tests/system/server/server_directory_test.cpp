// The real server when its data directory is renamed, replaced or removed while it runs: no later
// write is acknowledged, reads continue, and no other directory is touched.

#include "support/eventually.hpp"
#include "support/server_program.hpp"

BOOST_AUTO_TEST_SUITE(server_directory_test)

using namespace threatatlas;
using namespace threatatlas::testing;
using nlohmann::json;

namespace fs = std::filesystem;

namespace {

const std::string threats = "/api/products/1/threats";
const std::string status = "/api/products/1/security-status";

struct Directory {
    Directory() {
        server.start();
        token = server.admin_token();
        BOOST_TEST_REQUIRE(post("/api/products", R"({"name":"Shop"})").status == 201);
        BOOST_TEST_REQUIRE(add_threat("first").status == 201);
        const auto stopped = server.stop();
        BOOST_TEST_REQUIRE(stopped == 0);
        BOOST_TEST_REQUIRE(
            run_server({"backup", "--data", server.data(), "--to", backup}).exit_code == 0);
        server.start();
        BOOST_TEST_REQUIRE(add_threat("second").status == 201);
    }

    httplib::Response post(const std::string& path, const std::string& body,
                           const std::string& key = {}) const {
        httplib::Client client = server.client(token);
        const httplib::Headers headers =
            key.empty() ? httplib::Headers{} : httplib::Headers{{"Idempotency-Key", key}};
        return client.Post(path, headers, body, "application/json").value();
    }
    httplib::Response get(const std::string& path) const {
        return server.client(token).Get(path).value();
    }
    httplib::Response add_threat(const std::string& name) const {
        return post(threats, R"({"name":")" + name + R"("})", name);
    }
    // Like rm -r, while RocksDB creates and removes its own files.
    static void remove(const fs::path& place) {
        std::error_code error;
        do {
            fs::remove_all(place, error);
        } while (error || fs::exists(place));
    }

    json readiness() const { return json::parse(get("/readyz").body); }
    void wait_for(const std::string& phase) const {
        BOOST_TEST_REQUIRE(eventually([&] { return readiness().at("status") == phase; }),
                           readiness().dump());
    }

    // Writes of all kinds, the first of which may detect the loss.
    void require_no_acknowledgement() const {
        BOOST_TEST(add_threat("third").status == 503);
        BOOST_TEST(add_threat("fourth").status == 503);
        // Neither repetitions of recorded requests nor writes without a change are acknowledged.
        BOOST_TEST(add_threat("second").status == 503);
        BOOST_TEST(post("/api/products", R"({"name":"Other"})").status == 503);
        BOOST_TEST(get(status).status == 200);
        BOOST_TEST(get(threats + "/2").status == 200);
        // While the directory is being emptied, RocksDB may fail before the loss can be seen.
        wait_for("data_directory_lost");
        const auto ready = get("/readyz");
        BOOST_TEST(ready.status == 503);
        const std::string detail = json::parse(ready.body).at("detail");
        BOOST_TEST(detail.find("top the server") != std::string::npos, detail);
        BOOST_TEST(detail.find(directory.path().string()) == std::string::npos, detail);
        BOOST_TEST(get("/metrics").body.find("threatatlas_data_directory_lost 1\n") !=
                   std::string::npos);
        // In addition to the errors of RocksDB about missing files.
        const std::string told =
            R"("event":"storage_fault","detail":")" + server.data().string() + ": ";
        BOOST_TEST(eventually([&] { return server.log().find(told) != std::string::npos; }),
                   server.log());
    }

    // The number of threats is the same, and every stored row matches the log.
    static void require_whole(const fs::path& data, const std::vector<std::string>& names) {
        const ProgramResult verified = run_replay({"--data", data, "verify"});
        BOOST_TEST(verified.exit_code == 0, verified.out + verified.err);
        const json listed = json::parse(
            run_replay({"--data", data, "threats", "--product", "1", "--format", "json"}).out);
        std::vector<std::string> found;
        for (const json& threat : listed) {
            found.push_back(threat.at("name"));
        }
        BOOST_TEST(found == names, boost::test_tools::per_element());
    }

    const TempDirectory directory;
    const fs::path old = directory / "data.old";
    const fs::path backup = directory / "backup";
    ServerProcess server{directory / "data"};
    std::string token;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(server_directory, Directory)

BOOST_AUTO_TEST_CASE(a_restore_under_the_old_name_damages_neither_directory) {
    fs::rename(server.data(), old);
    const ProgramResult restored =
        run_server({"restore", "--from", backup, "--data", server.data()});
    BOOST_TEST(restored.exit_code == 0, restored.err);
    require_no_acknowledgement();
    BOOST_TEST(server.stop() == 0);
    require_whole(server.data(), {"first"});
    require_whole(old, {"first", "second"});
    // Each of the directories can be served.
    fs::copy_file(old / "log-key", server.data() / "log-key");
    server.start();
    BOOST_TEST(add_threat("fifth").status == 201);
}

BOOST_AUTO_TEST_CASE(writing_resumes_when_the_directory_is_renamed_back) {
    fs::rename(server.data(), old);
    wait_for("data_directory_lost");
    require_no_acknowledgement();
    fs::rename(old, server.data());
    wait_for("ready");
    BOOST_TEST(get("/metrics").body.find("threatatlas_data_directory_lost 0\n") !=
               std::string::npos);
    BOOST_TEST(add_threat("third").status == 201);
    BOOST_TEST(server.stop() == 0);
    // The log is written by its own thread, and is complete once the program has ended.
    BOOST_TEST(line_about(server.log(), "storage_recovered").is_object());
    require_whole(server.data(), {"first", "second", "third"});
}

BOOST_AUTO_TEST_CASE(a_renamed_directory_stays_intact) {
    fs::rename(server.data(), old);
    require_no_acknowledgement();
    BOOST_TEST(server.stop() == 0);
    BOOST_TEST(!fs::exists(server.data()));
    require_whole(old, {"first", "second"});
}

BOOST_AUTO_TEST_CASE(nothing_is_acknowledged_after_its_removal) {
    remove(server.data());
    require_no_acknowledgement();
    BOOST_TEST(server.stop() == 0);
    BOOST_TEST(!fs::exists(server.data()));
}

BOOST_AUTO_TEST_CASE(a_restore_into_the_emptied_directory_is_not_changed) {
    for (const auto& entry : fs::directory_iterator(server.data())) {
        remove(entry.path());
    }
    require_no_acknowledgement();
    const ProgramResult restored =
        run_server({"restore", "--from", backup, "--data", server.data()});
    BOOST_TEST(restored.exit_code == 0, restored.err);
    BOOST_TEST(add_threat("third").status == 503);
    BOOST_TEST(server.stop() == 0);
    require_whole(server.data(), {"first"});
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
