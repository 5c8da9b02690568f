// The page as the server serves it. A program that was built without it runs only the last case.

#include <set>

#include <boost/test/unit_test.hpp>

#include "http/api/api_routes.hpp"
#include "http/api/web_files.hpp"
#include "http/net/inflater.hpp"
#include "support/api_fixture.hpp"
#include "support/raw_client.hpp"

BOOST_AUTO_TEST_SUITE(api_web_page_test)

using namespace threatatlas;
using namespace threatatlas::api;
using namespace threatatlas::testing;

namespace {

const std::string screens[]{
    "/",         "/sign-in",         "/products/1", "/products/1/threats/2", "/inbox",
    "/settings", "/settings/tokens", "/policies",   "/policies/web-baseline"};

// A client without a token that sees the bytes of the answer.
struct Visitor : ApiFixture {
    RawAnswer load(const std::string& target, const std::string& fields = {},
                   const std::string& method = "GET") const {
        RawClient client(port());
        client.send(method + " " + target + " HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n");
        return client.read_answer(method != "HEAD");
    }
};

std::string unpacked(const std::string& body) {
    constexpr std::size_t bytes_max = 10'000'000;
    std::string content;
    net::Inflater inflater;
    inflater.add(body, content, bytes_max);
    inflater.finish();
    return content;
}

std::string path_of(const WebFile& asset) {
    return "/assets/" + std::string(asset.name);
}

boost::test_tools::assertion_result has_page(boost::unit_test::test_unit_id) {
    return web_files() != nullptr;
}
boost::test_tools::assertion_result has_no_page(boost::unit_test::test_unit_id) {
    return web_files() == nullptr;
}

const std::string gzip = "Accept-Encoding: gzip, br\r\n";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(web_page, Visitor, *boost::unit_test::precondition(has_page))

BOOST_AUTO_TEST_CASE(every_screen_is_the_same_document) {
    for (const std::string& path : screens) {
        for (const std::string& target : {path, path + "?as_of=2026-01-01", path + "/"}) {
            const RawAnswer answer = load(target);
            BOOST_TEST(answer.status == 200, target);
            BOOST_TEST(answer.body == web_files()->index.identity, target);
            BOOST_TEST(answer.field("content-type") == "text/html; charset=utf-8");
        }
        // Also for people who are signed in.
        BOOST_TEST(get(path).body == web_files()->index.identity, path);
    }
    for (const char* path : {"/products", "/sign-in/x", "/inbox/x", "/index.html", "/assets"}) {
        BOOST_TEST(load(path).status == 401, path);
        BOOST_TEST(get(path).status == 404, path);
    }
    BOOST_TEST(ask("POST", "/").header("Allow") == "GET, HEAD");
}

// Every file that the document names exists.
BOOST_AUTO_TEST_CASE(the_document_names_assets_that_are_served) {
    const std::string document = load("/").body;
    std::size_t count = 0;
    for (auto at = document.find("\"/assets/"); at != std::string::npos;
         at = document.find("\"/assets/", at + 1)) {
        const std::string path = document.substr(at + 1, document.find('"', at + 1) - at - 1);
        BOOST_TEST(load(path).status == 200, path);
        ++count;
    }
    BOOST_TEST(count > 1);
}

BOOST_AUTO_TEST_CASE(an_asset_has_its_type_and_may_be_kept) {
    std::set<std::string> types;
    for (const WebFile& asset : web_files()->assets) {
        const RawAnswer answer = load(path_of(asset));
        BOOST_TEST(answer.status == 200, asset.name);
        BOOST_TEST(answer.body == asset.identity, asset.name);
        BOOST_TEST(answer.field("cache-control") == "public, max-age=31536000, immutable");
        BOOST_TEST(answer.field("x-content-type-options") == "nosniff");
        types.insert(answer.field("content-type"));
    }
    BOOST_TEST(types.contains("text/javascript; charset=utf-8"));
    BOOST_TEST(types.contains("text/css; charset=utf-8"));
}

BOOST_AUTO_TEST_CASE(an_unknown_asset_is_404_without_a_token) {
    for (const char* path : {"/assets/x.js", "/assets/index.html", "/assets/..", "/assets/%2e%2e",
                             "/assets/%2Fetc%2Fpasswd"}) {
        const RawAnswer answer = load(path);
        BOOST_TEST(answer.status == 404, path);
        BOOST_TEST(answer.field("content-type") == "application/problem+json");
        BOOST_TEST(answer.field("cache-control") == "no-store");
    }
}

BOOST_AUTO_TEST_CASE(an_answer_is_packed_for_clients_that_accept_it) {
    const WebFile& index = web_files()->index;
    for (const WebFile& file : web_files()->assets) {
        BOOST_TEST(unpacked(load(path_of(file), gzip).body) == file.identity, file.name);
    }
    for (const std::string fields : {"gzip", "br, GZIP;q=0.5", "*", "identity;q=0.5, gzip"}) {
        const RawAnswer answer = load("/", "Accept-Encoding: " + fields + "\r\n");
        BOOST_TEST(answer.field("content-encoding") == "gzip", fields);
        BOOST_TEST(answer.field("vary") == "Accept-Encoding");
        BOOST_TEST(unpacked(answer.body) == index.identity);
    }
    for (const std::string fields :
         {"", "br", "gzip;q=0", "gzip;q=0, *", "*;q=0", "gzip;q=0.5, identity"}) {
        const RawAnswer answer = load("/", "Accept-Encoding: " + fields + "\r\n");
        BOOST_TEST(answer.field("content-encoding").empty(), fields);
        BOOST_TEST(answer.field("vary") == "Accept-Encoding");
        BOOST_TEST(answer.body == index.identity, fields);
    }
}

BOOST_AUTO_TEST_CASE(the_document_is_revalidated_by_its_tag) {
    const RawAnswer plain = load("/");
    const RawAnswer packed = load("/", gzip);
    BOOST_TEST(plain.field("cache-control") == "no-cache");
    BOOST_TEST(plain.field("etag").starts_with('"'));
    BOOST_TEST(plain.field("etag") != packed.field("etag"));
    BOOST_TEST(load("/inbox").field("etag") == plain.field("etag"));
    const auto revalidate = [&](const std::string& tag, const std::string& fields) {
        return load("/", "If-None-Match: " + tag + "\r\n" + fields);
    };
    const RawAnswer same = revalidate(packed.field("etag"), gzip);
    BOOST_TEST(same.status == 304);
    BOOST_TEST(same.body.empty());
    BOOST_TEST(same.field("etag") == packed.field("etag"));
    BOOST_TEST(same.field("vary") == "Accept-Encoding");
    BOOST_TEST(same.field("cache-control") == "no-cache");
    BOOST_TEST(revalidate(plain.field("etag"), "").status == 304);
    BOOST_TEST(revalidate(plain.field("etag"), gzip).status == 200);
    BOOST_TEST(revalidate("\"another\"", gzip).status == 200);
}

BOOST_AUTO_TEST_CASE(head_has_the_fields_of_get) {
    for (const std::string& target : {std::string("/"), path_of(web_files()->assets.front())}) {
        RawAnswer got = load(target, gzip);
        RawAnswer head = load(target, gzip, "HEAD");
        BOOST_TEST(head.status == 200);
        got.fields.erase("date");
        head.fields.erase("date");
        BOOST_TEST((head.fields == got.fields), target);
        BOOST_TEST(head.field("content-length") == std::to_string(got.body.size()));
    }
}

BOOST_AUTO_TEST_CASE(the_page_is_isolated) {
    for (const std::string& target : {std::string("/"), path_of(web_files()->assets.front())}) {
        const RawAnswer answer = load(target);
        BOOST_TEST(answer.field("content-security-policy") ==
                   "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
                   "connect-src 'self'; font-src 'self'; manifest-src 'self'; form-action 'none'; "
                   "base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
                   "trusted-types 'none'");
        BOOST_TEST(answer.field("cross-origin-opener-policy") == "same-origin");
        BOOST_TEST(answer.field("cross-origin-resource-policy") == "same-origin");
        BOOST_TEST(answer.field("referrer-policy") == "no-referrer");
        BOOST_TEST(answer.field("permissions-policy") ==
                   "camera=(), microphone=(), geolocation=()");
        BOOST_TEST(answer.field("x-content-type-options") == "nosniff");
    }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_CASE(a_server_without_the_page_does_not_know_its_paths, Visitor,
                        *boost::unit_test::precondition(has_no_page)) {
    BOOST_TEST(page_routes().empty());
    for (const std::string& path : screens) {
        BOOST_TEST(load(path).status == 401, path);
        BOOST_TEST(get(path).status == 404, path);
    }
    BOOST_TEST(load("/assets/x.js").status == 401);
}

BOOST_AUTO_TEST_SUITE_END()
