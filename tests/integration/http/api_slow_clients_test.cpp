// Five hundred clients that are slow on purpose, while another one asks the gate.

#include <algorithm>
#include <atomic>
#include <thread>

#include <boost/test/unit_test.hpp>

#include "support/api_fixture.hpp"
#include "support/raw_client.hpp"

BOOST_AUTO_TEST_SUITE(api_slow_clients_test)

using namespace std::chrono_literals;
using namespace threatatlas;
using namespace threatatlas::testing;
using testing::RawClient;

namespace {

constexpr std::size_t slow_clients = 500;
// For two seconds: long enough for the effects of the slow clients to accumulate.
constexpr std::size_t questions = 200;
constexpr auto between_questions = 10ms;
// A busy machine must not fail the test.
constexpr auto slower_at_most = 10;
constexpr auto noise = 2ms;
// So little that an answer of a few hundred KiB does not fit.
constexpr int little_room_bytes = 4'096;

using Micros = std::chrono::microseconds;

struct Times {
    Micros median{0};
    Micros longest{0};
};

struct SlowClients : ApiFixture {
    SlowClients() {
        stop();
        // By default they would stay longer than a test can wait.
        start({.workers = 4,
               .head_ms_max = 4s,
               .idle_ms_max = 4s,
               .body_idle_ms_max = 4s,
               .body_ms_max = 4s,
               .write_idle_ms_max = 4s,
               .write_ms_max = 4s,
               .linger_ms_max = 1s});
        made("POST", "/api/products", {{"name", "P"}});
        nlohmann::json threat{{"name", "T"}, {"description", std::string(10'000, 'd')}};
        for (int i = 0; i < 30; ++i) {
            made("POST", "/api/products/1/threats", threat);
        }
    }

    std::string request(const std::string& line) const {
        return line + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + admin() + "\r\n";
    }

    // Every query is answered.
    Times ask_the_gate() const {
        RawClient client(port());
        const std::string question = request("GET /api/products/1/security-status") + "\r\n";
        std::vector<Micros> times;
        for (std::size_t i = 0; i < questions; ++i) {
            const auto begun = std::chrono::steady_clock::now();
            BOOST_REQUIRE(client.ask(question).status == 200);
            times.push_back(
                std::chrono::duration_cast<Micros>(std::chrono::steady_clock::now() - begun));
            std::this_thread::sleep_for(between_questions);
        }
        std::sort(times.begin(), times.end());
        return {times[times.size() / 2], times.back()};
    }

    // Holds the gate's answers beside slow clients against those without them, and waits until
    // every slow client was cut off.
    template <class Connect, class Keep>
    void compare(const char* what, Connect connect, Keep keep) {
        const Times alone = ask_the_gate();
        std::vector<std::unique_ptr<RawClient>> clients;
        for (std::size_t i = 0; i < slow_clients; ++i) {
            clients.push_back(connect());
        }
        BOOST_REQUIRE(
            testing::eventually([&] { return stats().connections_open >= slow_clients; }));
        std::atomic<bool> over = false;
        std::thread keeper([&] {
            while (!over) {
                for (auto& client : clients) {
                    keep(*client);
                }
                std::this_thread::sleep_for(200ms);
            }
        });
        const Times beside = ask_the_gate();
        const auto still_open = stats().connections_open;
        const bool all_gone = testing::eventually([&] { return stats().connections_open == 0; });
        over = true;
        keeper.join();
        BOOST_TEST_MESSAGE(what << ": median (longest) " << alone.median.count() << " ("
                                << alone.longest.count() << ") us alone, " << beside.median.count()
                                << " (" << beside.longest.count() << ") us beside " << still_open
                                << " open connections, at the end");
        // Most of them were connected for the whole time.
        BOOST_TEST(still_open >= slow_clients / 2);
        BOOST_TEST((beside.median <= alone.median * slower_at_most + noise));
        BOOST_TEST(all_gone, stats().connections_open << " are still open");
    }
};

void nothing(RawClient&) {}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(api_slow_clients, SlowClients)

BOOST_AUTO_TEST_CASE(silent_clients) {
    compare(
        "silent", [&] { return std::make_unique<RawClient>(port()); }, nothing);
}

BOOST_AUTO_TEST_CASE(clients_that_send_a_head_byte_by_byte) {
    compare(
        "byte by byte",
        [&] {
            auto client = std::make_unique<RawClient>(port());
            client->send("GET /");
            return client;
        },
        [](RawClient& client) { client.send("a"); });
}

BOOST_AUTO_TEST_CASE(clients_that_send_a_body_byte_by_byte) {
    const std::string begun = request("POST /api/products/1/threats") +
                              "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{";
    compare(
        "bodies",
        [&] {
            auto client = std::make_unique<RawClient>(port());
            client->send(begun);
            return client;
        },
        [](RawClient& client) { client.send(" "); });
}

BOOST_AUTO_TEST_CASE(a_slow_body_is_counted_as_a_timeout) {
    stop();
    start({.workers = 2, .body_idle_ms_max = 100ms});
    // Too long to be awaited without a worker.
    RawClient client(port());
    client.send(request("POST /api/products/1/events") +
                "Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n[");
    BOOST_TEST(client.read_answer().status == 408);
    const std::string metrics = get("/metrics").body;
    for (const std::string line :
         {"threatatlas_requests_total{method=\"POST\",route=\"/api/products/{product_id}/events\","
          "status=\"408\"} 1\n",
          "threatatlas_timeouts_total 1\n"}) {
        BOOST_TEST(metrics.find(line) != std::string::npos, line << metrics);
    }
}

BOOST_AUTO_TEST_CASE(clients_that_do_not_read_the_answer) {
    const std::string large = request("GET /api/products/1/threats?limit=1000") + "\r\n";
    compare(
        "deaf",
        [&] {
            auto client = std::make_unique<RawClient>(port(), little_room_bytes);
            client->send(large);
            return client;
        },
        nothing);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
