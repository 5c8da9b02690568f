#include <cstring>
#include <string>

#include <boost/test/unit_test.hpp>

#include "http/net/listener.hpp"
#include "support/raw_client.hpp"

BOOST_AUTO_TEST_SUITE(listener_body_test)

using namespace std::string_literals;
using namespace threatatlas;
using namespace threatatlas::net;
using namespace threatatlas::testing;

namespace {

constexpr std::size_t limit_bytes = 300'000;
const std::string get = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";

/// Responds with the size of the body, or `broken` if it contains anything but the letter x or
/// lacks padding. Does not read the body for `/unread` and for GET.
void measure(const httplib::Request& request, httplib::Response& response, Exchange& exchange) {
    if (request.path == "/unread" || request.method == "GET") {
        response.set_content("unread", "text/plain");
        return;
    }
    const auto body = exchange.read_body(limit_bytes);
    const bool intact = body.find_first_not_of('x') == std::string::npos &&
                        body.capacity() >= body.size() + body_padding_bytes;
    response.set_content(intact ? std::to_string(body.size()) : "broken", "text/plain");
}

std::string post(const std::string& path, const std::string& fields) {
    return "POST " + path + " HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n";
}

std::string with_length(std::size_t size, const std::string& path = "/") {
    return post(path, "Content-Length: " + std::to_string(size) + "\r\n") + std::string(size, 'x');
}

std::string chunked(std::size_t size, std::size_t chunk_bytes) {
    std::string request = post("/", "Transfer-Encoding: chunked\r\n");
    while (size > 0) {
        const auto part = std::min(size, chunk_bytes);
        std::array<char, 20> line;
        std::snprintf(line.data(), line.size(), "%zX\r\n", part);
        request += line.data() + std::string(part, 'x') + "\r\n";
        size -= part;
    }
    return request + "0\r\n\r\n";
}

std::string gzipped(const std::string& text) {
    std::string packed;
    httplib::detail::gzip_compressor().compress(text.data(), text.size(), true,
                                                [&packed](const char* data, std::size_t size) {
                                                    packed.append(data, size);
                                                    return true;
                                                });
    return packed;
}

std::string post_gzipped(const std::string& packed) {
    return post("/", "Content-Encoding: gzip\r\nContent-Length: " + std::to_string(packed.size()) +
                         "\r\n") +
           packed;
}

}  // namespace

