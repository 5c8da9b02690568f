#include "http/net/body_decoder.hpp"

#include <optional>
#include <string>

#include <boost/test/unit_test.hpp>

#include "http/net/problem.hpp"

BOOST_AUTO_TEST_SUITE(body_decoder_test)

using namespace std::string_literals;
using namespace threatatlas;
using namespace threatatlas::net;

namespace {

RequestHead chunked_head() {
    RequestHead head;
    head.chunked = true;
    return head;
}

RequestHead head_with_length(std::uint64_t length) {
    RequestHead head;
    head.content_length = length;
    return head;
}

struct Decoded {
    std::string body;
    /// Unconsumed bytes.
    std::string rest;
    bool done = false;
};

/// Feeds the bytes in two parts, split at `cut`.
Decoded decode(const RequestHead& head, const std::string& bytes, std::size_t cut) {
    BodyDecoder decoder(head);
    Decoded result;
    std::size_t begin = 0;
    for (const auto end : {cut, bytes.size()}) {
        while (begin < end && !decoder.done()) {
            const auto step = decoder.next(std::string_view(bytes).substr(begin, end - begin));
            BOOST_REQUIRE(step.consumed > 0U);
            result.body += step.data;
            begin += step.consumed;
        }
    }
    result.rest = bytes.substr(begin);
    result.done = decoder.done();
    return result;
}

bool is_refused(const std::string& bytes) {
    try {
        decode(chunked_head(), bytes, 0);
        return false;
    } catch (const Rejection& rejection) {
        BOOST_TEST(rejection.problem().status == 400);
        return true;
    }
}

}  // namespace

BOOST_AUTO_TEST_CASE(without_length_there_is_no_body) {
    BOOST_TEST(BodyDecoder(RequestHead{}).done());
    BOOST_TEST(BodyDecoder(head_with_length(0)).done());
}

BOOST_AUTO_TEST_CASE(a_length_is_kept_to_the_byte) {
    for (std::size_t cut = 0; cut <= 9; ++cut) {
        const auto decoded = decode(head_with_length(5), "helloNEXT", cut);
        BOOST_TEST(decoded.body == "hello");
        BOOST_TEST(decoded.rest == "NEXT");
        BOOST_TEST(decoded.done);
    }
    BOOST_TEST(!decode(head_with_length(5), "hell", 2).done);
}

BOOST_AUTO_TEST_CASE(chunks_are_joined_however_they_are_split) {
    const std::string bytes =
        "5\r\nhello\r\n1;name=\"v\"\r\n,\r\n00A\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\nNEXT";
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
        const auto decoded = decode(chunked_head(), bytes, cut);
        BOOST_TEST(decoded.body == "hello,0123456789");
        BOOST_TEST(decoded.rest == "NEXT");
        BOOST_TEST(decoded.done);
    }
}

BOOST_AUTO_TEST_CASE(a_truncated_end_is_not_an_end) {
    const std::string bytes = "1\r\na\r\n0\r\n\r\n";
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        BOOST_TEST(!decode(chunked_head(), bytes.substr(0, size), 0).done);
    }
    BOOST_TEST(decode(chunked_head(), bytes, 0).done);
}

BOOST_AUTO_TEST_CASE(chunks_that_two_readers_could_read_differently_are_refused) {
    BOOST_TEST(is_refused("\r\n"));
    BOOST_TEST(is_refused("-1\r\n"));
    BOOST_TEST(is_refused("+1\r\n"));
    BOOST_TEST(is_refused("0x1\r\n"));
    BOOST_TEST(is_refused(" 1\r\n"));
    BOOST_TEST(is_refused("1 \r\n"));
    BOOST_TEST(is_refused("g\r\n"));
    BOOST_TEST(is_refused(";x\r\n"));
    BOOST_TEST(is_refused("1\na\r\n"));
    BOOST_TEST(is_refused("1\rxa\r\n"));
    BOOST_TEST(is_refused("1\r\nab\r\n"));
    BOOST_TEST(is_refused("1\r\na\n0\r\n"));
    BOOST_TEST(is_refused("1;a\nb\r\n"));
    BOOST_TEST(is_refused("1;a\0b\r\n"s));
    BOOST_TEST(is_refused("0\r\n\n"));
    BOOST_TEST(is_refused("0\r\nX: 1\nY"));
    BOOST_TEST(is_refused("0\r\n\rX"));
}

BOOST_AUTO_TEST_CASE(ignored_parts_are_limited) {
    BOOST_TEST(!is_refused("000000000000001\r\na\r\n"));
    BOOST_TEST(is_refused("0000000000000001\r\na\r\n"));
    BOOST_TEST(is_refused("1;" + std::string(5'000, 'x') + "\r\n"));
    BOOST_TEST(is_refused("0\r\nX: " + std::string(5'000, 'x') + "\r\n"));
    std::string many;
    for (int i = 0; i < 1'000; ++i) {
        many += "1;abcdef\r\nx\r\n";
    }
    BOOST_TEST(is_refused(many));
}

BOOST_AUTO_TEST_SUITE_END()
