#include "http/net/request_head.hpp"

#include <functional>
#include <string>

#include <boost/test/unit_test.hpp>

#include "http/net/problem.hpp"

BOOST_AUTO_TEST_SUITE(request_head_test)

using namespace std::string_literals;
using namespace threatatlas;
using namespace threatatlas::net;

namespace {

const HeadLimits small_limits{.request_line_bytes_max = 100,
                              .header_line_bytes_max = 100,
                              .header_bytes_max = 300,
                              .header_count_max = 5};

/// The status of the refusal; 0 if the head is accepted.
int refusal_of(const std::function<void()>& work) {
    try {
        work();
        return 0;
    } catch (const Rejection& rejection) {
        BOOST_TEST(!rejection.problem().detail.empty());
        return rejection.problem().status;
    }
}

RequestHead parse(const std::string& head) {
    HeadScanner scanner(small_limits);
    const auto size = scanner.scan(head);
    BOOST_REQUIRE(size.has_value());
    BOOST_TEST(*size == head.size());
    return parse_head(head, small_limits);
}

int refusal_of_head(const std::string& head) {
    return refusal_of([&head] {
        HeadScanner scanner(small_limits);
        if (const auto size = scanner.scan(head)) {
            parse_head(std::string_view(head).substr(0, *size), small_limits);
        }
    });
}

/// For a request with these lines between Host and the empty line.
int refusal_of_fields(const std::string& lines) {
    return refusal_of_head("POST /x HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n");
}

int refusal_of_line(const std::string& line) {
    return refusal_of_head(line + "\r\nHost: a\r\n\r\n");
}

std::string target_of(const std::string& method, const std::string& target) {
    return parse(method + " " + target + " HTTP/1.1\r\nHost: a\r\n\r\n").target;
}

}  // namespace

BOOST_AUTO_TEST_CASE(parses_a_plain_request) {
    const auto head = parse(
        "GET /api/products/1?as_of=x HTTP/1.1\r\nHost: a:8080\r\nAccept: */*\r\n"
        "X-Two: 1\r\nX-Two: \t 2 \t\r\nX-Empty:\r\n\r\n");
    BOOST_TEST(head.method == "GET");
    BOOST_TEST(head.target == "/api/products/1?as_of=x");
    BOOST_TEST(head.version_1_1);
    BOOST_TEST(head.keep_alive);
    BOOST_TEST(!head.announces_body());
    BOOST_TEST(head.fields.count("x-two") == 2U);
    BOOST_TEST(head.fields.find("X-TWO")->second == "1");
    BOOST_TEST(std::next(head.fields.find("X-Two"))->second == "2");
    BOOST_TEST(head.fields.find("X-Empty")->second == "");
}

BOOST_AUTO_TEST_CASE(finds_the_end_however_the_bytes_are_split) {
    const std::string head = "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n\r\n";
    const std::string bytes = head + "GET /next";
    for (std::size_t first = 0; first < head.size(); ++first) {
        for (std::size_t second = first; second < head.size(); ++second) {
            HeadScanner scanner(small_limits);
            BOOST_REQUIRE(!scanner.scan(bytes.substr(0, first)));
            BOOST_REQUIRE(!scanner.scan(bytes.substr(0, second)));
            BOOST_REQUIRE(scanner.scan(bytes) == head.size());
            scanner.reset();
            BOOST_REQUIRE(scanner.scan(bytes) == head.size());
        }
    }
}

BOOST_AUTO_TEST_CASE(values_are_not_decoded) {
    const auto head =
        parse("GET / HTTP/1.1\r\nHost: a\r\nX: a%0d%0aSet-Cookie: b\r\nY: caf\xc3\xa9\r\n\r\n");
    BOOST_TEST(head.fields.find("X")->second == "a%0d%0aSet-Cookie: b");
    BOOST_TEST(head.fields.find("Y")->second == "caf\xc3\xa9");
    BOOST_TEST(head.fields.count("Set-Cookie") == 0U);
}

