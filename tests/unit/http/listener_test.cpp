#include "http/net/listener.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "http/net/listening_sockets.hpp"
#include "support/raw_client.hpp"

BOOST_AUTO_TEST_SUITE(listener_test)

using namespace std::string_literals;
using namespace threatatlas;
using namespace threatatlas::net;
using namespace threatatlas::testing;

namespace {

const std::string get = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";

/// Responds with the method, the target as it was sent, and the body if there is one.
void echo(const httplib::Request& request, httplib::Response& response, Exchange& exchange) {
    std::string text = request.method + " " + request.target;
    if (exchange.announces_body()) {
        text += " [" + exchange.read_body(1'000'000) + "]";
    }
    response.set_content(text, "text/plain");
}

bool is_problem(const RawAnswer& answer, int status) {
    return answer.status == status && answer.field("content-type") == "application/problem+json" &&
           answer.body.starts_with(R"({"type":"about:blank","title":")") &&
           answer.body.find(R"("status":)" + std::to_string(status)) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_CASE(answers_again_and_again_on_one_connection) {
    RunningListener listener({}, echo);
    RawClient client(listener.port());
    for (int i = 0; i < 300; ++i) {
        const auto answer = client.ask("GET /a%20b?x=1%2B1&y=a+b HTTP/1.1\r\nHost: x\r\n\r\n");
        BOOST_REQUIRE(answer.status == 200);
        BOOST_REQUIRE(answer.body == "GET /a%20b?x=1%2B1&y=a+b");
        BOOST_REQUIRE(answer.field("connection") == "keep-alive");
        BOOST_REQUIRE(answer.field("keep-alive") == "timeout=60");
    }
    BOOST_TEST(listener->stats().requests_handled == 300U);
    BOOST_TEST(listener->stats().connections_accepted == 1U);
}

BOOST_AUTO_TEST_CASE(every_answer_has_a_date_and_no_fields_of_the_library) {
    RunningListener listener({}, echo);
    RawClient client(listener.port());
    client.send("HEAD /a HTTP/1.1\r\nHost: x\r\nRange: bytes=0-1\r\nAccept-Encoding: gzip\r\n\r\n");
    const auto answer = client.read_answer(false);
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.field("content-length") == "7");
    BOOST_TEST(answer.field("date").size() == "Sun, 06 Nov 1994 08:49:37 GMT"s.size());
    for (const auto* const name : {"accept-ranges", "content-range", "content-encoding"}) {
        BOOST_TEST(answer.fields.count(name) == 0U, name);
    }
    BOOST_TEST(client.ask(get).body == "GET /a");
}

BOOST_AUTO_TEST_CASE(every_method_reaches_the_handler) {
    RunningListener listener({}, echo);
    RawClient client(listener.port());
    for (const auto* const method : {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"}) {
        BOOST_TEST(client.ask(method + " /m HTTP/1.1\r\nHost: x\r\n\r\n"s).body == method + " /m"s);
        BOOST_TEST(
            client.ask(method + " /m HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"s).body ==
            method + " /m [abc]"s);
        BOOST_TEST(client
                       .ask(method + " /m HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
                                     "\r\n3\r\nabc\r\n0\r\n\r\n"s)
                       .body == method + " /m [abc]"s);
    }
    BOOST_TEST(client.ask("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n").body == "OPTIONS *");
    BOOST_TEST(is_problem(client.ask("BREW /m HTTP/1.1\r\nHost: x\r\n\r\n"), 501));
}

BOOST_AUTO_TEST_CASE(a_refused_request_ends_its_connection_with_a_problem) {
    RunningListener listener({}, echo);
    const std::vector<std::pair<int, std::string>> requests = {
        {400, "nonsense\r\n\r\n"},
        {400, "GET / HTTP/1.1\n\n"},
        {400, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"},
        {400,
         "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"},
        {413, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n"},
        {414, "GET /" + std::string(9'000, 'x')},
        {417, "POST / HTTP/1.1\r\nHost: x\r\nExpect: tea\r\nContent-Length: 1\r\n\r\n"},
        {431, "GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(9'000, 'x')},
        {501, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"},
        {505, "GET / HTTP/2.0\r\nHost: x\r\n\r\n"},
    };
    for (const auto& [status, request] : requests) {
        RawClient client(listener.port());
        // The bytes that follow must not be treated as another request.
        const auto answer = client.ask(request + get + get);
        BOOST_TEST(is_problem(answer, status), request.substr(0, 60) << ": " << answer.body);
        BOOST_TEST(answer.field("connection") == "close");
        BOOST_TEST(client.is_closed());
    }
    BOOST_TEST(listener->stats().requests_refused == requests.size());
    BOOST_TEST(listener->stats().requests_handled == 0U);
}

BOOST_AUTO_TEST_CASE(too_many_fields_are_refused_early) {
    RunningListener listener({}, echo);
    RawClient client(listener.port());
    client.send("GET / HTTP/1.1\r\nHost: x\r\n");
    for (int i = 0; i < 101; ++i) {
        client.send("X: 1\r\n");
    }
    BOOST_TEST(is_problem(client.read_answer(), 431));
}

BOOST_AUTO_TEST_CASE(field_values_are_passed_unchanged) {
    std::string seen;
    std::string address;
    int port = 0;
    RunningListener listener(
        {}, [&](const httplib::Request& request, httplib::Response& response, Exchange&) {
            seen = request.get_header_value("X");
            address = request.get_header_value("REMOTE_ADDR") + "|" + request.remote_addr;
            port = request.remote_port;
            response.set_content("ok", "text/plain");
        });
    RawClient client(listener.port());
    client.ask("GET / HTTP/1.1\r\nHost: x\r\nREMOTE_ADDR: 6.6.6.6\r\nX: a%0d%0aY: 1%2525\r\n\r\n");
    BOOST_TEST(seen == "a%0d%0aY: 1%2525");
    BOOST_TEST(address == "|127.0.0.1");
    BOOST_TEST(port == client.local_port());
}

BOOST_AUTO_TEST_CASE(pipelined_requests_are_answered_in_order) {
    RunningListener listener({.workers = 4}, echo);
    RawClient client(listener.port());
    std::string requests;
    for (int i = 0; i < 100; ++i) {
        requests +=
            "POST /" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nGET ";
        requests += "PUT /" + std::to_string(i) +
                    " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n \r\n0\r\n\r\n";
    }
    client.send(requests);
    for (int i = 0; i < 100; ++i) {
        BOOST_REQUIRE(client.read_answer().body == "POST /" + std::to_string(i) + " [GET ]");
        BOOST_REQUIRE(client.read_answer().body == "PUT /" + std::to_string(i) + " [ ]");
    }
}

BOOST_AUTO_TEST_CASE(an_empty_line_before_a_request_is_ignored) {
    RunningListener listener({}, echo);
    RawClient client(listener.port());
    client.send("\r");
    client.send("\n" + get);
    BOOST_TEST(client.read_answer().body == "GET /a");
    BOOST_TEST(client.ask("\r\n" + get).body == "GET /a");
    BOOST_TEST(client.ask("\r\n\r\n" + get).status == 400);
}

BOOST_AUTO_TEST_CASE(the_client_decides_how_long_a_connection_lasts) {
    RunningListener listener({}, echo);
    {
        RawClient client(listener.port());
        const auto answer =
            client.ask("GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" + get);
        BOOST_TEST(answer.field("connection") == "close");
        BOOST_TEST(answer.field("keep-alive") == "");
        BOOST_TEST(client.is_closed());
    }
    {
        RawClient client(listener.port());
        BOOST_TEST(client.ask("GET /a HTTP/1.0\r\n\r\n").field("connection") == "close");
        BOOST_TEST(client.is_closed());
    }
    {
        RawClient client(listener.port());
        const auto kept = "GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
        const auto answer = client.ask(kept);
        BOOST_TEST(answer.field("connection") == "keep-alive");
        BOOST_TEST(answer.field("keep-alive") == "timeout=60");
        BOOST_TEST(client.ask(kept).body == "GET /a");
    }
}

BOOST_AUTO_TEST_CASE(a_client_that_shut_down_sending_gets_its_answer) {
    RunningListener listener({}, echo);
    RawClient client(listener.port());
    client.send(get + get);
    client.end_sending();
    BOOST_TEST(client.read_answer().body == "GET /a");
    BOOST_TEST(client.read_answer().body == "GET /a");
    BOOST_TEST(client.is_closed());

    RawClient half(listener.port());
    half.send("GET /a HTT");
    half.end_sending();
    BOOST_TEST(is_problem(half.read_answer(), 400));
    BOOST_TEST(eventually([&] { return listener->stats().connections_open == 0; }));
}

BOOST_AUTO_TEST_CASE(exceptions_of_a_handler_are_not_revealed) {
    RunningListener listener({}, [](const httplib::Request& request, httplib::Response& response,
                                    Exchange&) {
        response.set_header("X-Half", "done");
        if (request.path == "/refuse") {
            throw Rejection(
                {.status = 405, .detail = "Use GET.", .errors = {}, .headers = {{"Allow", "GET"}}});
        }
        if (request.path == "/odd") {
            throw 7;
        }
        throw std::runtime_error("secret\r\nplace");
    });
    RawClient client(listener.port());
    const auto refused = client.ask("GET /refuse HTTP/1.1\r\nHost: x\r\n\r\n");
    BOOST_TEST(is_problem(refused, 405));
    BOOST_TEST(refused.field("allow") == "GET");
    BOOST_TEST(refused.fields.count("x-half") == 0U);
    for (const auto* const path : {"/odd", "/throw"}) {
        client.send("GET "s + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
        const auto answer = client.read_answer();
        BOOST_TEST(is_problem(answer, 500));
        BOOST_TEST(answer.body.find("secret") == std::string::npos);
        BOOST_TEST(answer.fields.count("exception_what") == 0U);
        BOOST_TEST(answer.fields.count("x-half") == 0U);
    }
}

BOOST_AUTO_TEST_CASE(a_bare_error_status_becomes_a_problem) {
    RunningListener listener({}, [](const httplib::Request&, httplib::Response& response,
                                    Exchange&) { response.status = 404; });
    RawClient client(listener.port());
    BOOST_TEST(is_problem(client.ask(get), 404));
}

BOOST_AUTO_TEST_CASE(answers_without_content_have_no_length) {
    RunningListener listener(
        {}, [](const httplib::Request& request, httplib::Response& response, Exchange&) {
            response.status = std::stoi(request.path.substr(1));
        });
    RawClient client(listener.port());
    for (const auto* const status : {"204", "304"}) {
        const auto answer = client.ask("GET /"s + status + " HTTP/1.1\r\nHost: x\r\n\r\n");
        BOOST_TEST(answer.status == std::stoi(status));
        BOOST_TEST(answer.fields.count("content-length") == 0U);
    }
    BOOST_TEST(client.ask("GET /200 HTTP/1.1\r\nHost: x\r\n\r\n").field("content-length") == "0");
}

BOOST_AUTO_TEST_CASE(long_answers_arrive_completely) {
    const std::string large(3'000'009, 'x');
    RunningListener listener({.workers = 2},
                             [&](const httplib::Request&, httplib::Response& response, Exchange&) {
                                 response.set_content(large, "text/plain");
                             });
    RawClient client(listener.port());
    for (int i = 0; i < 2; ++i) {
        const auto answer = client.ask(get);
        BOOST_TEST(answer.status == 200);
        BOOST_TEST((answer.body == large));
    }
    client.send("HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n");
    BOOST_TEST(client.read_answer(false).field("content-length") == std::to_string(large.size()));
    BOOST_TEST(client.ask(get).body.size() == large.size());
}

BOOST_AUTO_TEST_CASE(a_head_has_these_fields_and_no_others) {
    RunningListener listener(
        {}, [](const httplib::Request& request, httplib::Response& response, Exchange&) {
            response.status = std::stoi(request.path.substr(1));
            response.set_header("ETag", "\"1\"");
            response.set_content("body", "text/css");
        });
    const auto head_of = [&](const std::string& request) {
        RawClient client(listener.port());
        client.send(request);
        client.end_sending();
        auto all = client.read_rest();
        const auto date = all.find("Date: ") + 6;
        return all.replace(date, 29, "then");
    };
    const std::string own =
        "Date: then\r\nContent-Type: text/css\r\nETag: \"1\"\r\n"
        "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n";
    const std::string kept = "Connection: keep-alive\r\nKeep-Alive: timeout=60\r\n\r\n";
    const std::string closed = "Connection: close\r\n\r\n";
    const std::string host = "Host: x\r\n\r\n";
    BOOST_TEST(head_of("GET /200 HTTP/1.1\r\n" + host) ==
               "HTTP/1.1 200 OK\r\n" + own + "Content-Length: 4\r\n" + kept + "body");
    BOOST_TEST(head_of("HEAD /201 HTTP/1.1\r\n" + host) ==
               "HTTP/1.1 201 Created\r\n" + own + "Content-Length: 4\r\n" + kept);
    BOOST_TEST(head_of("GET /204 HTTP/1.1\r\n" + host) ==
               "HTTP/1.1 204 No Content\r\n" + own + kept);
    BOOST_TEST(head_of("GET /304 HTTP/1.1\r\n" + host) ==
               "HTTP/1.1 304 Not Modified\r\n" + own + kept);
    BOOST_TEST(head_of("GET /422 HTTP/1.1\r\nConnection: close\r\n" + host) ==
               "HTTP/1.1 422 Unprocessable Content\r\n" + own + "Content-Length: 4\r\n" + closed +
                   "body");
    BOOST_TEST(head_of("GET /200 HTTP/1.0\r\n\r\n") ==
               "HTTP/1.1 200 OK\r\n" + own + "Content-Length: 4\r\n" + closed + "body");
    BOOST_TEST(head_of("GET /200 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n") ==
               "HTTP/1.1 200 OK\r\n" + own + "Content-Length: 4\r\n" + kept + "body");
}

BOOST_AUTO_TEST_CASE(the_listener_frames_answers_regardless_of_the_handler) {
    RunningListener listener(
        {}, [](const httplib::Request& request, httplib::Response& response, Exchange&) {
            response.headers.emplace("content-length", "99");
            response.headers.emplace("Transfer-Encoding", "chunked");
            response.headers.emplace("keep-alive", "timeout=9");
            response.headers.emplace("Date", "yesterday");
            response.headers.emplace("Cache-Control", "max-age=5");
            response.headers.emplace("Connection", request.path == "/end" ? "Close" : "Upgrade");
            response.body = "body";
        });
    RawClient client(listener.port());
    const auto answer = client.ask(get);
    BOOST_TEST(answer.body == "body");
    BOOST_TEST(answer.fields.count("content-length") == 1U);
    BOOST_TEST(answer.fields.count("transfer-encoding") == 0U);
    BOOST_TEST(answer.fields.count("date") == 1U);
    BOOST_TEST(answer.field("date").ends_with(" GMT"));
    BOOST_TEST(answer.field("connection") == "keep-alive");
    BOOST_TEST(answer.field("keep-alive") == "timeout=60");
    BOOST_TEST(answer.field("cache-control") == "max-age=5");
    BOOST_TEST(answer.fields.count("cache-control") == 1U);
    BOOST_TEST(answer.field("content-type") == "text/plain");
    BOOST_TEST(client.ask("GET /end HTTP/1.1\r\nHost: x\r\n\r\n" + get).field("connection") ==
               "close");
    BOOST_TEST(client.is_closed());
}

BOOST_AUTO_TEST_CASE(a_field_with_a_line_break_is_not_sent) {
    RunningListener listener(
        {}, [](const httplib::Request& request, httplib::Response& response, Exchange&) {
            const bool in_name = request.path == "/name";
            response.headers.emplace(in_name ? "X\r\nY" : "X", in_name ? "1" : "1\nY: 2");
        });
    RawClient client(listener.port());
    for (const auto* const path : {"/name", "/value"}) {
        const auto answer = client.ask("GET "s + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
        BOOST_TEST(is_problem(answer, 500));
        BOOST_TEST(answer.fields.count("x") + answer.fields.count("y") == 0U);
    }
}

BOOST_AUTO_TEST_CASE(a_second_listener_on_the_port_reports_it) {
    RunningListener first({}, echo);
    Listener second({.port = first.port()}, echo);
    BOOST_CHECK_EXCEPTION(second.bind(), std::runtime_error, [&](const std::runtime_error& error) {
        return error.what() == "cannot listen on 127.0.0.1:" + std::to_string(first.port()) +
                                   ": the port is taken by another program";
    });
    Listener elsewhere({.host = "203.0.113.1"}, echo);
    BOOST_CHECK_THROW(elsewhere.bind(), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(a_name_means_all_of_its_addresses) {
    // On most machines ::1 and 127.0.0.1.
    RunningListener listener({.host = "localhost"}, echo);
    std::vector<std::string> all = listener->addresses();
    all.insert(all.end(), listener->unavailable().begin(), listener->unavailable().end());
    BOOST_TEST(all.size() == addresses_of_host("localhost").size());
    for (const std::string& address : listener->addresses()) {
        const auto answer = httplib::Client(address, listener.port()).Get("/a");
        BOOST_TEST_REQUIRE((answer && answer->body == "GET /a"), address);
    }
    Listener second({.host = "localhost", .port = listener.port()}, echo);
    BOOST_CHECK_EXCEPTION(second.bind(), std::runtime_error, [&](const std::runtime_error& error) {
        return error.what() == "cannot listen on localhost:" + std::to_string(listener.port()) +
                                   ": the port is taken by another program on " +
                                   listener->addresses().front();
    });
}

BOOST_AUTO_TEST_CASE(a_star_means_both_families) {
    for (int i = 0; i < 20; ++i) {
        RunningListener listener({.host = "*"}, echo);
        BOOST_TEST(RawClient(listener.port()).ask(get).status == 200);
        const auto& addresses = listener->addresses();
        BOOST_TEST(std::count(addresses.begin(), addresses.end(), "0.0.0.0") == 1);
        if (std::count(addresses.begin(), addresses.end(), "::") == 0) {
            continue;  // a machine without IPv6
        }
        const auto answer = httplib::Client("::1", listener.port()).Get("/a");
        BOOST_TEST_REQUIRE((answer && answer->body == "GET /a"));
    }
}

BOOST_AUTO_TEST_CASE(all_addresses_are_bound_or_none) {
    const auto first = addresses_of_host("127.0.0.1").front();
    const auto other = addresses_of_host("127.0.0.2").front();
    const auto foreign = addresses_of_host("203.0.113.1").front();
    const ListeningSockets both = listen_on({first, other}, "both", 0);
    BOOST_TEST(both.sockets.size() == 2U);
    BOOST_TEST(both.addresses == (std::vector<std::string>{"127.0.0.1", "127.0.0.2"}),
               boost::test_tools::per_element());
    BOOST_TEST(RawClient(both.port).local_port() > 0);

    RunningListener holder({.host = "127.0.0.2"}, echo);
    const auto says = [&](const std::string& sentence) {
        return [sentence](const std::runtime_error& error) { return error.what() == sentence; };
    };
    const std::string port = std::to_string(holder.port());
    BOOST_CHECK_EXCEPTION(listen_on({first, other}, "both", holder.port()), std::runtime_error,
                          says("cannot listen on both:" + port +
                               ": the port is taken by another program on 127.0.0.2"));
    // The port of the first address was released.
    BOOST_TEST(listen_on({first}, "127.0.0.1", holder.port()).port == holder.port());

    // An address of another machine is skipped, unless it is the only one.
    const ListeningSockets some = listen_on({foreign, first}, "some", 0);
    BOOST_TEST(some.addresses == std::vector<std::string>{"127.0.0.1"},
               boost::test_tools::per_element());
    BOOST_TEST(some.unavailable == std::vector<std::string>{"203.0.113.1"},
               boost::test_tools::per_element());
    BOOST_CHECK_EXCEPTION(
        listen_on({foreign}, "203.0.113.1", 0), std::runtime_error,
        says("cannot listen on 203.0.113.1:0: the host is not an address of this machine"));
    // A port cannot be bound twice on the same address, and the search for a free one ends.
    BOOST_CHECK_THROW(listen_on({first, first}, "twice", 0), std::runtime_error);
    BOOST_CHECK_THROW(addresses_of_host("no.such.host.invalid"), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(a_port_can_be_reused_at_once) {
    int port = 0;
    {
        RunningListener first({}, echo);
        port = first.port();
        RawClient client(port);
        // The server closes first and keeps the connection in TIME_WAIT.
        client.ask("GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    }
    RunningListener second({.port = port}, echo);
    BOOST_TEST(second.port() == port);
    BOOST_TEST(RawClient(port).ask(get).status == 200);
}

BOOST_AUTO_TEST_CASE(a_stop_before_the_run_is_not_lost) {
    Listener listener({}, echo);
    listener.bind();
    listener.stop();
    listener.run();
    BOOST_TEST(listener.stats().connections_open == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
