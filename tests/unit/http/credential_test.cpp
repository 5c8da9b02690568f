#include "http/api/credential.hpp"

#include <boost/test/unit_test.hpp>

#include "http/net/problem.hpp"

BOOST_AUTO_TEST_SUITE(credential_test)

using namespace threatatlas;
using namespace threatatlas::api;

namespace {

httplib::Request with(const httplib::Headers& fields, const std::string& method = "GET") {
    httplib::Request request;
    request.method = method;
    request.headers = fields;
    return request;
}

std::string cookie_of(const httplib::Request& request) {
    const Credential found = credential_of(request, "");
    BOOST_TEST((found.carrier == (found.secret.empty() ? Carrier::none : Carrier::cookie)));
    return std::string(found.secret);
}

bool may_be_foreign(const httplib::Request& request) {
    try {
        require_own_page(request);
        return false;
    } catch (const net::Rejection& rejection) {
        BOOST_TEST(rejection.problem().status == 403);
        return true;
    }
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_header_counts_before_the_address_and_the_address_before_the_cookie) {
    httplib::Request request = with({{"Cookie", "__Host-threatatlas=c"}});
    BOOST_TEST((credential_of(request, "").carrier == Carrier::cookie));
    BOOST_TEST((credential_of(request, "a").carrier == Carrier::address));
    BOOST_TEST(credential_of(request, "a").secret == "a");
    for (const char* value : {"Bearer h", "Basic h", ""}) {
        request.headers.erase("Authorization");
        request.headers.emplace("Authorization", value);
        const Credential found = credential_of(request, "a");
        BOOST_TEST((found.carrier == Carrier::header), value);
        BOOST_TEST(found.secret == (std::string_view(value) == "Bearer h" ? "h" : ""), value);
    }
    BOOST_TEST((credential_of(with({}), "").carrier == Carrier::none));
}

BOOST_AUTO_TEST_CASE(the_cookie_is_found_among_others) {
    for (const char* field :
         {"__Host-threatatlas=x", "a=b; __Host-threatatlas=x", "__Host-threatatlas=x; a=b",
          "a;__Host-threatatlas=x;;", "x__Host-threatatlas=y; __Host-threatatlas=x",
          "__Host-threatatlas; __Host-threatatlas=x",
          "__host-threatatlas=y; __Host-threatatlas=x"}) {
        BOOST_TEST(cookie_of(with({{"Cookie", field}})) == "x", field);
    }
    BOOST_TEST(cookie_of(with({{"Cookie", "a=b"}, {"Cookie", "__Host-threatatlas=x"}})) == "x");
    BOOST_TEST(cookie_of(with({{"Cookie", "__Host-threatatlas=x=y"}})) == "x=y");
    for (const char* field : {"", ";", "a=b", "__Host-threatatlas", "__Host-threatatlas=",
                              "Host-threatatlas=x", "a=__Host-threatatlas=x"}) {
        BOOST_TEST(cookie_of(with({{"Cookie", field}})).empty(), field);
    }
}

BOOST_AUTO_TEST_CASE(one_of_two_cookies_is_not_chosen) {
    BOOST_TEST(cookie_of(with({{"Cookie", "__Host-threatatlas=x; __Host-threatatlas=x"}})).empty());
    BOOST_TEST(
        cookie_of(with({{"Cookie", "__Host-threatatlas=x"}, {"Cookie", "__Host-threatatlas=y"}}))
            .empty());
}

BOOST_AUTO_TEST_CASE(another_site_cannot_use_the_cookie) {
    for (const char* site : {"same-origin", "none"}) {
        BOOST_TEST(!may_be_foreign(with({{"Sec-Fetch-Site", site}})), site);
    }
    for (const char* site : {"cross-site", "same-site", "Same-Origin", "x"}) {
        BOOST_TEST(may_be_foreign(with({{"Sec-Fetch-Site", site}})), site);
        BOOST_TEST(
            may_be_foreign(with({{"Sec-Fetch-Site", site}, {"X-Threatatlas-Page", "1"}}, "POST")),
            site);
    }
}

BOOST_AUTO_TEST_CASE(only_the_page_writes) {
    for (const char* method : {"GET", "HEAD"}) {
        BOOST_TEST(!may_be_foreign(with({}, method)), method);
    }
    for (const char* method : {"POST", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
        BOOST_TEST(may_be_foreign(with({}, method)), method);
        BOOST_TEST(may_be_foreign(with({{"X-Threatatlas-Page", "0"}}, method)), method);
        BOOST_TEST(may_be_foreign(with({{"Sec-Fetch-Site", "same-origin"}}, method)), method);
        BOOST_TEST(!may_be_foreign(with({{"X-Threatatlas-Page", "1"}}, method)), method);
    }
}

BOOST_AUTO_TEST_SUITE_END()
