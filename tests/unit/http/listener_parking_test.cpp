#include <atomic>
#include <chrono>
#include <condition_variable>
#include <future>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "http/net/listener.hpp"
#include "support/raw_client.hpp"

BOOST_AUTO_TEST_SUITE(listener_parking_test)

using namespace std::chrono_literals;
using namespace threatatlas;
using namespace threatatlas::net;
using namespace threatatlas::testing;

namespace {

const std::string get = "GET /park HTTP/1.1\r\nHost: x\r\n\r\n";

Completion say(std::string text) {
    return [text = std::move(text)](httplib::Response& response) {
        response.set_content(text, "text/plain");
    };
}

/// Parks requests for /park; the test completes them.
class Lot {
  public:
    explicit Lot(ParkLimit limit = {.otherwise = say("too late")}) : limit_(std::move(limit)) {}

    RequestHandler handler() {
        return [this](const httplib::Request& request, httplib::Response& response,
                      Exchange& exchange) {
            if (!request.path.starts_with("/park")) {
                response.set_content("now", "text/plain");
                return;
            }
            response.set_header("X-Lost", "1");
            response.set_content("lost", "text/plain");
            const std::lock_guard lock(mutex_);
            parked_.push_back(exchange.park(limit_));
        };
    }

    std::size_t size() {
        const std::lock_guard lock(mutex_);
        return parked_.size();
    }
    ParkedRequest at(std::size_t index) {
        const std::lock_guard lock(mutex_);
        return parked_.at(index);
    }

  private:
    ParkLimit limit_;
    std::mutex mutex_;
    std::vector<ParkedRequest> parked_;
};

}  // namespace

