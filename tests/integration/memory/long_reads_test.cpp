// Limits of long calls: memory, including responses that are not read, and time.

#include <algorithm>
#include <thread>

#include <boost/test/unit_test.hpp>

#include "support/api_fixture.hpp"
#include "support/counted_memory.hpp"
#include "support/eventually.hpp"
#include "support/raw_client.hpp"

BOOST_AUTO_TEST_SUITE(long_reads_test)

using namespace threatatlas;
using namespace threatatlas::api;
using namespace threatatlas::net;
using namespace threatatlas::ops;
using namespace threatatlas::testing;
using testing::eventually;
using testing::RawClient;

namespace {

constexpr std::size_t mebibyte = std::size_t{1} << 20U;
constexpr std::size_t threats = 400;
constexpr std::size_t text_bytes = 10'000;

struct Reads : ApiFixture {
    Reads() {
        made("POST", "/api/products", {{"name", "P"}});
        add_threats(threats);
    }

    // Adds threats with long texts, so that a report takes several times `count * text_bytes`.
    void add_threats(std::size_t count) {
        std::string items;
        for (std::size_t i = 0; i < count; ++i) {
            items += R"({"type":"threat.identified","data":{"name":"t","description":")" +
                     std::string(text_bytes, 'x') + "\"}}\n";
        }
        const Answer answer =
            ask("POST", "/api/products/1/events", {.body = items, .type = "application/x-ndjson"});
        BOOST_TEST_REQUIRE(answer.status == 200, answer.body);
        clock.advance(std::chrono::seconds(1));
    }

    void restart(std::size_t bytes_max, std::chrono::milliseconds call_ms_max,
                 ListenerOptions options = {}) {
        stop();
        long_reads = {.bytes_max = bytes_max,
                      .call_ms_max = call_ms_max,
                      .thread_bytes = testing::counted_bytes};
        start(std::move(options));
    }

    std::string question(const std::string& target, const std::string& token = {}) const {
        return "GET " + target + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " +
               (token.empty() ? admin() : token) + "\r\n\r\n";
    }
    ReadBudget::Use use() { return long_reads_of_server().budget.use(); }
    std::uint64_t metric(const std::string& name) const {
        const std::string text = get("/metrics").body;
        const std::string begin = "\nthreatatlas_" + name + " ";
        const std::size_t at = text.find(begin);
        BOOST_TEST_REQUIRE(at != std::string::npos, name);
        return std::stoull(text.substr(at + begin.size()));
    }
};

constexpr const char* model = "/api/products/1/download/model.json";
constexpr std::chrono::seconds long_enough{60};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(long_reads, Reads)

BOOST_AUTO_TEST_CASE(a_read_beyond_its_share_names_the_option) {
    restart(12 * mebibyte, long_enough);
    const Answer refused = get(model);
    BOOST_TEST(refused.status == 422);
    BOOST_TEST(refused.body.find("--long-read-bytes-max") != std::string::npos, refused.body);
    BOOST_TEST(metric("long_reads_too_large_total") == 1U);
    // Smaller calls succeed, and so does this one with more memory.
    BOOST_TEST(get("/api/products/1/threats?limit=10").status == 200);
    BOOST_TEST(get("/api/products/1/threats?limit=10&at_position=300").status == 200);
    restart(128 * mebibyte, long_enough);
    BOOST_TEST(get(model).status == 200);
}

