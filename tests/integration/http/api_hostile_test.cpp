// Bytes that no well-behaved client sends, against the whole server: each request gets a client
// error, and nothing of it is recorded.

#include <atomic>
#include <chrono>
#include <future>
#include <thread>

#include <boost/test/unit_test.hpp>

#include "events/limits.hpp"
#include "support/api_fixture.hpp"
#include "support/raw_client.hpp"

BOOST_AUTO_TEST_SUITE(api_hostile_test)

using namespace std::string_literals;
using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::events;
using namespace threatatlas::testing;
using nlohmann::json;
using testing::RawAnswer;
using testing::RawClient;

namespace {

const std::string gate_path = "/api/products/1/security-status";

struct Hostile : ApiFixture {
    Hostile() {
        made("POST", "/api/products", {{"name", "P"}});
        made("POST", "/api/products/1/threats", {{"name", "T"}});
    }

    std::string fields() const {
        return " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + admin() + "\r\n";
    }
    std::string get_gate() const { return "GET " + gate_path + fields() + "\r\n"; }
    std::string post(const std::string& path, const std::string& more,
                     const std::string& body) const {
        return "POST " + path + fields() + more + "Content-Length: " + std::to_string(body.size()) +
               "\r\n\r\n" + body;
    }
    std::string post_threat(const std::string& body) const {
        return post("/api/products/1/threats", "Content-Type: application/json\r\n", body);
    }
    std::string post_events(const std::string& body) const {
        return post("/api/products/1/events", "Content-Type: application/x-ndjson\r\n", body);
    }
    RawAnswer ask_raw(const std::string& bytes) const {
        RawClient client(port());
        client.send(bytes);
        client.end_sending();
        return client.read_answer();
    }
    std::uint64_t position() const {
        return get(gate_path).json().at("position").get<std::uint64_t>();
    }
};

bool is_problem(const RawAnswer& answer, int status) {
    return answer.status == status && answer.field("content-type") == "application/problem+json" &&
           json::parse(answer.body).at("status") == status;
}

bool points_at(const RawAnswer& answer, const std::string& pointer) {
    const json problem = json::parse(answer.body);
    return problem.contains("errors") && problem["errors"][0].value("pointer", "none") == pointer;
}

std::string repeated(std::string_view text, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i) {
        out += text;
    }
    return out;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(api_hostile, Hostile)

BOOST_AUTO_TEST_CASE(json_that_is_not_a_threat_is_refused) {
    struct Case {
        std::string body;
        int status;
        std::string pointer;  // of the first error; "none" if there is none
    };
    const std::vector<Case> cases{
        {R"({"name":"a","name":"b"})", 422, "/name"},
        {R"({"name":"a","na\u006de":"b"})", 422, "/name"},
        {R"({"name":)" + std::string(100, '[') + std::string(100, ']') + "}", 422, ""},
        {std::string(100'000, '['), 400, "none"},
        {R"({"name":"n","likelihood":1e400,"impact":1})", 422, "/likelihood"},
        {R"({"name":"n","likelihood":184467440737095516160,"impact":1})", 422, "/likelihood"},
        {R"({"name":"n","likelihood":)" + std::string(10'000, '9') + R"(,"impact":1})", 422,
         "/likelihood"},
        {R"({"name":"n","likelihood":-0,"impact":1})", 422, "/likelihood"},
        {R"({"name":"n","likelihood":3.0,"impact":1})", 422, "/likelihood"},
        {R"({"name":"n","likelihood":NaN,"impact":1})", 400, "none"},
        {R"({"name":"n","likelihood":Infinity,"impact":1})", 400, "none"},
        {R"({"name":"n","likelihood":01,"impact":1})", 400, "none"},
        {R"({"name":"\ud800"})", 400, "none"},
        {R"({"name":"\udc00\ud800"})", 400, "none"},
        {R"({"name":"a\u0000b"})", 422, "/name"},
        {R"({"name":"\u009f"})", 422, "/name"},
        {"{\"name\":\"a\0b\"}"s, 400, "none"},
        {"{\"name\":\"\xff\"}", 400, "none"},
        {"{\"name\":\"\xc0\xaf\"}", 400, "none"},
        {"{\"name\":\"\xed\xa0\x80\"}", 400, "none"},
        {"{\xef\xbb\xbf\"name\":\"n\"}", 400, "none"},
        {R"({"name":"n"}{"name":"m"})", 400, "none"},
        {"{\"name\":\"n\"}\0"s, 400, "none"},
        {R"({"name":"n",})", 400, "none"},
        {R"({'name':'n'})", 400, "none"},
        {R"({"name":"n"/**/})", 400, "none"},
        {R"({"name":")" + std::string(501, 'x') + "\"}", 422, "/name"},
        {"[]", 422, ""},
        {"null", 422, ""},
        {"", 400, "none"},
        {" ", 400, "none"},
        {"{" + repeated("\"\":1,", 200'000) + "\"a\":1}", 422, "/"},
    };
    const auto before = position();
    for (const auto& [body, status, pointer] : cases) {
        BOOST_TEST_CONTEXT(body.substr(0, 60)) {
            const RawAnswer answer = ask_raw(post_threat(body));
            BOOST_TEST(is_problem(answer, status), answer.status << answer.body.substr(0, 200));
            BOOST_TEST((pointer == "none" || points_at(answer, pointer)), answer.body);
            BOOST_TEST(answer.body.size() < 10'000U);
        }
    }
    BOOST_TEST(position() == before);
    BOOST_TEST(get("/api/products/1/threats").json().size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_batch_with_a_bad_item_records_nothing) {
    const std::string good = R"({"type":"threat.identified","data":{"name":"n"}})";
    const auto before = position();
    for (
        const std::string& bad :
        {R"({"type":"threat.identified","data":{)" + repeated("\"\":1,", 1'000'000) + "\"a\":1}}",
         R"({"type":"threat.identified","data":{"name":"n","threat_id":1e19}})"s,
         R"({"type":"threat.identified","data":{"name":"\ud800"}})"s,
         "{\"type\":\"threat.identified\",\"data\":{\"name\":\"\xff\"}}"s,
         // In UTC, this time is outside the years of four digits, so it could not be read back.
         R"({"type":"threat.identified","data":{"name":"n","occurred_at":"0000-01-01T00:00:00+23:59"}})"s,
         repeated("{\"a\":", 1'000'000) + "1" + std::string(1'000'000, '}'), good + good,
         "["s + good}) {
        BOOST_TEST_CONTEXT(bad.substr(0, 60)) {
            const RawAnswer answer = ask_raw(post_events(good + "\n" + bad + "\n" + good));
            BOOST_TEST((is_problem(answer, 400) || is_problem(answer, 422)),
                       answer.status << answer.body.substr(0, 200));
        }
    }
    BOOST_TEST(is_problem(ask_raw(post_events(repeated(good + "\n", 20'001))), 422));
    BOOST_TEST(position() == before);
}

BOOST_AUTO_TEST_CASE(arbitrary_bytes_in_paths_queries_and_fields_are_client_errors) {
    const auto get_path = [this](const std::string& path) {
        return "GET " + path + fields() + "\r\n";
    };
    const std::vector<std::pair<int, std::string>> requests{
        {404, get_path("/" + std::string(7'900, 'a'))},
        {414, get_path("/" + std::string(8'000, 'a'))},
        {404, get_path("/api/products/99999999999999999999/security-status")},
        {404, get_path("/api/products/-1/security-status")},
        {404, get_path("/api/products/1/../1/security-status")},
        {404, get_path("/api//products/1/security-status")},
        {404, get_path("/api/products/1%2fsecurity-status")},
        {404, get_path("/api/products/%ff%fe")},
        {400, get_path("/api/products/%00")},
        {400, get_path("/api/products/\xff")},
        {400, get_path("/api/products/1\x01")},
        {400, get_path("/api/products/1\0"s)},
        {400, get_path("/api/products/%zz")},
        {400, get_path("/api products/1")},
        {422, get_path(gate_path + "?fail_on_critical=%ff%fe")},
        {422, get_path(gate_path + "?%ff=1")},
        {422, get_path(gate_path + "?fail_on_critical=true%0d%0aX:%20y")},
        {422, get_path(gate_path + "?" + repeated("a&", 3'000))},
        {422, get_path(gate_path + "?as_of=0000-01-01T00:00:00%2B23:59")},
        {400, get_path(gate_path + "?a=\xc3\xa9")},
        {400, "GET " + gate_path + fields() + "X: a\0b\r\n\r\n"s},
        {400, "GET " + gate_path + fields() + "X: a\rb\r\n\r\n"},
        {400, "GET " + gate_path + fields() + "X\xff: a\r\n\r\n"},
        {401,
         "GET " + gate_path + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \xff\xfe\r\n\r\n"},
        {422,
         post("/api/products/1/threats",
              "Content-Type: application/json\r\nIdempotency-Key: \xff\r\n", R"({"name":"n"})")},
        {415, post("/api/products/1/threats", "Content-Type: \xff\r\n", R"({"name":"n"})")},
    };
    const auto before = position();
    for (const auto& [status, request] : requests) {
        const RawAnswer answer = ask_raw(request);
        BOOST_TEST(is_problem(answer, status),
                   request.substr(0, 80) << ": " << answer.status << answer.body.substr(0, 200));
    }
    // Unusual bytes that are only passed through are not an error.
    BOOST_TEST(ask_raw("GET " + gate_path + fields() + "X: \xff%0d%0aY: z\r\n\r\n").status == 200);
    BOOST_TEST(position() == before);
}

BOOST_AUTO_TEST_CASE(rejected_requests_are_in_the_access_log) {
    BOOST_TEST(ask_raw("GET /secret HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n").status == 400);
    BOOST_TEST(ask_raw("GET /" + std::string(9'000, 's') + fields() + "\r\n").status == 414);
    stop();
    for (const std::string line :
         {R"("method":"","route":"","status":400)", R"("method":"","route":"","status":414)"}) {
        const auto found = log().find(line);
        BOOST_TEST_REQUIRE(found != std::string::npos, line << log());
        BOOST_TEST(log().find(R"("client":"127.0.0.1")", found) != std::string::npos);
    }
    BOOST_TEST(log().find("secret") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(unknown_methods_are_refused) {
    const auto with = [this](const std::string& method, const std::string& target) {
        return method + " " + target + fields() + "\r\n";
    };
    BOOST_TEST(is_problem(ask_raw(with("TRACE", gate_path)), 405));
    BOOST_TEST(ask_raw(with("TRACE", gate_path)).body.find(admin()) == std::string::npos);
    BOOST_TEST(is_problem(ask_raw(with("PUT", gate_path)), 405));
    BOOST_TEST(is_problem(ask_raw(with("OPTIONS", "*")), 404));
    for (const auto* const method : {"get", "Get", "CONNECT", "PROPFIND", "GETT"}) {
        BOOST_TEST(is_problem(ask_raw(with(method, gate_path)), 501), method);
    }
    BOOST_TEST(is_problem(ask_raw("CONNECT example.org:443 HTTP/1.1\r\nHost: x\r\n\r\n"), 501));
    BOOST_TEST(is_problem(ask_raw("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505));
    BOOST_TEST(is_problem(ask_raw("GET " + gate_path + "\r\n\r\n"), 400));
}

BOOST_AUTO_TEST_CASE(no_request_can_be_smuggled) {
    // If one of these were parsed differently, its tail would be executed as a request to archive
    // the product.
    const std::string hidden = "DELETE /api/products/1" + fields() + "\r\n";
    const std::string head = "POST /api/products/1/threats" + fields();
    const std::string length = "Content-Length: " + std::to_string(hidden.size()) + "\r\n";
    for (const std::string& framing :
         {length + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
          "Transfer-Encoding: chunked\r\n" + length + "\r\n0\r\n\r\n",
          "Content-Length: 0\r\n" + length + "\r\n",
          "Content-Length: 0, 5\r\n\r\n"s,
          "Content-Length: +0\r\n\r\n"s,
          "Content-Length: 0x0\r\n\r\n"s,
          "Content-Length: \r\n\r\n"s,
          "Content-Length : 0\r\n\r\n"s,
          "Content-Length: 0\n\r\n"s,
          "Content-Length: 0\r\n\n"s,
          "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"s,
          "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"s,
          "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"s,
          "Transfer-Encoding: identity\r\n" + length + "\r\n",
          "Transfer-Encoding:\x0b" + "chunked\r\n\r\n0\r\n\r\n"s,
          "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n"s,
          "X: y\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"s,
          "Transfer-Encoding: chunked\r\n\r\n0\n\n"s,
          "Transfer-Encoding: chunked\r\n\r\n0 \r\n\r\n"s,
          "Transfer-Encoding: chunked\r\n\r\n00000000000000000\r\n\r\n"s}) {
        RawClient client(port());
        client.send(head + framing + hidden);
        client.end_sending();
        const std::string all = client.read_rest();
        BOOST_TEST((all.starts_with("HTTP/1.1 4") || all.starts_with("HTTP/1.1 501")),
                   framing << ": " << all);
        BOOST_TEST(all.find("HTTP/1.1 ", 1) == std::string::npos, framing << ": " << all);
    }
    BOOST_TEST(get(gate_path).status == 200);
}

BOOST_AUTO_TEST_CASE(pipelined_requests_are_answered_in_order) {
    RawClient client(port());
    constexpr std::size_t pairs = 200;
    client.send(repeated(
        get_gate() + post_threat(R"({"name":"n"})") + "GET /no" + fields() + "\r\n", pairs));
    std::uint64_t last = 0;
    for (std::size_t i = 0; i < pairs; ++i) {
        const RawAnswer gate = client.read_answer();
        BOOST_REQUIRE(gate.status == 200);
        const auto at = json::parse(gate.body).at("position").get<std::uint64_t>();
        const RawAnswer written = client.read_answer();
        BOOST_REQUIRE(written.status == 201);
        BOOST_REQUIRE(at >= last);
        last = std::stoull(written.field("x-log-position"));
        BOOST_REQUIRE(last == at + 1);
        BOOST_REQUIRE(client.read_answer().status == 404);
    }
}

BOOST_AUTO_TEST_CASE(a_half_closed_client_gets_its_answer) {
    RawClient client(port());
    client.send(post_threat(R"({"name":"n"})"));
    client.end_sending();
    BOOST_TEST(client.read_answer().status == 201);
}

BOOST_AUTO_TEST_CASE(answers_forbid_caching_sniffing_and_sharing) {
    const std::string origin =
        "Origin: https://evil.example\r\nAccess-Control-Request-Method: GET\r\n";
    const std::string etag = get(gate_path).header("ETag");
    const std::vector<std::pair<int, std::string>> requests{
        {200, "GET " + gate_path + fields() + origin + "\r\n"},
        {304, "GET " + gate_path + fields() + origin + "If-None-Match: " + etag + "\r\n\r\n"},
        {405, "OPTIONS " + gate_path + fields() + origin + "\r\n"},
        {401, "OPTIONS " + gate_path + " HTTP/1.1\r\nHost: x\r\n" + origin + "\r\n"},
        {200, "GET /healthz" + fields() + origin + "\r\n"},
        {200, "GET /openapi.json" + fields() + origin + "\r\n"},
        {200, "GET /metrics" + fields() + origin + "\r\n"},
        {200, "GET /api/events" + fields() + origin + "\r\n"},
        {200, "GET /api/products/1/download/report" + fields() + origin + "\r\n"},
        {201, post("/api/api-tokens", origin + "Content-Type: application/json\r\n",
                   R"({"name":"n","role":"gate"})")},
        {201, post_threat(R"({"name":"n"})")},
        {204, "DELETE /api/products/1/threats/1" + fields() + origin + "\r\n"},
        {404, "GET /api/nothing" + fields() + origin + "\r\n"},
        {422, "GET " + gate_path + "?x" + fields() + origin + "\r\n"},
        {413, "POST /api/products" + fields() + origin +
                  "Content-Type: application/json\r\nContent-Length: 99999999\r\n\r\n"},
        {400, "GET nothing" + fields() + "\r\n"},
        {501, "BREW /" + fields() + "\r\n"},
    };
    for (const auto& [status, request] : requests) {
        BOOST_TEST_CONTEXT(request.substr(0, 60)) {
            RawClient client(port());
            client.send(request);
            const RawAnswer answer = client.read_answer(status != 304);
            BOOST_TEST(answer.status == status);
            BOOST_TEST(answer.fields.count("cache-control") == 1U);
            BOOST_TEST(answer.field("cache-control") == "no-store");
            BOOST_TEST(answer.fields.count("x-content-type-options") == 1U);
            BOOST_TEST(answer.field("x-content-type-options") == "nosniff");
            for (const auto& [name, value] : answer.fields) {
                BOOST_TEST(!name.starts_with("access-control-"), name);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_full_queue_is_reported_at_once_while_the_gate_answers) {
    std::promise<void> open;
    const std::shared_future<void> opened(open.get_future());
    before_random = [opened] { opened.wait(); };
    const auto waiting = [this] {
        const std::string text = get("/metrics").body;
        const std::string name = "\nthreatatlas_commands_waiting ";
        return std::stoull(text.substr(text.find(name) + name.size()));
    };
    // The first request is blocked within its transaction, and the others are queued after it. A
    // few are enough, because each has the maximum size.
    RawClient first(port());
    first.send(post_threat(R"({"name":"n"})"));
    const std::string large =
        post_events(std::string(events::limits::bulk_body_bytes_max - 100, '\n') +
                    R"({"type":"threat.identified","data":{"name":"n"}})");
    constexpr std::size_t more_than_fit =
        2 + events::limits::queue_bytes_max / events::limits::bulk_body_bytes_max;
    std::vector<std::unique_ptr<RawClient>> clients;
    std::size_t turned_away = 0;
    while (turned_away == 0 && clients.size() < more_than_fit) {
        const auto before = waiting();
        RawClient& client = *clients.emplace_back(std::make_unique<RawClient>(port()));
        client.send(large);
        BOOST_REQUIRE(
            testing::eventually([&] { return client.has_answer() || waiting() > before; }));
        turned_away = client.has_answer() ? 1 : 0;
    }
    BOOST_REQUIRE(turned_away == 1U);
    const RawAnswer busy = clients.back()->read_answer();
    // One token sends them all, so its half of the queue is full.
    BOOST_TEST(is_problem(busy, 429));
    BOOST_TEST(busy.field("retry-after") == "1");
    clients.pop_back();
    for (int i = 0; i < 100; ++i) {
        BOOST_REQUIRE(get(gate_path).status == 200);
    }
    BOOST_TEST(get("/api/products/1/threats").status == 200);
    open.set_value();
    BOOST_TEST(first.read_answer().status == 201);
    for (const auto& client : clients) {
        BOOST_TEST(client->read_answer().status == 200);
    }
    BOOST_TEST(get("/api/products/1/threats").json().size() == 2 + clients.size());
}

// A query about an instant waits for writes that may still be recorded before it. Its worker holds
// the only permit and releases it meanwhile.
BOOST_AUTO_TEST_CASE(a_waiting_writer_does_not_block_others) {
    stop();
    start({.workers = 2, .workers_at_once = 1});
    clock.advance(std::chrono::hours(1));
    std::promise<void> open;
    const std::shared_future<void> opened(open.get_future());
    const auto is_held = std::make_shared<std::atomic<bool>>(false);
    before_random = [opened, is_held] {
        *is_held = true;
        opened.wait();
    };
    RawClient writing(port());
    writing.send(post_threat(R"({"name":"n"})"));
    BOOST_REQUIRE(testing::eventually([&] { return is_held->load(); }));
    RawClient about_the_past(port());
    about_the_past.send("GET " + gate_path + "?as_of=" + format_instant(clock.now()) + fields() +
                        "\r\n");
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    RawClient about_now(port());
    about_now.send(get_gate());
    BOOST_TEST(testing::eventually([&] { return about_now.has_answer(); }));
    BOOST_TEST(!about_the_past.has_answer());
    open.set_value();
    BOOST_TEST(about_the_past.read_answer().status == 200);
    BOOST_TEST(writing.read_answer().status == 201);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