BOOST_AUTO_TEST_CASE(bodies_of_every_size_and_framing) {
    RunningListener listener({.workers = 2}, measure);
    RawClient client(listener.port());
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{16'384},
                                   std::size_t{16'385}, limit_bytes - 1, limit_bytes}) {
        BOOST_TEST(client.ask(with_length(size)).body == std::to_string(size));
        BOOST_TEST(client.ask(chunked(size, 70'000)).body == std::to_string(size));
    }
    BOOST_TEST(client.ask(chunked(5'000, 1)).body == "5000");
}

BOOST_AUTO_TEST_CASE(more_than_the_limit_is_413_however_it_is_framed) {
    RunningListener listener({.workers = 2}, measure);
    for (const auto& request : {with_length(limit_bytes + 1), chunked(limit_bytes + 1, 50'000),
                                chunked(limit_bytes + 1, limit_bytes + 1),
                                post_gzipped(gzipped(std::string(limit_bytes + 1, 'x')))}) {
        RawClient client(listener.port());
        const auto answer = client.ask(request);
        BOOST_TEST(answer.status == 413);
        BOOST_TEST(answer.field("content-type") == "application/problem+json");
    }
}

BOOST_AUTO_TEST_CASE(a_length_over_the_limit_is_refused_without_waiting_for_it) {
    RunningListener listener({.workers = 1}, measure);
    RawClient client(listener.port());
    const auto answer = client.ask(post("/", "Content-Length: 99999999\r\n"));
    BOOST_TEST(answer.status == 413);
    BOOST_TEST(answer.field("connection") == "close");
}

BOOST_AUTO_TEST_CASE(gzip_is_unpacked) {
    RunningListener listener({.workers = 2}, measure);
    RawClient client(listener.port());
    BOOST_TEST(client.ask(post_gzipped(gzipped(std::string(limit_bytes, 'x')))).body ==
               std::to_string(limit_bytes));
    BOOST_TEST(client.ask(with_length(3)).body == "3");
    const auto packed = gzipped("xxx");
    BOOST_TEST(client.ask(post_gzipped(packed.substr(0, packed.size() - 2))).status == 400);

    RawClient other(listener.port());
    const auto answer = other.ask(post("/", "Content-Encoding: br\r\nContent-Length: 1\r\n") + "x");
    BOOST_TEST(answer.status == 415);
    BOOST_TEST(answer.field("accept-encoding") == "gzip");
}

BOOST_AUTO_TEST_CASE(a_body_without_length_or_chunks_is_411) {
    RunningListener listener({}, measure);
    RawClient client(listener.port());
    BOOST_TEST(client.ask(post("/", "")).status == 411);
    BOOST_TEST(client.ask(get).body == "unread");
}

BOOST_AUTO_TEST_CASE(an_unread_body_is_not_the_next_request) {
    RunningListener listener({.workers = 2}, measure);
    {
        // A short body that has arrived is skipped, and the connection is kept.
        RawClient client(listener.port());
        const auto answer = client.ask(
            post("/unread", "Content-Length: " + std::to_string(get.size()) + "\r\n") + get);
        BOOST_TEST(answer.field("connection") == "keep-alive");
        BOOST_TEST(client.ask(with_length(2)).body == "2");
    }
    {
        // If the body is incomplete, the connection is closed.
        RawClient client(listener.port());
        const auto answer = client.ask(post("/unread", "Content-Length: 200000\r\n") + get);
        BOOST_TEST(answer.field("connection") == "close");
        client.send(get + get);
        BOOST_TEST(client.is_closed());
    }
    {
        // A malformed chunked body of a GET request.
        RawClient client(listener.port());
        const auto answer = client.ask(
            "GET /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n" + get);
        BOOST_TEST(answer.body == "unread");
        BOOST_TEST(answer.field("connection") == "close");
        BOOST_TEST(client.is_closed());
    }
}

BOOST_AUTO_TEST_CASE(an_answer_is_not_lost_to_a_client_that_is_still_sending) {
    RunningListener listener({.workers = 2}, measure);
    for (int i = 0; i < 20; ++i) {
        RawClient client(listener.port());
        client.send(with_length(4'000'000, "/unread"));
        BOOST_REQUIRE(client.read_answer().body == "unread");
    }
}

BOOST_AUTO_TEST_CASE(broken_bodies_are_400) {
    RunningListener listener({.workers = 2}, measure);
    const auto chunked_head = post("/", "Transfer-Encoding: chunked\r\n");
    for (const auto& request :
         {chunked_head + "-1\r\nx\r\n0\r\n\r\n", chunked_head + "1\r\nxx\r\n0\r\n\r\n",
          chunked_head + "FFFFFFFFFFFFFFFFF\r\n"}) {
        RawClient client(listener.port());
        BOOST_TEST(client.ask(request).status == 400);
        BOOST_TEST(client.is_closed());
    }
    for (const auto& request : {chunked_head + "5\r\nxx", with_length(10).substr(0, 50),
                                with_length(100'000).substr(0, 50'000)}) {
        RawClient client(listener.port());
        client.send(request);
        client.end_sending();
        BOOST_TEST(client.read_answer().status == 400);
        BOOST_TEST(client.is_closed());
    }
}

BOOST_AUTO_TEST_CASE(expect_100_is_answered_when_the_body_is_needed) {
    RunningListener listener({.workers = 2}, measure);
    RawClient client(listener.port());
    const auto expecting = "Expect: 100-continue\r\nContent-Length: 4\r\n"s;
    for (int i = 0; i < 2; ++i) {
        client.send(post("/", expecting));
        BOOST_TEST(client.read_answer(false).status == 100);
        client.send("xxxx");
        BOOST_TEST(client.read_answer().body == "4");
    }
    // A client may send the body without waiting for 100 Continue.
    BOOST_TEST(client.ask(post("/", expecting) + "xxxx").body == "4");

    // If the body is not wanted, the response is sent at once, without waiting for the body.
    for (const auto& request :
         {post("/unread", expecting),
          post("/", "Expect: 100-continue\r\nContent-Length: 99999999\r\n")}) {
        RawClient unwanted(listener.port());
        const auto answer = unwanted.ask(request);
        BOOST_TEST((answer.status == 200 || answer.status == 413));
        BOOST_TEST(answer.field("connection") == "close");
    }
}

BOOST_AUTO_TEST_SUITE_END()