BOOST_AUTO_TEST_CASE(clients_cannot_set_the_address_fields) {
    const auto head = parse(
        "GET / HTTP/1.1\r\nHost: a\r\nREMOTE_ADDR: 1.2.3.4\r\nremote_port: 1\r\n"
        "LOCAL_ADDR: x\r\nLocal_Port: 2\r\n\r\n");
    BOOST_TEST(head.fields.size() == 1U);
}

BOOST_AUTO_TEST_CASE(connection_fields_are_not_passed_on) {
    const auto head = parse(
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\nRange: bytes=0-1\r\n"
        "Accept-Encoding: br\r\nExpect: 100-Continue\r\n\r\n");
    BOOST_TEST(head.fields.size() == 3U);
    BOOST_TEST(head.fields.count("Connection") + head.fields.count("Expect") == 0U);
    BOOST_TEST(!head.keep_alive);
    BOOST_TEST(head.expects_continue);
}

BOOST_AUTO_TEST_CASE(http_1_0_is_kept_alive_only_on_request) {
    BOOST_TEST(!parse("GET / HTTP/1.0\r\n\r\n").keep_alive);
    const auto kept = parse("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n");
    BOOST_TEST(kept.keep_alive);
    BOOST_TEST(!kept.version_1_1);
    BOOST_TEST(!parse("GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n").keep_alive);
    BOOST_TEST(!parse("POST / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n").expects_continue);
}

BOOST_AUTO_TEST_CASE(the_forms_of_a_target) {
    BOOST_TEST(target_of("GET", "/a%20b?c=%2F") == "/a%20b?c=%2F");
    BOOST_TEST(target_of("GET", "http://a:1/x?y") == "/x?y");
    BOOST_TEST(target_of("GET", "HTTPS://a") == "/");
    BOOST_TEST(target_of("GET", "http://a?y=1") == "/?y=1");
    BOOST_TEST(target_of("GET", "/a?b=c?d?e") == "/a?b=c%3Fd%3Fe");
    BOOST_TEST(target_of("OPTIONS", "*") == "*");
}

BOOST_AUTO_TEST_CASE(request_lines_that_are_refused) {
    BOOST_TEST(refusal_of_line("GET /") == 400);
    BOOST_TEST(refusal_of_line("GET  / HTTP/1.1") == 400);
    BOOST_TEST(refusal_of_line("GET / HTTP/1.1 ") == 400);
    BOOST_TEST(refusal_of_line("GET / x HTTP/1.1") == 400);
    BOOST_TEST(refusal_of_line("GET\t/ HTTP/1.1") == 400);
    BOOST_TEST(refusal_of_line("G@T / HTTP/1.1") == 400);
    BOOST_TEST(refusal_of_line(" GET / HTTP/1.1") == 400);
    BOOST_TEST(refusal_of_line("GET / http/1.1") == 400);
    BOOST_TEST(refusal_of_line("GET / HTTP/11") == 400);
    BOOST_TEST(refusal_of_line("GET / HTTP/2.0") == 505);
    BOOST_TEST(refusal_of_line("PRI * HTTP/2.0") == 505);
    BOOST_TEST(refusal_of_line("GET / HTTP/1.2") == 505);
    BOOST_TEST(refusal_of_line("BREW / HTTP/1.1") == 501);
    BOOST_TEST(refusal_of_line("get / HTTP/1.1") == 501);
    BOOST_TEST(refusal_of_line("CONNECT a:1 HTTP/1.1") == 501);
    BOOST_TEST(refusal_of_line("GET x HTTP/1.1") == 400);
    BOOST_TEST(refusal_of_line("GET * HTTP/1.1") == 400);
    BOOST_TEST(refusal_of_line("GET ftp://a/ HTTP/1.1") == 400);
    BOOST_TEST(refusal_of_line("GET /a#b HTTP/1.1") == 400);
    BOOST_TEST(refusal_of_line("GET /\xc3\xa9 HTTP/1.1") == 400);
    BOOST_TEST(refusal_of_line("GET /%zz HTTP/1.1") == 400);
    BOOST_TEST(refusal_of_line("GET /%u0041 HTTP/1.1") == 400);
    BOOST_TEST(refusal_of_line("GET /a% HTTP/1.1") == 400);
    BOOST_TEST(refusal_of_line("GET /a%4 HTTP/1.1") == 400);
    BOOST_TEST(refusal_of_line("GET /a%00 HTTP/1.1") == 400);
    BOOST_TEST(refusal_of_line("GET /a\0b HTTP/1.1"s) == 400);
    BOOST_TEST(refusal_of_line("GET /a\rb HTTP/1.1") == 400);
}

