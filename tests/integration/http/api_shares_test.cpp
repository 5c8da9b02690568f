// Limits for one token: half of each pool, and its turn in each queue. Its share is released when
// its clients disconnect, or when the token expires or is revoked. Waiting requests hold no worker.

#include <algorithm>

#include <boost/test/unit_test.hpp>

#include "events/limits.hpp"
#include "http/ops/service_limits.hpp"
#include "support/api_fixture.hpp"
#include "support/faulty_file_system.hpp"
#include "support/raw_client.hpp"

BOOST_AUTO_TEST_SUITE(api_shares_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::net;
using namespace threatatlas::ops;
using namespace threatatlas::store;
using namespace threatatlas::testing;
using namespace std::chrono_literals;
using testing::eventually;
using testing::RawClient;

namespace {

constexpr std::size_t poll_share = ops::limits::waiting_polls_max / 2;
constexpr std::size_t call_share = ops::limits::long_calls_waiting_max / 2;

std::string request(const std::string& target, const std::string& token) {
    return "GET " + target + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token + "\r\n\r\n";
}

struct Served : ApiFixture {
    explicit Served(FileEnvironment* files = nullptr) : ApiFixture(files) {
        made("POST", "/api/products", {{"name", "P"}});
        auditor = issue_role("auditor");
    }

    using Clients = std::vector<std::unique_ptr<RawClient>>;
    Clients ask_all(std::size_t count, const std::string& target, const std::string& token) const {
        Clients clients;
        while (clients.size() < count) {
            clients.push_back(std::make_unique<RawClient>(port()));
            clients.back()->send(request(target, token));
        }
        return clients;
    }
    std::string poll_target(const std::string& more = {}) const {
        return "/api/events?wait=30" + more + "&after=" + get("/api/events").header("X-Log-Cursor");
    }
    // The value of a sample; `name` includes its labels, if any.
    std::size_t metric(const std::string& name) const {
        const std::string metrics = get("/metrics").body;
        const std::string line = "\nthreatatlas_" + name + " ";
        const auto found = metrics.find(line);
        BOOST_TEST_REQUIRE(found != std::string::npos, name);
        return std::stoul(metrics.substr(found + line.size()));
    }
    bool reaches(const std::string& name, std::size_t value) const {
        return eventually([&] { return metric(name) == value; });
    }

    std::string auditor;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(shares)

BOOST_FIXTURE_TEST_CASE(one_token_gets_at_most_half_of_the_polls, Served) {
    const std::string target = poll_target();
    auto polls = ask_all(poll_share, target, admin());
    BOOST_TEST(reaches("polls_waiting", poll_share));
    RawClient beyond(port());
    const auto refused = beyond.ask(request(target, admin()));
    BOOST_TEST(refused.status == 429);
    BOOST_TEST(!refused.field("retry-after").empty());
    BOOST_TEST(metric("share_refusals_total{pool=\"polls\"}") == 1U);
    // Another token can still wait.
    RawClient other(port());
    other.send(request(target, auditor));
    BOOST_TEST(reaches("polls_waiting", poll_share + 1));
    // A client that disconnects releases its place at once, without any other activity on the
    // server.
    polls.resize(poll_share - 10);
    BOOST_TEST(reaches("polls_waiting", poll_share - 10 + 1));
    auto more = ask_all(10, target, admin());
    BOOST_TEST(reaches("polls_waiting", poll_share + 1));
    made("POST", "/api/products/1/threats", {{"name", "t"}});
    BOOST_TEST(other.read_answer().status == 200);
    for (const auto& client : polls) {
        BOOST_TEST(client->read_answer().status == 200);
    }
}

BOOST_FIXTURE_TEST_CASE(a_poll_ends_with_its_token, Served) {
    const auto expires = clock.now() + 60s;
    const std::string ending =
        issue({{"name", "e"}, {"role", "auditor"}, {"expires_at", format_instant(expires)}});
    const std::string target = poll_target("&types=threat.identified");
    RawClient revoked(port());
    revoked.send(request(target, auditor));
    RawClient expired(port());
    expired.send(request("/api/products/1" + target.substr(4), ending));
    BOOST_TEST(reaches("polls_waiting", 2));
    const auto tokens = get("/api/api-tokens").json();
    const auto found = std::find_if(tokens.begin(), tokens.end(),
                                    [](const auto& token) { return token["name"] == "auditor"; });
    const auto id = found->at("id").template get<int>();
    // Only the revocation is recorded, which the poll does not select.
    BOOST_TEST(ask("DELETE", "/api/api-tokens/" + std::to_string(id)).status == 204);
    const auto answer = revoked.read_answer();
    BOOST_TEST(answer.status == 401);
    BOOST_TEST(!answer.field("www-authenticate").empty());
    clock.advance(61s);
    BOOST_TEST(expired.read_answer().status == 401);
}

// The revocation and the next event follow each other as closely as possible.
BOOST_FIXTURE_TEST_CASE(a_revoked_token_gets_no_later_event, Served) {
    for (int round = 0; round < 20; ++round) {
        const std::string name = "r" + std::to_string(round);
        const auto issued = made("POST", "/api/api-tokens", {{"name", name}, {"role", "auditor"}});
        RawClient client(port());
        client.send(request(poll_target("&types=threat.identified"), issued.at("token")));
        BOOST_TEST_REQUIRE(reaches("polls_waiting", 1));
        const auto path = "/api/api-tokens/" + std::to_string(issued.at("id").get<int>());
        BOOST_TEST(ask("DELETE", path).status == 204);
        made("POST", "/api/products/1/threats", {{"name", "secret"}});
        const auto answer = client.read_answer();
        BOOST_TEST(answer.status == 401);
        BOOST_TEST(answer.body.find("secret") == std::string::npos);
        BOOST_TEST_REQUIRE(reaches("polls_waiting", 0));
    }
}

BOOST_FIXTURE_TEST_CASE(requests_beyond_the_rate_get_retry_after, Served) {
    stop();
    rate_limit = 1;
    start();
    RawClient client(port());
    const auto ask_until_refused = [&](const std::string& token) {
        testing::RawAnswer answer;
        for (int i = 0; i < 100 && answer.status != 429; ++i) {
            answer = client.ask(request("/api/products/1/security-status", token));
        }
        return answer;
    };
    const auto refused = ask_until_refused(auditor);
    BOOST_TEST(refused.status == 429);
    BOOST_TEST(refused.field("retry-after") == "1");
    // Neither another token nor monitoring is affected.
    BOOST_TEST(get("/api/products/1/security-status").status == 200);
    for (int i = 0; i < 5; ++i) {
        BOOST_TEST(client.ask(request("/metrics", admin())).status == 200);
        BOOST_TEST(client.ask(request("/healthz", auditor)).status == 200);
    }
    BOOST_TEST(metric("rate_limited_total") >= 1U);
}

// A product whose history takes long to fold, and one token that queries it repeatedly.
struct Flooded : Served {
    Flooded() {
        std::string items;
        for (std::size_t i = 0; i < 5'000; ++i) {
            items += R"({"type":"threat.identified","data":{"name":"t","severity":"high"}})"
                     "\n";
        }
        const Asked asked{.body = items, .type = "application/x-ndjson"};
        BOOST_TEST_REQUIRE(ask("POST", "/api/products/1/events", asked).status == 200);
        clock.advance(1s);
        ask_flood();
    }

    void ask_flood() {
        flood = ask_all(call_share, long_target, admin());
        // Some requests are answered, and most of the share is queued.
        BOOST_TEST_REQUIRE(eventually([&] { return answered() >= 5; }));
    }

    std::size_t answered() const {
        return static_cast<std::size_t>(std::count_if(
            flood.begin(), flood.end(), [](const auto& client) { return client->has_answer(); }));
    }

    const std::string long_target = "/api/products/1/threats?limit=1&at_position=5003";
    Clients flood;
};

BOOST_FIXTURE_TEST_CASE(tokens_are_served_in_turn, Flooded) {
    const auto answered_meanwhile = [&] {
        const std::size_t before = answered();
        BOOST_TEST(get(long_target, auditor).status == 200);
        return answered() - before;
    };
    // On a busy machine this thread may pause while the flood is answered, so it tries again; in a
    // queue without shares, the token would come last each time.
    std::size_t meanwhile = answered_meanwhile();
    for (int i = 0; i < 4 && meanwhile >= call_share / 4; ++i) {
        flood.clear();
        BOOST_TEST_REQUIRE(reaches("long_calls_waiting", 0));
        ask_flood();
        meanwhile = answered_meanwhile();
    }
    BOOST_TEST_MESSAGE(meanwhile << " of the flood were answered meanwhile");
    BOOST_TEST(meanwhile < call_share / 4);
}

BOOST_FIXTURE_TEST_CASE(calls_of_disconnected_clients_are_not_begun, Flooded) {
    flood.clear();
    BOOST_TEST(reaches("long_calls_waiting", 0));
    const std::string made_so_far =
        "requests_total{method=\"GET\",route=\"/api/products/{product_id}/"
        "threats\",status=\"200\"}";
    BOOST_TEST(metric(made_so_far) < call_share / 2);
}

BOOST_AUTO_TEST_SUITE_END()

// --- A disk that does not respond ----------------------------------------------------------------

namespace {

struct SlowFiles {
    FaultyFileSystem files;
};
struct SlowDisk : SlowFiles, Served {
    SlowDisk() : Served(files.environment()) {
        ending = issue(
            {{"name", "e"}, {"role", "auditor"}, {"expires_at", format_instant(clock.now() + 1h)}});
        files.set(WalFault::sync_hangs);
        writer.send("POST /api/products/1/threats HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " +
                    admin() +
                    "\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n"
                    R"({"name":"t"})");
        BOOST_TEST_REQUIRE(eventually([&] { return holds_up_a_question(); }));
        clock.advance(1s);
    }
    ~SlowDisk() { files.set(WalFault::none); }

    // An instant that the pending write may still belong to.
    std::string now() const { return "as_of=" + format_instant(clock.now()); }

    bool holds_up_a_question() {
        clock.advance(1s);
        RawClient client(port());
        client.send(request("/api/products/1/security-status?" + now(), admin()));
        return eventually([&] { return client.has_answer() || metric("final_waits") > 0; }) &&
               !client.has_answer();
    }

    RawClient writer{port()};
    std::string ending;  // a token that expires in an hour
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(queries_about_now_hold_no_worker, SlowDisk) {
    const std::size_t each = 3 * ListenerOptions{}.workers;
    std::vector<Clients> asked;
    for (const std::string& path :
         {"/security-status?" + now(), "/threats?" + now(), "?" + now(), "/mitigations?" + now(),
          "/download/report.md?" + now(), std::string("/timeline"),
          "/diff?from=2026-01-01&to=" + now().substr(6)}) {
        asked.push_back(ask_all(each, "/api/products/1" + path, admin()));
    }
    BOOST_TEST(reaches("final_waits", each * asked.size()));
    // All other requests succeed meanwhile.
    BOOST_TEST(get("/healthz").status == 200);
    BOOST_TEST(get("/api/products/1/security-status").status == 200);
    BOOST_TEST(get("/api/products/1/threats").status == 200);
    const std::string before = "?as_of=2026-11-23T12:00:00.000001Z";
    BOOST_TEST(get("/api/products/1/security-status" + before).status == 200);
    for (const auto& clients : asked) {
        for (const auto& client : clients) {
            BOOST_TEST(!client->has_answer());
        }
    }
    // Requests of disconnected clients release their places.
    asked.back().clear();
    BOOST_TEST(reaches("final_waits", each * (asked.size() - 1)));
    files.set(WalFault::none);
    BOOST_TEST(writer.read_answer().status == 201);
    for (const auto& clients : asked) {
        for (const auto& client : clients) {
            BOOST_TEST(client->read_answer().status == 200);
        }
    }
    const auto status = get("/api/products/1/security-status?" + now()).json();
    BOOST_TEST(status["summary"]["total_threats"] == 1);
}

BOOST_FIXTURE_TEST_CASE(a_query_of_a_token_revoked_meanwhile_is_refused, SlowDisk) {
    const auto quick = ask_all(1, "/api/products/1/security-status?" + now(), ending);
    const auto listing = ask_all(1, "/api/products/1/threats?" + now(), ending);
    BOOST_TEST(reaches("final_waits", 2));
    clock.advance(2h);
    files.set(WalFault::none);
    BOOST_TEST(quick.front()->read_answer().status == 401);
    BOOST_TEST(listing.front()->read_answer().status == 401);
}

BOOST_AUTO_TEST_SUITE_END()
