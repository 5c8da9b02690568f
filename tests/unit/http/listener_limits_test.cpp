#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <poll.h>

#include "http/net/listener.hpp"
#include "support/raw_client.hpp"

BOOST_AUTO_TEST_SUITE(listener_limits_test)

using namespace std::chrono_literals;
using namespace threatatlas;
using namespace threatatlas::net;
using namespace threatatlas::testing;

namespace {

/// A small receive buffer, so that the kernel does not accept a whole response for a client that
/// does not read.
constexpr int little_room_bytes = 4'096;
const std::string get = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";

void hello(const httplib::Request&, httplib::Response& response, Exchange& exchange) {
    if (exchange.announces_body()) {
        exchange.read_body(10'000'000);
    }
    response.set_content("hello", "text/plain");
}

/// Blocks handlers until it is opened.
class Gate {
  public:
    void wait() {
        std::unique_lock lock(mutex_);
        ++waiting_;
        opened_.wait(lock, [this] { return open_; });
    }
    void open() {
        const std::lock_guard lock(mutex_);
        open_ = true;
        opened_.notify_all();
    }
    int waiting() {
        const std::lock_guard lock(mutex_);
        return waiting_;
    }

  private:
    std::mutex mutex_;
    std::condition_variable opened_;
    bool open_ = false;
    int waiting_ = 0;
};

}  // namespace

BOOST_AUTO_TEST_CASE(idle_connections_hold_no_worker) {
    RunningListener listener({.workers = 1}, hello);
    std::vector<std::unique_ptr<RawClient>> idle;
    for (int i = 0; i < 50; ++i) {
        idle.push_back(std::make_unique<RawClient>(listener.port()));
        // Some have sent nothing, some half a request, and some were served.
        if (i % 3 == 1) {
            idle.back()->send("GET /a HT");
        } else if (i % 3 == 2) {
            idle.back()->ask(get);
        }
    }
    RawClient client(listener.port());
    for (int i = 0; i < 50; ++i) {
        BOOST_REQUIRE(client.ask(get).status == 200);
    }
}

BOOST_AUTO_TEST_CASE(many_connections_share_few_workers) {
    constexpr int connections = 200;
    constexpr int rounds = 25;
    RunningListener listener({.workers = 4}, hello);
    std::vector<std::unique_ptr<RawClient>> clients;
    for (int i = 0; i < connections; ++i) {
        clients.push_back(std::make_unique<RawClient>(listener.port()));
    }
    // Busy clients send without pause; the others must be served nevertheless.
    std::atomic<bool> over = false;
    std::atomic<int> greedy_answers = 0;
    std::vector<std::thread> greedy;
    for (int i = 0; i < 8; ++i) {
        greedy.emplace_back([&] {
            RawClient client(listener.port());
            while (!over) {
                client.send(get + get + get + get);
                for (int answer = 0; answer < 4; ++answer) {
                    greedy_answers += client.read_answer().status == 200 ? 1 : 0;
                }
            }
        });
    }
    for (int round = 0; round < rounds; ++round) {
        for (auto& client : clients) {
            client->send(get);
        }
        for (auto& client : clients) {
            BOOST_REQUIRE(client->read_answer().body == "hello");
        }
    }
    over = true;
    for (auto& thread : greedy) {
        thread.join();
    }
    const auto total = static_cast<std::uint64_t>(connections * rounds + greedy_answers);
    BOOST_TEST(listener->stats().requests_handled == total);
    BOOST_TEST(listener->stats().connections_accepted == connections + 8U);
}

BOOST_AUTO_TEST_CASE(a_slow_head_is_408) {
    RunningListener listener({.workers = 1, .head_ms_max = 200ms}, hello);
    RawClient client(listener.port());
    std::thread slow([&] {
        // Each byte arrives in time, but the complete head does not.
        for (const char c : std::string("GET /aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa HTTP/1.1\r\n")) {
            client.send(std::string(1, c));
            std::this_thread::sleep_for(20ms);
        }
    });
    const auto answer = client.read_answer();
    slow.join();
    BOOST_TEST(answer.status == 408);
    BOOST_TEST(answer.field("connection") == "close");
    BOOST_TEST(listener->stats().timeouts == 1U);
    BOOST_TEST(listener->stats().requests_handled == 0U);
}

BOOST_AUTO_TEST_CASE(silent_clients_are_disconnected) {
    RunningListener listener({.head_ms_max = 50ms, .idle_ms_max = 50ms, .idle_grace_ms = 0ms},
                             hello);
    RawClient silent(listener.port());
    RawClient satisfied(listener.port());
    satisfied.ask(get);
    BOOST_TEST(silent.is_closed());
    BOOST_TEST(satisfied.is_closed());
    BOOST_TEST(eventually([&] { return listener->stats().connections_open == 0; }));
    // Closing a connection that was served is not a timeout.
    BOOST_TEST(listener->stats().timeouts == 1U);
}

