#include "http/net/inflater.hpp"

#include <string>

#include <boost/test/unit_test.hpp>
#include <httplib.h>

#include "http/net/problem.hpp"

BOOST_AUTO_TEST_SUITE(inflater_test)

using namespace threatatlas;
using namespace threatatlas::net;

namespace {

std::string gzip(const std::string& text) {
    std::string packed;
    httplib::detail::gzip_compressor().compress(text.data(), text.size(), true,
                                                [&packed](const char* data, std::size_t size) {
                                                    packed.append(data, size);
                                                    return true;
                                                });
    return packed;
}

/// Inflates the data in pieces of this size; throws what the inflater throws.
std::string unpack(const std::string& packed, std::size_t piece_bytes, std::size_t bytes_max) {
    Inflater inflater;
    std::string out;
    for (std::size_t i = 0; i < packed.size(); i += piece_bytes) {
        inflater.add(std::string_view(packed).substr(i, piece_bytes), out, bytes_max);
    }
    inflater.finish();
    return out;
}

int refusal_of(const std::string& packed, std::size_t bytes_max) {
    try {
        unpack(packed, packed.size(), bytes_max);
        return 0;
    } catch (const Rejection& rejection) {
        return rejection.problem().status;
    }
}

}  // namespace

BOOST_AUTO_TEST_CASE(unpacks_pieces_of_any_size) {
    const std::string text = std::string(100'000, 'a') + "end";
    const auto packed = gzip(text);
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, packed.size()}) {
        BOOST_TEST((unpack(packed, piece, text.size()) == text));
    }
    BOOST_TEST(unpack(gzip(""), 3, 0) == "");
}

BOOST_AUTO_TEST_CASE(stops_at_the_limit_of_the_output) {
    const auto bomb = gzip(std::string(50'000'000, '\0'));
    BOOST_TEST(bomb.size() < 100'000U);
    BOOST_TEST(refusal_of(bomb, 1'000'000) == 413);
    BOOST_TEST(refusal_of(gzip("12345"), 4) == 413);
    BOOST_TEST(refusal_of(gzip("12345"), 5) == 0);
}

BOOST_AUTO_TEST_CASE(exactly_one_complete_stream_is_accepted) {
    const auto packed = gzip("the facts");
    BOOST_TEST(refusal_of(packed.substr(0, packed.size() - 1), 100) == 400);
    BOOST_TEST(refusal_of(packed + "x", 100) == 400);
    BOOST_TEST(refusal_of(packed + packed, 100) == 400);
    BOOST_TEST(refusal_of("not gzip at all", 100) == 400);
    auto damaged = packed;
    damaged[damaged.size() - 6] ^= 1;
    BOOST_TEST(refusal_of(damaged, 100) == 400);
}

BOOST_AUTO_TEST_SUITE_END()