BOOST_AUTO_TEST_CASE(malformed_line_ends_are_refused) {
    BOOST_TEST(refusal_of_head("GET / HTTP/1.1\nHost: a\n\n") == 400);
    BOOST_TEST(refusal_of_head("GET / HTTP/1.1\r\nHost: a\nX: 1\r\n\r\n") == 400);
    BOOST_TEST(refusal_of_head("GET / HTTP/1.1\r\nHost: a\r\n\n") == 400);
    BOOST_TEST(refusal_of_head("GET / HTTP/1.1\r\nHost: a\r\r\n\r\n") == 400);
    BOOST_TEST(refusal_of_head("\nGET / HTTP/1.1\r\n") == 400);
    BOOST_TEST(refusal_of_head("\x16\x03\x01\x02") == 400);
    BOOST_TEST(refusal_of_head("\0"s) == 400);
}

BOOST_AUTO_TEST_CASE(fields_that_are_refused) {
    BOOST_TEST(refusal_of_fields("X : 1\r\n") == 400);
    BOOST_TEST(refusal_of_fields("X\r\n") == 400);
    BOOST_TEST(refusal_of_fields(": 1\r\n") == 400);
    BOOST_TEST(refusal_of_fields("X(: 1\r\n") == 400);
    BOOST_TEST(refusal_of_fields("\xc3\xa9: 1\r\n") == 400);
    BOOST_TEST(refusal_of_fields("X: 1\r\n 2\r\n") == 400);
    BOOST_TEST(refusal_of_fields("X: 1\r\n\t2\r\n") == 400);
    BOOST_TEST(refusal_of_fields("X: a\0b\r\n"s) == 400);
    BOOST_TEST(refusal_of_fields("X: a\rb\r\n") == 400);
    BOOST_TEST(refusal_of_fields("X: a\x7f\r\n") == 400);
    BOOST_TEST(refusal_of_fields("X: a\x01\r\n") == 400);
    BOOST_TEST(refusal_of_fields("Expect: 200-ok\r\n") == 417);
}

BOOST_AUTO_TEST_CASE(exactly_one_host) {
    BOOST_TEST(refusal_of_head("GET / HTTP/1.1\r\n\r\n") == 400);
    BOOST_TEST(refusal_of_fields("Host: b\r\n") == 400);
    BOOST_TEST(refusal_of_fields("host: a\r\n") == 400);
    BOOST_TEST(refusal_of_head("GET / HTTP/1.0\r\n\r\n") == 0);
    BOOST_TEST(refusal_of_head("GET / HTTP/1.1\r\nHost:\r\n\r\n") == 0);
    BOOST_TEST(refusal_of_head("GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n") == 0);
    BOOST_TEST(refusal_of_head("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n") == 400);
    BOOST_TEST(refusal_of_head("GET / HTTP/1.1\r\nHost: a b\r\n\r\n") == 400);
    BOOST_TEST(refusal_of_head("GET / HTTP/1.1\r\nHost: u@a\r\n\r\n") == 400);
}

