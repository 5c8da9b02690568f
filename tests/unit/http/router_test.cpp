#include "http/api/router.hpp"

#include <set>
#include <tuple>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "http/api/api_routes.hpp"

BOOST_AUTO_TEST_SUITE(router_test)

using namespace threatatlas;
using namespace threatatlas::api;
using namespace threatatlas::events;

namespace {

std::string_view pattern_of(const RouteMatch& match) {
    return match.route == nullptr ? "" : match.route->pattern;
}

}  // namespace

BOOST_AUTO_TEST_CASE(parses_ids_in_a_path) {
    const Router router(api_routes());
    const auto match = router.find("GET", "/api/products/17/threats/4/history");
    BOOST_TEST(pattern_of(match) == "/api/products/{product_id}/threats/{threat_id}/history");
    BOOST_TEST(match.product_id == 17);
    BOOST_TEST(match.object_id == 4);
    const auto token = router.find("DELETE", "/api/api-tokens/9");
    BOOST_TEST(token.product_id == 0);
    BOOST_TEST(token.object_id == 9);
}

BOOST_AUTO_TEST_CASE(finds_every_route_by_its_own_pattern) {
    const Router router(api_routes());
    for (const Route& route : api_routes()) {
        std::string path(route.pattern);
        for (std::size_t begin = path.find('{'); begin != std::string::npos;
             begin = path.find('{')) {
            path.replace(begin, path.find('}') - begin + 1, "1");
        }
        BOOST_TEST(router.find(route.method, path).route == &route, path);
    }
}

BOOST_AUTO_TEST_CASE(finds_no_other_paths) {
    const Router router(api_routes());
    for (const std::string_view path : {"",
                                        "//",
                                        "/products",
                                        "/sign-in/x",
                                        "/assets",
                                        "/assets/a/b",
                                        "/api",
                                        "/api/products/",
                                        "/api/products//threats",
                                        "/api/products/x",
                                        "/api/products/0",
                                        "/api/products/01",
                                        "/api/products/-1",
                                        "/api/products/1.0",
                                        "/api/products/+1",
                                        "/api/products/99999999999999999999",
                                        "/API/products",
                                        "/api/products/1/threats/1/history/more/and/more",
                                        "/api/products/1/security-status/",
                                        "/healthz/x",
                                        "healthz",
                                        "/api/products/1%2fthreats",
                                        "/api/products%2f1",
                                        "/api/products/%",
                                        "/%zz"}) {
        const auto match = router.find("GET", path);
        BOOST_TEST(pattern_of(match) == "", path);
        BOOST_TEST(match.allow == "", path);
    }
}

BOOST_AUTO_TEST_CASE(reports_the_methods_of_a_path) {
    const Router router(api_routes());
    BOOST_TEST(router.find("PUT", "/api/products").allow == "GET, HEAD, POST");
    BOOST_TEST(router.find("POST", "/api/products/3").allow == "GET, HEAD, PATCH, DELETE");
    BOOST_TEST(router.find("OPTIONS", "/api/products/3/security-status").allow == "GET, HEAD");
    BOOST_TEST(router.find("get", "/healthz").allow == "GET, HEAD");
}

BOOST_AUTO_TEST_CASE(head_is_available_with_get) {
    const Router router(api_routes());
    BOOST_TEST(pattern_of(router.find("HEAD", "/api/products")) == "/api/products");
    BOOST_TEST(router.find("HEAD", "/api/products").route->method == "GET");
    BOOST_TEST(pattern_of(router.find("HEAD", "/api/api-tokens/1")) == "");
}

BOOST_AUTO_TEST_CASE(an_encoded_path_is_the_same_path) {
    const Router router(api_routes());
    BOOST_TEST(pattern_of(router.find("GET", "/api/pr%6Fducts/%31")) ==
               "/api/products/{product_id}");
}

BOOST_AUTO_TEST_CASE(a_key_is_one_segment_of_any_text) {
    const Router router(api_routes());
    for (const std::string_view key : {"1", "git%2Fshop", "%zz", "a.b", "%20"}) {
        const auto match = router.find("PUT", "/api/products/by-external-id/" + std::string(key));
        BOOST_TEST(pattern_of(match) == "/api/products/by-external-id/{key}", key);
        BOOST_TEST(match.key == key);
        BOOST_TEST(match.product_id == 0);
    }
    for (const std::string_view key : {"", "git/shop", "a/"}) {
        const auto match = router.find("PUT", "/api/products/by-external-id/" + std::string(key));
        BOOST_TEST(pattern_of(match) == "", key);
        BOOST_TEST(match.key == "");
    }
    BOOST_TEST(router.find("PUT", "/api/products%2Fby-external-id/a").allow == "");
}

BOOST_AUTO_TEST_CASE(a_path_may_lack_an_id) {
    const Router router(api_routes());
    for (const auto& [path, name, pattern] :
         std::vector<std::tuple<std::string_view, std::string_view, std::string_view>>{
             {"/api/products//security-status", "product_id",
              "/api/products/{product_id}/security-status"},
             {"/api/products/", "product_id", "/api/products/{product_id}"},
             {"/api/products//threats/7", "product_id",
              "/api/products/{product_id}/threats/{threat_id}"},
             {"/api/products/7/threats/", "threat_id",
              "/api/products/{product_id}/threats/{threat_id}"},
             {"/api/products//threats//history", "product_id",
              "/api/products/{product_id}/threats/{threat_id}/history"},
             {"/api/products/by-external-id/", "key", "/api/products/by-external-id/{key}"},
             {"/api/api-tokens/", "token_id", "/api/api-tokens/{token_id}"},
             {"/api/products/7", "", ""},
             {"/api/products//nothing", "", ""},
             {"/api//7", "", ""},
             {"//", "", ""}}) {
        const EmptyPlaceholder empty = router.find_empty_placeholder(path);
        BOOST_TEST(empty.name == name, path);
        BOOST_TEST(empty.pattern == pattern, path);
    }
}

BOOST_AUTO_TEST_CASE(no_route_is_in_the_table_twice) {
    std::set<std::pair<std::string_view, std::string_view>> seen;
    for (const Route& route : api_routes()) {
        BOOST_TEST(seen.emplace(route.method, route.pattern).second, route.pattern);
    }
}

BOOST_AUTO_TEST_CASE(roles_have_the_rights_of_the_contract) {
    const auto count = [](Role role) {
        int allowed = 0;
        for (const Audience audience :
             {Audience::anyone, Audience::bearers, Audience::gates, Audience::badges,
              Audience::readers, Audience::writers, Audience::admins, Audience::monitors}) {
            allowed += may(role, audience) ? 1 : 0;
        }
        return allowed;
    };
    BOOST_TEST(count(Role::gate) == 4);
    BOOST_TEST(count(Role::monitor) == 3);
    BOOST_TEST(count(Role::auditor) == 5);
    BOOST_TEST(count(Role::editor) == 6);
    BOOST_TEST(count(Role::admin) == 8);
    BOOST_TEST(count(Role::badge) == 2);
    BOOST_TEST(may(Role::badge, Audience::badges));
    BOOST_TEST(!may(Role::badge, Audience::bearers));
    BOOST_TEST(may(Role::gate, Audience::gates));
    BOOST_TEST(!may(Role::monitor, Audience::gates));
    BOOST_TEST(may(Role::monitor, Audience::monitors));
}

BOOST_AUTO_TEST_SUITE_END()