BOOST_AUTO_TEST_CASE(parked_requests_hold_no_worker) {
    Lot lot;
    RunningListener listener({.workers = 1}, lot.handler());
    std::vector<std::unique_ptr<RawClient>> clients;
    for (int i = 0; i < 20; ++i) {
        clients.push_back(std::make_unique<RawClient>(listener.port()));
        clients.back()->send(get);
        BOOST_REQUIRE(eventually([&] { return lot.size() == clients.size(); }));
    }
    BOOST_TEST(RawClient(listener.port()).ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n").body == "now");
    // Completed in reverse order: no request waits for another.
    for (std::size_t i = clients.size(); i-- > 0;) {
        BOOST_TEST(lot.at(i).complete(say("answer " + std::to_string(i))));
        const auto answer = clients[i]->read_answer();
        BOOST_TEST(answer.body == "answer " + std::to_string(i));
        BOOST_TEST(answer.fields.count("x-lost") == 0U);
        BOOST_TEST(!lot.at(i).complete(say("again")));
    }
}

BOOST_AUTO_TEST_CASE(a_connection_continues_after_a_parked_request) {
    Lot lot;
    RunningListener listener({.workers = 2}, lot.handler());
    RawClient client(listener.port());
    // The second and third requests arrive before the first is answered.
    client.send(get + "GET / HTTP/1.1\r\nHost: x\r\n\r\n" + get);
    BOOST_REQUIRE(eventually([&] { return lot.size() == 1; }));
    lot.at(0).complete(say("first"));
    BOOST_TEST(client.read_answer().body == "first");
    BOOST_TEST(client.read_answer().body == "now");
    BOOST_REQUIRE(eventually([&] { return lot.size() == 2; }));
    lot.at(1).complete(say("third"));
    BOOST_TEST(client.read_answer().body == "third");
    BOOST_TEST(listener->stats().requests_handled == 3U);
}

BOOST_AUTO_TEST_CASE(head_of_a_parked_request_has_no_body) {
    Lot lot;
    RunningListener listener({}, lot.handler());
    RawClient client(listener.port());
    client.send("HEAD /park HTTP/1.1\r\nHost: x\r\n\r\n");
    BOOST_REQUIRE(eventually([&] { return lot.size() == 1; }));
    lot.at(0).complete(say("12345"));
    BOOST_TEST(client.read_answer(false).field("content-length") == "5");
    BOOST_TEST(client.ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n").body == "now");
}

BOOST_AUTO_TEST_CASE(an_answer_can_complete_before_the_handler_returns) {
    std::atomic<int> taken = 0;
    RunningListener listener({.workers = 2},
                             [&](const httplib::Request&, httplib::Response&, Exchange& exchange) {
                                 const auto parked = exchange.park({.otherwise = say("too late")});
                                 taken += parked.complete(say("early")) ? 1 : 0;
                                 taken += parked.complete(say("twice")) ? 1 : 0;
                             });
    RawClient client(listener.port());
    BOOST_TEST(client.ask(get).body == "early");
    BOOST_TEST(client.ask(get).body == "early");
    BOOST_TEST(taken == 2);
}

BOOST_AUTO_TEST_CASE(all_completions_racing_with_handlers_arrive) {
    // Another thread completes each request at once, often before its handler has returned.
    std::mutex mutex;
    std::condition_variable filled;
    std::vector<ParkedRequest> waiting;
    bool over = false;
    std::thread sequencer([&] {
        std::unique_lock lock(mutex);
        while (!over) {
            filled.wait(lock, [&] { return over || !waiting.empty(); });
            for (const auto& parked : std::exchange(waiting, {})) {
                lock.unlock();
                parked.complete(say("done"));
                lock.lock();
            }
        }
    });
    {
        RunningListener listener(
            {.workers = 3}, [&](const httplib::Request&, httplib::Response&, Exchange& exchange) {
                auto parked = exchange.park({.otherwise = say("too late")});
                const std::lock_guard lock(mutex);
                waiting.push_back(std::move(parked));
                filled.notify_one();
            });
        std::vector<std::thread> clients;
        std::atomic<int> answered = 0;
        for (int i = 0; i < 6; ++i) {
            clients.emplace_back([&] {
                RawClient client(listener.port());
                for (int round = 0; round < 500; ++round) {
                    answered += client.ask(get).body == "done" ? 1 : 0;
                }
            });
        }
        for (auto& client : clients) {
            client.join();
        }
        BOOST_TEST(answered == 3'000);
    }
    {
        const std::lock_guard lock(mutex);
        over = true;
        filled.notify_one();
    }
    sequencer.join();
}

BOOST_AUTO_TEST_CASE(a_request_parked_too_long_gets_the_fallback_answer) {
    Lot lot({.wait_ms_max = 100ms, .otherwise = say("nothing new")});
    RunningListener listener({.workers = 1}, lot.handler());
    RawClient client(listener.port());
    BOOST_TEST(client.ask(get).body == "nothing new");
    BOOST_TEST(!lot.at(0).complete(say("too late")));
    BOOST_TEST(client.ask(get).body == "nothing new");
}

BOOST_AUTO_TEST_CASE(an_exception_of_a_completion_is_handled_like_a_handlers) {
    Lot lot;
    RunningListener listener({}, lot.handler());
    RawClient client(listener.port());
    client.send(get + get);
    BOOST_REQUIRE(eventually([&] { return lot.size() == 1; }));
    lot.at(0).complete(
        [](httplib::Response&) { throw Rejection({.status = 412, .detail = "Read it again."}); });
    BOOST_TEST(client.read_answer().status == 412);
    BOOST_REQUIRE(eventually([&] { return lot.size() == 2; }));
    lot.at(1).complete([](httplib::Response&) { throw std::runtime_error("secret"); });
    const auto answer = client.read_answer();
    BOOST_TEST(answer.status == 500);
    BOOST_TEST(answer.body.find("secret") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_handler_that_parks_and_throws_is_answered_at_once) {
    std::optional<ParkedRequest> kept;
    RunningListener listener({},
                             [&](const httplib::Request&, httplib::Response&, Exchange& exchange) {
                                 kept = exchange.park({.otherwise = say("too late")});
                                 throw Rejection({.status = 503, .detail = "The queue is full."});
                             });
    RawClient client(listener.port());
    BOOST_TEST(client.ask(get).status == 503);
    BOOST_TEST(!kept->complete(say("lost")));
}

BOOST_AUTO_TEST_CASE(a_stop_waits_for_writes_and_ends_polls) {
    Lot writes;
    Lot polls({.otherwise = say("nothing new"), .give_up_on_stop = true});
    RunningListener listener({.workers = 2}, [&](const httplib::Request& request,
                                                 httplib::Response& response, Exchange& exchange) {
        (request.method == "POST" ? writes : polls).handler()(request, response, exchange);
    });
    RawClient writer(listener.port());
    writer.send("POST /park HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
    RawClient poller(listener.port());
    poller.send(get);
    BOOST_REQUIRE(eventually([&] { return writes.size() == 1 && polls.size() == 1; }));
    std::thread stopper([&] { listener.stop(); });
    const auto polled = poller.read_answer();
    BOOST_TEST(polled.body == "nothing new");
    BOOST_TEST(polled.field("connection") == "close");
    writes.at(0).complete(say("durable"));
    const auto written = writer.read_answer();
    BOOST_TEST(written.body == "durable");
    BOOST_TEST(written.field("connection") == "close");
    stopper.join();
}

BOOST_AUTO_TEST_CASE(handles_outlive_clients_and_listeners) {
    Lot lot;
    {
        RunningListener listener({.workers = 1, .drain_ms_max = 50ms}, lot.handler());
        {
            RawClient client(listener.port());
            client.send(get);
            BOOST_REQUIRE(eventually([&] { return lot.size() == 1; }));
        }
        lot.at(0).complete(say("to nobody"));
        BOOST_TEST(eventually([&] { return listener->stats().connections_open == 0; }));
        RawClient client(listener.port());
        client.send(get);
        BOOST_REQUIRE(eventually([&] { return lot.size() == 2; }));
    }
    BOOST_TEST(!lot.at(1).complete(say("to nobody")));
}

BOOST_AUTO_TEST_CASE(a_disconnect_is_noticed_while_the_request_is_parked) {
    Lot reads({.otherwise = say("too late"), .give_up_on_close = true});
    Lot writes;
    RunningListener listener({.workers = 1}, [&](const httplib::Request& request,
                                                 httplib::Response& response, Exchange& exchange) {
        (request.method == "POST" ? writes : reads).handler()(request, response, exchange);
    });
    std::atomic<int> ends = 0;
    {
        RawClient closes(listener.port());
        closes.send(get);
        BOOST_REQUIRE(eventually([&] { return reads.size() == 1; }));
        reads.at(0).on_end([&] { ++ends; });
        BOOST_TEST(reads.at(0).is_awaited());
        BOOST_TEST(ends == 0);
    }
    BOOST_TEST(eventually([&] { return !reads.at(0).is_awaited(); }));
    BOOST_TEST(eventually([&] { return listener->stats().connections_open == 0; }));
    BOOST_TEST(ends == 1);
    reads.at(0).on_end([&] { ++ends; });
    BOOST_TEST(ends == 2);  // called at once
    BOOST_TEST(!reads.at(0).complete(say("to nobody")));
    // A write is executed and answered even if the client has shut down its sending side.
    RawClient writer(listener.port());
    writer.send("POST /park HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
    BOOST_REQUIRE(eventually([&] { return writes.size() == 1; }));
    writer.end_sending();
    BOOST_TEST(RawClient(listener.port()).ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n").body == "now");
    BOOST_TEST(writes.at(0).is_awaited());
    writes.at(0).on_end([&] { ++ends; });
    writes.at(0).complete(say("durable"));
    BOOST_TEST(ends == 3);
    BOOST_TEST(writer.read_answer().body == "durable");
}

BOOST_AUTO_TEST_CASE(probes_are_answered_while_all_workers_are_blocked) {
    Lot lot;
    std::promise<void> gate;
    const auto open = gate.get_future().share();
    std::atomic<std::size_t> held = 0;
    RunningListener listener(
        {.workers = 2,
         .is_probe = [](std::string_view path) { return path.ends_with("/probe"); },
         .held_up_ms = 20ms},
        [&](const httplib::Request& request, httplib::Response& response, Exchange& exchange) {
            if (request.path == "/hold") {
                ++held;
                open.wait();
            }
            lot.handler()(request, response, exchange);
        });
    const auto question = [](const std::string& target) {
        return "GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n";
    };
    std::vector<std::unique_ptr<RawClient>> clients;
    for (int i = 0; i < 5; ++i) {
        clients.push_back(std::make_unique<RawClient>(listener.port()));
        clients.back()->send(question("/hold"));
    }
    BOOST_REQUIRE(eventually([&] { return held == 2; }));
    RawClient probe(listener.port());
    for (int i = 0; i < 3; ++i) {
        BOOST_TEST(probe.ask(question("/probe")).body == "now");
    }
    // A probe that is parked, and a probe that is followed by another request.
    probe.send(question("/park/probe") + question("/probe") + question("/other"));
    BOOST_REQUIRE(eventually([&] { return lot.size() == 1; }));
    lot.at(0).complete(say("later"));
    BOOST_TEST(probe.read_answer().body == "later");
    BOOST_TEST(probe.read_answer().body == "now");
    BOOST_TEST(held == 2U);
    BOOST_TEST(!probe.has_answer());
    for (const auto& client : clients) {
        BOOST_TEST(!client->has_answer());
    }
    // Requests that had to wait are not lost.
    gate.set_value();
    for (const auto& client : clients) {
        BOOST_TEST(client->read_answer().body == "now");
    }
    BOOST_TEST(probe.read_answer().body == "now");
}

BOOST_AUTO_TEST_SUITE_END()