BOOST_AUTO_TEST_CASE(ambiguous_body_lengths_are_refused) {
    const auto head = parse("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\n\r\n");
    BOOST_TEST(head.content_length.value() == 12U);
    BOOST_TEST(parse("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n").chunked);

    BOOST_TEST(refusal_of_fields("Content-Length: 1\r\nContent-Length: 2\r\n") == 400);
    BOOST_TEST(refusal_of_fields("Content-Length: 1\r\nContent-Length: 1\r\n") == 400);
    BOOST_TEST(refusal_of_fields("Content-Length: 1, 1\r\n") == 400);
    for (const auto* const value : {"", "-1", "+1", "0x1", "1 1", "1a", "1.0"}) {
        BOOST_TEST(refusal_of_fields("Content-Length: "s + value + "\r\n") == 400, value);
    }
    BOOST_TEST(refusal_of_fields("Content-Length: 99999999999999999999999\r\n") == 413);
    BOOST_TEST(refusal_of_fields("Content-Length: 999999999999999999\r\n") == 0);

    BOOST_TEST(refusal_of_fields("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n") == 400);
    BOOST_TEST(refusal_of_fields("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n") == 400);
    BOOST_TEST(refusal_of_fields("Transfer-Encoding: gzip, chunked\r\n") == 501);
    BOOST_TEST(refusal_of_fields("Transfer-Encoding: xchunked\r\n") == 501);
    BOOST_TEST(refusal_of_fields("Transfer-Encoding: chunked, gzip\r\n") == 400);
    BOOST_TEST(refusal_of_fields("Transfer-Encoding: chunked, chunked\r\n") == 400);
    BOOST_TEST(refusal_of_fields("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n") ==
               400);
    BOOST_TEST(refusal_of_fields("Transfer-Encoding:\r\n") == 400);
    BOOST_TEST(refusal_of_fields("Transfer-Encoding : chunked\r\n") == 400);
    BOOST_TEST(refusal_of_head("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n") == 400);
}

BOOST_AUTO_TEST_CASE(content_codings_are_collected_in_lower_case) {
    BOOST_TEST(
        parse("POST / HTTP/1.1\r\nHost: a\r\nContent-Encoding: GZip\r\n\r\n").content_coding ==
        "gzip");
    BOOST_TEST(parse("POST / HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\n"
                     "Content-Encoding: br,x\r\n\r\n")
                   .content_coding == "gzip, br, x");
}

BOOST_AUTO_TEST_CASE(limits_are_exact) {
    const std::string start = "GET /";
    const std::string end = " HTTP/1.1";
    const auto line_of = [&](std::size_t size) {
        return start + std::string(size - start.size() - end.size(), 'x') + end;
    };
    BOOST_TEST(refusal_of_line(line_of(100)) == 0);
    BOOST_TEST(refusal_of_line(line_of(101)) == 414);

    const auto field_of = [](std::size_t size) { return "X: " + std::string(size - 3, 'x'); };
    BOOST_TEST(refusal_of_fields(field_of(100) + "\r\n") == 0);
    BOOST_TEST(refusal_of_fields(field_of(101) + "\r\n") == 431);

    // "Host: a" counts as one of five fields and as 9 of 300 bytes; the last 2 end the head.
    BOOST_TEST(refusal_of_fields("A: 1\r\nB: 1\r\nC: 1\r\nD: 1\r\n") == 0);
    BOOST_TEST(refusal_of_fields("A: 1\r\nB: 1\r\nC: 1\r\nD: 1\r\nE: 1\r\n") == 431);
    const auto longest = field_of(98) + "\r\n" + field_of(98) + "\r\n";
    BOOST_TEST(refusal_of_fields(longest + field_of(300 - 11 - 200 - 2) + "\r\n") == 0);
    BOOST_TEST(refusal_of_fields(longest + field_of(300 - 11 - 200 - 1) + "\r\n") == 431);
}

BOOST_AUTO_TEST_CASE(a_line_without_end_is_refused_before_it_ends) {
    BOOST_TEST(refusal_of_head("GET /" + std::string(96, 'x')) == 414);
    BOOST_TEST(refusal_of_head("GET / HTTP/1.1\r\nX: " + std::string(98, 'x')) == 431);
    BOOST_TEST(refusal_of_head(std::string(101, 'G')) == 414);
}

BOOST_AUTO_TEST_SUITE_END()