BOOST_AUTO_TEST_CASE(a_kept_connection_lasts_as_long_as_the_answer_promises) {
    RunningListener listener({.idle_ms_max = 1s}, hello);
    RawClient client(listener.port());
    const auto answer = client.ask(get);
    const auto answered = std::chrono::steady_clock::now();
    BOOST_TEST(answer.field("keep-alive") == "timeout=1");
    // The server's timer starts before the client has read the response; the grace period makes up
    // for that.
    BOOST_TEST(client.is_closed());
    BOOST_TEST((std::chrono::steady_clock::now() - answered >= 1s));
    BOOST_TEST(listener->stats().timeouts == 0U);
    // A response has no Keep-Alive field if it closes the connection or if the timeout is below a
    // second.
    BOOST_TEST(RawClient(listener.port())
                   .ask("GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                   .fields.count("keep-alive") == 0U);
    RunningListener brief({.idle_ms_max = 900ms}, hello);
    BOOST_TEST(RawClient(brief.port()).ask(get).fields.count("keep-alive") == 0U);
}

BOOST_AUTO_TEST_CASE(a_missing_short_body_holds_no_worker) {
    RunningListener listener({.workers = 1, .body_idle_ms_max = 300ms}, hello);
    std::vector<std::unique_ptr<RawClient>> slow;
    for (int i = 0; i < 10; ++i) {
        slow.push_back(std::make_unique<RawClient>(listener.port()));
        slow.back()->send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf");
    }
    RawClient client(listener.port());
    BOOST_TEST(client.ask(get).status == 200);
    for (auto& one : slow) {
        BOOST_TEST(one->read_answer().status == 408);
    }
    BOOST_TEST(listener->stats().requests_handled == 1U);
}

BOOST_AUTO_TEST_CASE(long_slow_bodies_hold_half_of_the_workers_at_most) {
    RunningListener listener({.workers = 4}, hello);
    const std::string begun =
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel";
    std::vector<std::unique_ptr<RawClient>> slow;
    for (int i = 0; i < 12; ++i) {
        slow.push_back(std::make_unique<RawClient>(listener.port()));
        slow.back()->send(begun);
    }
    BOOST_TEST(eventually([&] {
        return std::count_if(slow.begin(), slow.end(),
                             [](const auto& one) { return one->has_answer(); }) == 10;
    }));
    RawClient client(listener.port());
    BOOST_TEST(client.ask(get).status == 200);
    int served = 0;
    int turned_away = 0;
    for (auto& one : slow) {
        one->send("lo\r\n0\r\n\r\n");
        const auto answer = one->read_answer();
        served += answer.status == 200 ? 1 : 0;
        turned_away += answer.status == 503 && answer.field("retry-after") == "1" ? 1 : 0;
    }
    BOOST_TEST(served == 2);
    BOOST_TEST(turned_away == 10);
}

BOOST_AUTO_TEST_CASE(one_client_leaves_a_worker_for_the_long_bodies_of_others) {
    // Of 8 workers 4 may wait for clients, of which 3 for the same one.
    RunningListener listener({.workers = 8}, [](const httplib::Request& request,
                                                httplib::Response& response, Exchange& exchange) {
        exchange.set_client(std::stoull(request.get_header_value("X-Client")));
        exchange.read_body(10'000'000);
        response.set_content("hello", "text/plain");
    });
    const auto begin_body = [&](const std::string& client) {
        auto slow = std::make_unique<RawClient>(listener.port());
        slow->send("POST / HTTP/1.1\r\nHost: x\r\nX-Client: " + client +
                   "\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel");
        return slow;
    };
    const std::string rest = "lo\r\n0\r\n\r\n";
    std::vector<std::unique_ptr<RawClient>> greedy;
    for (int i = 0; i < 6; ++i) {
        greedy.push_back(begin_body("1"));
    }
    BOOST_TEST(eventually([&] {
        return std::count_if(greedy.begin(), greedy.end(),
                             [](const auto& one) { return one->has_answer(); }) == 3;
    }));
    const auto other = begin_body("2");
    other->send(rest);
    BOOST_TEST(other->read_answer().status == 200);

    int served = 0;
    int turned_away = 0;
    for (auto& one : greedy) {
        one->send(rest);
        const auto answer = one->read_answer();
        served += answer.status == 200 ? 1 : 0;
        turned_away += answer.status == 429 && answer.field("retry-after") == "1" ? 1 : 0;
    }
    BOOST_TEST(served == 3);
    BOOST_TEST(turned_away == 3);
    // The places are free again.
    const auto next = begin_body("1");
    next->send(rest);
    BOOST_TEST(next->read_answer().status == 200);
}

BOOST_AUTO_TEST_CASE(a_stalled_long_body_is_408) {
    RunningListener listener({.workers = 2, .body_idle_ms_max = 200ms}, hello);
    RawClient client(listener.port());
    client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\nx");
    BOOST_TEST(client.read_answer().status == 408);
    BOOST_TEST(client.is_closed());
    BOOST_TEST(listener->stats().timeouts == 1U);
}

BOOST_AUTO_TEST_CASE(the_total_time_of_a_long_body_is_limited) {
    RunningListener listener({.workers = 2, .body_idle_ms_max = 10s, .body_ms_max = 300ms}, hello);
    RawClient client(listener.port());
    client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n");
    std::atomic<bool> over = false;
    std::thread slow([&] {
        while (!over) {
            client.send("x");
            std::this_thread::sleep_for(10ms);
        }
    });
    const auto answer = client.read_answer();
    over = true;
    slow.join();
    BOOST_TEST(answer.status == 408);
}

BOOST_AUTO_TEST_CASE(clients_that_do_not_read_hold_no_worker_and_are_disconnected) {
    const std::string large(8'000'000, 'x');
    RunningListener listener(
        {.workers = 1, .write_idle_ms_max = 300ms},
        [&](const httplib::Request& request, httplib::Response& response, Exchange&) {
            response.set_content(request.path == "/large" ? large : "small", "text/plain");
        });
    std::vector<std::unique_ptr<RawClient>> deaf;
    for (int i = 0; i < 4; ++i) {
        deaf.push_back(std::make_unique<RawClient>(listener.port(), little_room_bytes));
        deaf.back()->send("GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
    }
    RawClient client(listener.port());
    BOOST_TEST(client.ask(get).body == "small");
    BOOST_TEST(eventually([&] { return listener->stats().timeouts == 4; }));
    for (auto& one : deaf) {
        BOOST_TEST(one->read_rest().size() < large.size());
    }
}

BOOST_AUTO_TEST_CASE(output_for_clients_that_do_not_read_is_bounded) {
    // One worker may wait for a client. The output budget is too small for any of the responses, so
    // the other clients are disconnected.
    const std::string large(8'000'000, 'x');
    RunningListener listener(
        {.workers = 2, .output_bytes_max = 100'000, .write_idle_ms_max = 300ms},
        [&](const httplib::Request& request, httplib::Response& response, Exchange&) {
            response.set_content(request.path == "/large" ? large : "small", "text/plain");
        });
    std::vector<std::unique_ptr<RawClient>> deaf;
    for (int i = 0; i < 6; ++i) {
        deaf.push_back(std::make_unique<RawClient>(listener.port(), little_room_bytes));
        deaf.back()->send("GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
    }
    RawClient client(listener.port());
    for (int i = 0; i < 20; ++i) {
        BOOST_TEST(client.ask(get).body == "small");
    }
    BOOST_TEST(eventually([&] { return listener->stats().connections_open == 1; }));
    for (auto& one : deaf) {
        BOOST_TEST(one->read_rest().size() < large.size());
    }
    // The budget was released: a client that reads gets complete responses, repeatedly.
    for (int i = 0; i < 3; ++i) {
        BOOST_TEST(client.ask("GET /large HTTP/1.1\r\nHost: x\r\n\r\n").body.size() ==
                   large.size());
    }
}

BOOST_AUTO_TEST_CASE(data_after_the_last_request_is_discarded) {
    RunningListener listener({.workers = 1, .linger_ms_max = 200ms}, hello);
    RawClient client(listener.port());
    client.send("GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    std::atomic<bool> over = false;
    std::thread flood([&] {
        const std::string bytes(100'000, 'x');
        while (!over) {
            client.send_until_full(bytes);
        }
    });
    RawClient other(listener.port());
    BOOST_TEST(other.ask(get).status == 200);
    BOOST_TEST(eventually([&] { return listener->stats().connections_open == 1; }));
    over = true;
    flood.join();
}

BOOST_AUTO_TEST_CASE(connections_beyond_the_limit_get_503) {
    RunningListener listener({.connections_max = 3}, hello);
    std::vector<std::unique_ptr<RawClient>> clients;
    for (int i = 0; i < 3; ++i) {
        clients.push_back(std::make_unique<RawClient>(listener.port()));
        BOOST_TEST(clients.back()->ask(get).status == 200);
    }
    for (int i = 0; i < 3; ++i) {
        RawClient late(listener.port());
        const auto answer = late.read_answer();
        BOOST_TEST(answer.status == 503);
        BOOST_TEST(answer.field("retry-after") == "1");
    }
    BOOST_TEST(listener->stats().connections_refused == 3U);
    clients.pop_back();
    BOOST_TEST(eventually([&] { return listener->stats().connections_open == 2; }));
    BOOST_TEST(RawClient(listener.port()).ask(get).status == 200);
}

// Sends a second request while the handler of the first one is blocked, with one worker permit.
// Returns whether the second is answered meanwhile. `pauses`: the handler reports an I/O wait.
bool second_is_answered_while_first(bool pauses) {
    Gate gate;
    RunningListener listener(
        {.workers = 2, .workers_at_once = 1},
        [&](const httplib::Request& request, httplib::Response& response, Exchange& exchange) {
            if (request.path == "/slow") {
                if (pauses) {
                    exchange.io_wait_hook()->begin();
                }
                gate.wait();
                if (pauses) {
                    exchange.io_wait_hook()->end();
                }
            }
            hello(request, response, exchange);
        });
    RawClient first(listener.port());
    first.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
    BOOST_REQUIRE(eventually([&] { return gate.waiting() == 1; }));
    RawClient second(listener.port());
    second.send(get);
    pollfd answer{second.descriptor(), POLLIN, 0};
    const bool answered = ::poll(&answer, 1, pauses ? 10'000 : 100) == 1;
    gate.open();
    BOOST_TEST(first.read_answer().body == "hello");
    BOOST_TEST(second.read_answer().body == "hello");
    BOOST_TEST(first.ask(get).status == 200);  // the worker continues without a permit
    return answered;
}

BOOST_AUTO_TEST_CASE(a_waiting_handler_releases_its_permit) {
    BOOST_TEST(second_is_answered_while_first(true));
    BOOST_TEST(!second_is_answered_while_first(false));
}

BOOST_AUTO_TEST_CASE(a_stop_closes_idle_connections_and_finishes_requests) {
    Gate gate;
    RunningListener listener({.workers = 2}, [&](const httplib::Request& request,
                                                 httplib::Response& response, Exchange& exchange) {
        if (request.path == "/slow") {
            gate.wait();
        }
        hello(request, response, exchange);
    });
    RawClient idle(listener.port());
    idle.ask(get);
    RawClient silent(listener.port());
    RawClient busy(listener.port());
    busy.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
    BOOST_REQUIRE(eventually([&] { return gate.waiting() == 1; }));

    std::thread stopper([&] { listener.stop(); });
    BOOST_TEST(idle.is_closed());
    BOOST_TEST(silent.is_closed());
    BOOST_CHECK_THROW(RawClient(listener.port()), std::runtime_error);
    gate.open();
    const auto answer = busy.read_answer();
    BOOST_TEST(answer.body == "hello");
    BOOST_TEST(answer.field("connection") == "close");
    stopper.join();
    BOOST_TEST(listener->stats().connections_open == 0U);
}

BOOST_AUTO_TEST_CASE(a_stop_aborts_requests_that_take_too_long) {
    RunningListener listener({.workers = 2, .drain_ms_max = 100ms}, hello);
    RawClient half_head(listener.port());
    half_head.send("GET /a HT");
    RawClient half_body(listener.port());
    half_body.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n1");
    RawClient long_body(listener.port());
    long_body.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\n1");
    BOOST_REQUIRE(eventually([&] { return listener->stats().requests_handled == 1; }));
    listener.stop();
    BOOST_TEST(listener->stats().connections_open == 0U);
    BOOST_TEST(half_head.is_closed());
    BOOST_TEST(half_body.is_closed());
}

BOOST_AUTO_TEST_CASE(disconnected_clients_leave_nothing_open) {
    const std::string large(300'000, 'x');
    RunningListener listener({.workers = 4},
                             [&](const httplib::Request&, httplib::Response& response, Exchange&) {
                                 response.set_content(large, "text/plain");
                             });
    for (int i = 0; i < 100; ++i) {
        RawClient client(listener.port());
        client.send(i % 2 == 0 ? get + get + get : get.substr(0, static_cast<std::size_t>(i / 4)));
    }
    BOOST_TEST(eventually([&] {
        const auto stats = listener->stats();
        return stats.connections_accepted == 100 && stats.connections_open == 0;
    }));
    BOOST_TEST(RawClient(listener.port()).ask(get).body.size() == large.size());
}

BOOST_AUTO_TEST_SUITE_END()
