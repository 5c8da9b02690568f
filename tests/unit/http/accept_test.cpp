#include "http/api/accept.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(accept_test)

using namespace threatatlas::api;

namespace {

std::uint32_t weight(const std::string& accept) {
    httplib::Request request;
    request.headers.emplace("Accept", accept);
    return weight_of(request, "text/markdown");
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_most_specific_range_counts) {
    BOOST_TEST(weight("*/*;q=0.1, text/*;q=0.2, text/markdown;q=0.3") == 300u);
    BOOST_TEST(weight("text/markdown;q=0.3, text/*;q=0.2, */*;q=0.9") == 300u);
    BOOST_TEST(weight("*/*;q=0.1, text/*;q=0.2") == 200u);
    BOOST_TEST(weight("*/*;q=0.1") == 100u);
    BOOST_TEST(weight("image/*, text/html") == 0u);
    BOOST_TEST(weight_of({}, "text/markdown") == 0u);
}

BOOST_AUTO_TEST_CASE(weights_have_at_most_three_decimals) {
    BOOST_TEST(weight("text/markdown") == 1'000u);
    BOOST_TEST(weight("text/markdown;charset=utf-8") == 1'000u);
    BOOST_TEST(weight("Text/MARKDOWN ; Q = 0.125") == 125u);
    BOOST_TEST(weight("text/markdown;q=0.") == 0u);
    BOOST_TEST(weight("text/markdown;q=1.000") == 1'000u);
    for (const char* malformed : {"", "2", "-1", "1.1", "0.1234", ".5", "x", "0,5", "1e0"}) {
        BOOST_TEST(weight("text/markdown;q=" + std::string(malformed)) == 0u, malformed);
    }
}

BOOST_AUTO_TEST_CASE(nonsense_is_ignored) {
    for (const char* nonsense : {"", ",", ";", "/", ",,;;==", "text", "text/", "markdown", "*",
                                 "q=1", "*/markdown", "text/markdownx"}) {
        BOOST_TEST(weight(nonsense) == 0u, nonsense);
        BOOST_TEST(weight(std::string(nonsense) + ", text/markdown;q=0.5") == 500u, nonsense);
    }
}

BOOST_AUTO_TEST_CASE(a_coding_has_its_own_weight_or_that_of_all) {
    const auto gzip = [](const std::string& accepted) {
        httplib::Request request;
        request.headers.emplace("Accept-Encoding", accepted);
        return weight_of_coding(request, "gzip");
    };
    BOOST_TEST(gzip("gzip, deflate, br, zstd") == 1'000u);
    BOOST_TEST(gzip("br;q=1, GZIP;q=0.8") == 800u);
    BOOST_TEST(gzip("*") == 1'000u);
    BOOST_TEST(gzip("*;q=0.5, gzip;q=0") == 0u);
    BOOST_TEST(gzip("gzip;q=0, *;q=0.5") == 0u);
    BOOST_TEST(gzip("gzip;q=0.000") == 0u);
    BOOST_TEST(gzip("identity, br") == 0u);
    BOOST_TEST(gzip("") == 0u);
    BOOST_TEST(weight_of_coding({}, "gzip") == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
