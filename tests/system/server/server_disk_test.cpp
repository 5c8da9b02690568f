// The real server on a full disk: writes are refused, reads continue, and writing resumes once
// there is room. A limit on the size of its files simulates the full disk.

#include <csignal>
#include <sys/resource.h>
#include <thread>

#include <boost/test/unit_test.hpp>

#include "support/eventually.hpp"
#include "support/server_process.hpp"
#include "support/temp_directory.hpp"

BOOST_AUTO_TEST_SUITE(server_disk_test)

using namespace threatatlas;
using namespace threatatlas::testing;
using nlohmann::json;

namespace {

const std::string threats = "/api/products/1/threats";
const std::string status = "/api/products/1/security-status";

struct Disk {
    Disk() {
        // A signal ignored here would be ignored by the server, too, regardless of its own
        // handlers.
        std::signal(SIGXFSZ, SIG_DFL);
        server.start();
        BOOST_TEST_REQUIRE(server.ask("POST", "/api/products", R"({"name":"Shop"})").status == 201);
        BOOST_TEST_REQUIRE(
            server.ask("POST", threats, R"({"name":"first","severity":"high"})").status == 201);
    }

    void fill() const { limit_files(0); }
    void make_room() const { limit_files(RLIM_INFINITY); }
    void limit_files(rlim_t bytes) const {
        const rlimit limit{bytes, RLIM_INFINITY};
        BOOST_TEST_REQUIRE(::prlimit(server.pid(), RLIMIT_FSIZE, &limit, nullptr) == 0);
    }

    httplib::Response add_threat(const std::string& key) const {
        return server.ask("POST", threats, R"({"name":")" + key + R"("})",
                          {{"Idempotency-Key", key}});
    }
    bool becomes(const std::string& phase) const {
        return testing::eventually(
            [&] { return json::parse(server.ask("GET", "/readyz").body).at("status") == phase; });
    }
    std::size_t count_of(const std::string& name) const {
        const std::string lines = server.ask("GET", "/api/products/1/events").body;
        std::size_t count = 0;
        const std::string wanted = R"("name":")" + name + "\"";
        for (auto at = lines.find(wanted); at != std::string::npos;
             at = lines.find(wanted, at + 1)) {
            ++count;
        }
        return count;
    }

    const TempDirectory directory;
    ServerProcess server{directory / "data"};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(server_disk, Disk)

BOOST_AUTO_TEST_CASE(a_full_disk_stops_writes_and_nothing_else) {
    const json before = json::parse(server.ask("GET", status).body);
    fill();
    const auto refused = add_threat("second");
    BOOST_TEST(refused.status == 503);
    BOOST_TEST(refused.has_header("Retry-After"));
    BOOST_TEST(refused.get_header_value("Content-Type") == "application/problem+json");
    BOOST_TEST(refused.body.find("Idempotency-Key") != std::string::npos, refused.body);
    BOOST_TEST(refused.body.find(directory.path().string()) == std::string::npos, refused.body);
    BOOST_TEST(becomes("storage_failing"));
    BOOST_TEST(server.ask("GET", "/readyz").status == 503);
    BOOST_TEST(server.ask("GET", "/healthz").status == 200);
    BOOST_TEST(add_threat("third").status == 503);

    const auto meanwhile = server.ask("GET", status);
    BOOST_TEST(meanwhile.status == 200);
    BOOST_TEST(json::parse(meanwhile.body).at("summary") == before.at("summary"));
    BOOST_TEST(json::parse(meanwhile.body).at("position") == before.at("position"));
    BOOST_TEST(server.ask("GET", threats + "/1").status == 200);
    BOOST_TEST(server.ask("GET", "/metrics").body.find("threatatlas_storage_failing 1\n") !=
               std::string::npos);

    make_room();
    BOOST_TEST(becomes("ready"));
    // The outcome was unknown; a repetition with the key returns it.
    const auto second = add_threat("second");
    BOOST_TEST(second.status == 201);
    BOOST_TEST(add_threat("second").body == second.body);
    BOOST_TEST(count_of("second") == 1U);
    BOOST_TEST(add_threat("third").status == 201);
    BOOST_TEST(count_of("third") == 1U);
    BOOST_TEST(server.stop() == 0);
    BOOST_TEST(run_replay({"--data", server.data(), "verify"}).exit_code == 0);
}

BOOST_AUTO_TEST_CASE(a_stop_on_a_full_disk_loses_nothing_that_was_acknowledged) {
    BOOST_TEST(add_threat("acknowledged").status == 201);
    const std::string lines = server.ask("GET", "/api/events").body;
    fill();
    BOOST_TEST(add_threat("unknown").status == 503);
    server.stop();
    server.start();
    BOOST_TEST(server.ask("GET", "/api/events").body.starts_with(lines));
    BOOST_TEST(add_threat("unknown").status == 201);
    BOOST_TEST(count_of("unknown") == 1U);
    server.stop();
    BOOST_TEST(run_replay({"--data", server.data(), "verify"}).exit_code == 0);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
