// The program on the directory of a running server: both return the same results at any moment.
#include <atomic>
#include <thread>

#include <boost/test/unit_test.hpp>

#include "support/replay_fixture.hpp"
#include "support/server_process.hpp"

namespace threatatlas::testing {

BOOST_AUTO_TEST_SUITE(live_test)

namespace {

using nlohmann::json;

struct Fixture {
    Fixture() { server.start(); }

    ProgramResult replay(std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), {"--data", server.data().string()});
        return run_replay(arguments);
    }
    std::string get(const std::string& target) const {
        const auto answer = server.ask("GET", target);
        BOOST_REQUIRE_MESSAGE(answer.status == 200, answer.body);
        return answer.body + "\n";
    }
    json post(const std::string& target, const json& body) const {
        const auto answer = server.ask("POST", target, body.dump());
        BOOST_REQUIRE_MESSAGE(answer.status < 300, answer.body);
        return json::parse(answer.body);
    }

    const TempDirectory directory;
    ServerProcess server{directory / "data"};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(live, Fixture)

BOOST_AUTO_TEST_CASE(server_and_program_give_the_same_bytes) {
    post("/api/products", {{"name", "Payments API"}});
    const std::string product = "/api/products/1";
    post(product + "/threats", {{"name", "a"}, {"severity", "high"}, {"element_id", "n1"}});
    post(product + "/threats", {{"name", "b"}, {"likelihood", 5}, {"impact", 5}});
    const std::string then = json::parse(get(product + "/security-status"))["recorded_at"];
    post(product + "/mitigations",
         {{"name", "c"}, {"status", "implemented"}, {"threat_ids", json::array({2})}});
    const std::string now = json::parse(get(product + "/security-status"))["recorded_at"];

    const auto require_same = [&](const std::string& target, std::vector<std::string> question) {
        const auto answer = replay(std::move(question));
        BOOST_TEST(ReplayFixture::without_clock(answer.out) ==
                   ReplayFixture::without_clock(get(product + target)));
    };
    require_same("/security-status?fail_on_critical=true&min_mitigation_ratio=0.7",
                 {"gate", "--product", "1", "--fail-on-critical", "--min-mitigation-ratio", "0.7"});
    require_same("/security-status?fail_on_unmitigated_high=1&as_of=" + then,
                 {"gate", "--product", "1", "--fail-on-unmitigated-high", "--as-of", then});
    require_same("/security-status?at_position=4",
                 {"gate", "--product", "1", "--at-position", "4"});
    require_same("/threats", {"threats", "--product", "1"});
    require_same("/threats?as_of=" + then, {"threats", "--product", "1", "--as-of", then});
    require_same("/mitigations", {"mitigations", "--product", "1"});
    require_same("/diff?from=" + then + "&to=" + now,
                 {"diff", "--product", "1", "--from", then, "--to", now});
    // From the start of today to the current time, which advances between the two queries.
    const std::string today = then.substr(0, std::string_view("2026-01-01").size());
    const auto diff = replay({"diff", "--product", "1", "--from", today});
    BOOST_TEST(json::parse(diff.out).at("from") ==
               json::parse(get(product + "/diff?from=" + today)).at("from"));
    require_same("/timeline?every=change&from=" + today,
                 {"timeline", "--product", "1", "--every", "change", "--from", today});
    require_same(
        "/timeline?every=change&from=2026-01-01&to=" + now,
        {"timeline", "--product", "1", "--every", "change", "--from", "2026-01-01", "--to", now});
    BOOST_TEST(replay({"verify"}).exit_code == 0);
    const auto rebuild = replay({"rebuild"});
    BOOST_TEST(rebuild.exit_code == 3);
    BOOST_TEST(rebuild.err.find("in use by another process") != std::string::npos);

    server.kill();
    BOOST_TEST(replay({"verify"}).exit_code == 0);
    BOOST_TEST(replay({"rebuild"}).exit_code == 0);
    BOOST_TEST(replay({"verify"}).exit_code == 0);
}

BOOST_AUTO_TEST_CASE(acknowledged_events_are_read_while_others_write) {
    post("/api/products", {{"name", "Payments API"}});
    std::atomic<std::uint64_t> acknowledged = 0;
    std::atomic<bool> stopping = false;
    std::thread writer([&] {
        auto client = server.client(server.admin_token());
        while (!stopping) {
            std::string items;
            for (int i = 0; i < 200; ++i) {
                items += R"({"type":"threat.identified","data":{"name":"t","severity":"low"}})"
                         "\n";
            }
            const auto answer =
                client.Post("/api/products/1/events", items, "application/x-ndjson");
            if (answer && answer->status == 200) {
                acknowledged += 200;
            }
            // Otherwise the log grows faster than it can be verified.
            std::this_thread::sleep_for(std::chrono::milliseconds{20});
        }
    });
    for (int round = 0; round < 10; ++round) {
        const std::uint64_t before = acknowledged;
        const auto posture = replay({"posture", "--product", "1"});
        BOOST_TEST(posture.exit_code == 0, posture.err);
        BOOST_TEST(json::parse(posture.out)["summary"]["total_threats"] >= before);
        const auto verification = replay({"verify"});
        BOOST_TEST(verification.exit_code == 0, verification.out << verification.err);
    }
    stopping = true;
    writer.join();
    BOOST_TEST(acknowledged > 0U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()

}  // namespace threatatlas::testing
