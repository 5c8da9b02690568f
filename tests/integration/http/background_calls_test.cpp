// More long calls than there is room for: they are queued or refused with 429, and the gate is not
// affected.

#include <algorithm>

#include <boost/test/unit_test.hpp>

#include "http/ops/service_limits.hpp"
#include "support/api_fixture.hpp"
#include "support/raw_client.hpp"

BOOST_AUTO_TEST_SUITE(background_calls_test)

using namespace threatatlas;
using namespace threatatlas::ops;
using namespace threatatlas::testing;
using testing::RawClient;

namespace {

// Enough that a query about their past takes longer to answer than to send.
constexpr std::size_t threats = 1'000;
constexpr std::size_t flood = ops::limits::long_calls_waiting_max * 2;

struct LargeProduct : ApiFixture {
    LargeProduct() {
        made("POST", "/api/products", {{"name", "P"}});
        std::string items;
        for (std::size_t i = 0; i < threats; ++i) {
            items += R"({"type":"threat.identified","data":{"name":"t","severity":"high"}})"
                     "\n";
        }
        const Answer answer =
            ask("POST", "/api/products/1/events", {.body = items, .type = "application/x-ndjson"});
        BOOST_TEST_REQUIRE(answer.status == 200, answer.body);
        clock.advance(std::chrono::seconds(1));
    }

    std::string question(const std::string& target) const {
        return "GET " + target + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + admin() +
               "\r\n\r\n";
    }
    // A query about the past, which is folded from the product's events for each response.
    std::string long_question() const {
        return question("/api/products/1/threats?limit=1&at_position=" +
                        std::to_string(threats + 2));
    }

    std::vector<std::unique_ptr<RawClient>> flooded() const {
        std::vector<std::unique_ptr<RawClient>> clients;
        while (clients.size() < flood) {
            clients.push_back(std::make_unique<RawClient>(port()));
        }
        for (const auto& client : clients) {
            client->send(long_question());
        }
        return clients;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(background_calls, LargeProduct)

BOOST_AUTO_TEST_CASE(calls_beyond_the_queue_get_retry_after) {
    const auto clients = flooded();
    RawClient gate(port());
    for (int i = 0; i < 20; ++i) {
        BOOST_TEST(gate.ask(question("/api/products/1/security-status")).status == 200);
    }
    std::size_t made = 0;
    std::size_t refused = 0;
    for (const auto& client : clients) {
        const auto answer = client->read_answer();
        made += answer.status == 200 ? 1 : 0;
        if (answer.status == 429) {  // all requests are from one token, which has a limited share
            ++refused;
            BOOST_TEST(!answer.field("retry-after").empty());
        }
    }
    BOOST_TEST_MESSAGE(made << " made, " << refused << " refused");
    BOOST_TEST(made + refused == flood);
    BOOST_TEST(made >= ops::limits::long_calls_waiting_max / 2);
    BOOST_TEST(refused > 0U);
    // There is room again, and each request was counted by its status.
    BOOST_TEST(get("/api/products/1/threats?limit=1").status == 200);
    const std::string metrics = get("/metrics").body;
    const std::string counted =
        "threatatlas_requests_total{method=\"GET\",route=\"/api/products/"
        "{product_id}/threats\",status=\"";
    for (const auto& [status, count] : {std::pair("200", made + 1), std::pair("429", refused)}) {
        const std::string line = counted + status + "\"} " + std::to_string(count) + "\n";
        BOOST_TEST(metrics.find(line) != std::string::npos, line << metrics);
    }
}

BOOST_AUTO_TEST_CASE(a_stop_answers_waiting_calls) {
    const auto clients = flooded();
    BOOST_TEST_REQUIRE(testing::eventually([&] { return stats().requests_handled >= flood; }));
    stop();
    std::size_t answered = 0;
    for (const auto& client : clients) {
        const int status = client->read_answer().status;
        answered += status == 200 || status == 429 || status == 503 ? 1 : 0;
    }
    BOOST_TEST(answered == flood);
}

BOOST_AUTO_TEST_CASE(a_stop_cancels_calls_after_the_drain_time) {
    stop();
    start({.drain_ms_max = std::chrono::milliseconds(0)});
    const auto clients = flooded();
    BOOST_TEST_REQUIRE(testing::eventually([&] { return stats().requests_handled >= flood; }));
    // A stop cancels the calls in progress and does not begin queued ones.
    stop();
    start();
    BOOST_TEST(get("/api/products/1/threats?limit=1").status == 200);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