// The responses do not fit into the memory limit together.
BOOST_AUTO_TEST_CASE(unread_answers_count_towards_the_budget) {
    restart(48 * mebibyte, long_enough, {.workers = 4});
    const std::string reader = issue_role("auditor");
    const std::size_t bytes = get(model).body.size();
    BOOST_TEST_REQUIRE(bytes > 4 * mebibyte);
    std::vector<std::unique_ptr<RawClient>> clients;
    for (std::size_t i = 0; i < 8; ++i) {
        clients.push_back(std::make_unique<RawClient>(port(), 4'096));
        clients.back()->send(question(model));
    }
    BOOST_TEST(eventually([&] { return use().waiting > 0 && use().bytes >= bytes; }));
    BOOST_TEST(use().bytes <= use().bytes_max);
    // No worker waits for these clients, and another token gets its share.
    BOOST_TEST(get("/api/products/1/security-status", reader).status == 200);
    BOOST_TEST(get("/api/products/1/threats?limit=1", reader).status == 200);
    BOOST_TEST(get(model, reader).body.size() == bytes);
    BOOST_TEST(metric("long_read_bytes") >= bytes);
    // Each response that is read makes room for the next one.
    while (!clients.empty()) {
        auto answered = clients.end();
        BOOST_TEST_REQUIRE(eventually([&] {
            answered = std::find_if(clients.begin(), clients.end(),
                                    [](const auto& client) { return client->has_answer(); });
            return answered != clients.end();
        }));
        const auto answer = (*answered)->read_answer();
        BOOST_TEST(answer.status == 200);
        BOOST_TEST(answer.body.size() == bytes);
        clients.erase(answered);
    }
    BOOST_TEST(eventually([&] { return use().bytes == 0; }));
}

BOOST_AUTO_TEST_CASE(a_read_that_waits_too_long_gets_retry_after) {
    restart(48 * mebibyte, std::chrono::milliseconds(300));
    ReadBudget& budget = long_reads_of_server().budget;
    std::vector<std::shared_ptr<ReadBudget::Share>> others;
    for (TokenId token = 100; const auto share = budget.take(token, mebibyte); ++token) {
        others.push_back(share);
    }
    const Answer late = get("/api/products/1/threats?limit=1");
    BOOST_TEST(late.status == 503);
    BOOST_TEST(late.header("Retry-After") != "");
    others.clear();
    BOOST_TEST(eventually([&] { return use().bytes == 0; }));
}

BOOST_AUTO_TEST_CASE(a_broken_connection_releases_its_memory) {
    restart(48 * mebibyte, long_enough);
    {
        RawClient unread(port(), 4'096);
        unread.send(question(model));
        BOOST_TEST(eventually([&] { return use().bytes > 4 * mebibyte; }));
    }
    BOOST_TEST(eventually([&] { return use().bytes == 0; }));
}

// A meter that is read at each row and blocks the work at the first one.
struct HeldUp {
    std::atomic<std::size_t> asked = 0;
    std::atomic<bool> may_go_on = false;

    bool has_begun() const { return asked >= 2; }  // the first reading precedes the first row
    std::function<std::int64_t()> meter() {
        return [this]() -> std::int64_t {
            if (++asked == 2) {
                while (!may_go_on) {
                    std::this_thread::sleep_for(std::chrono::milliseconds(1));
                }
            }
            return 0;
        };
    }
};

BOOST_AUTO_TEST_CASE(work_stops_when_its_client_disconnects) {
    HeldUp held;
    stop();
    long_reads = {.call_ms_max = wait_limit, .thread_bytes = held.meter()};
    start();
    {
        RawClient client(port());
        client.send(question(model));
        BOOST_TEST_REQUIRE(eventually([&] { return held.has_begun(); }));
    }
    held.may_go_on = true;
    const LongReads& reads = long_reads_of_server();
    BOOST_TEST(eventually([&] { return reads.stopped == 1; }));
    BOOST_TEST(reads.rows <= 2 * ops::limits::rows_between_looks);
    BOOST_TEST(eventually([&] { return use().bytes == 0; }));
}

BOOST_AUTO_TEST_CASE(work_stops_when_its_time_is_up) {
    HeldUp held;
    stop();
    long_reads = {.call_ms_max = std::chrono::milliseconds(100), .thread_bytes = held.meter()};
    start();
    const Answer late = get(model);
    BOOST_TEST(late.status == 503);
    BOOST_TEST(late.header("Retry-After") != "");
    BOOST_TEST(late.body.find("--long-call-seconds-max") != std::string::npos, late.body);
    held.may_go_on = true;
    const LongReads& reads = long_reads_of_server();
    BOOST_TEST(eventually([&] { return reads.stopped == 1; }));
    BOOST_TEST(reads.rows <= 2 * ops::limits::rows_between_looks);
}

BOOST_AUTO_TEST_CASE(work_stops_when_the_server_has_drained) {
    HeldUp held;
    stop();
    long_reads = {.call_ms_max = wait_limit, .thread_bytes = held.meter()};
    start({.drain_ms_max = std::chrono::milliseconds(0)});
    const LongReads& reads = long_reads_of_server();
    RawClient client(port());
    client.send(question(model));
    BOOST_TEST_REQUIRE(eventually([&] { return held.has_begun(); }));
    std::thread lets_go([&] {
        eventually([&] { return reads.stopping.load(); });
        held.may_go_on = true;
    });
    stop();
    lets_go.join();
    BOOST_TEST(held.asked > 2U);
    BOOST_TEST(held.asked <= 2 * ops::limits::rows_between_looks);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
