#include <fstream>
#include <set>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "http/api/api_routes.hpp"
#include "http/api/openapi.hpp"
#include "http/api/request_query.hpp"
#include "http/api/router.hpp"
#include "http/ops/admin_token.hpp"
#include "support/api_fixture.hpp"
#include "support/eventually.hpp"

BOOST_AUTO_TEST_SUITE(api_service_test)

using namespace threatatlas;
using namespace threatatlas::api;
using namespace threatatlas::base;
using namespace threatatlas::events;
using namespace threatatlas::ops;
using namespace threatatlas::testing;
using nlohmann::json;

namespace {

// Calls fn with every object in `value`, at any depth.
template <class Fn>
void walk(const json& value, const Fn& fn) {
    if (value.is_object()) {
        fn(value);
    }
    if (value.is_structured()) {
        for (const json& inner : value) {
            walk(inner, fn);
        }
    }
}

const json& resolved(const json& document, const json& object) {
    return object.contains("$ref")
               ? document.at(json::json_pointer(object["$ref"].get<std::string>().substr(1)))
               : object;
}

// An operation of the OpenAPI description. The target is its path with the first example of each
// parameter.
struct Operation {
    std::string method;
    std::string path;
    std::string target;
    const json& description;
};

template <class Fn>
void for_each_operation(const json& document, const Fn& fn) {
    for (const auto& [path, operations] : document["paths"].items()) {
        for (const auto& [method, description] : operations.items()) {
            Operation operation{method, path, path, description};
            for (char& c : operation.method) {
                c = static_cast<char>(std::toupper(c));
            }
            for (const json& parameter : description.value("parameters", json::array())) {
                const json& known = resolved(document, parameter);
                const std::string name = fmt::format("{{{}}}", known["name"].get<std::string>());
                const std::size_t place = operation.target.find(name);
                if (place != std::string::npos) {
                    const json& example = known["schema"]["examples"].at(0);
                    operation.target.replace(
                        place, name.size(),
                        api::percent_encoded(example.is_string() ? example.get<std::string>()
                                                                 : example.dump()));
                }
            }
            fn(operation);
        }
    }
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_description_has_exactly_the_routes) {
    const json document = json::parse(openapi_document);
    const Router router(api_routes());
    std::set<const Route*> described;
    for_each_operation(document, [&](const Operation& operation) {
        const Route* const route = router.find(operation.method, operation.target).route;
        BOOST_TEST_REQUIRE(route != nullptr, "no route: " << operation.target);
        // A route with any number of segments has one path for each number of them.
        const bool ends_openly = route->pattern.ends_with("...}");
        BOOST_TEST((ends_openly || route->pattern == operation.path), operation.path);
        described.insert(route);
    });
    for (const Route& route : api_routes().first(api_routes().size() - page_routes().size())) {
        BOOST_TEST(described.contains(&route),
                   "not described: " << route.method << " " << route.pattern);
    }
}

BOOST_AUTO_TEST_CASE(the_description_names_the_roles) {
    const json document = json::parse(openapi_document);
    const Router router(api_routes());
    for_each_operation(document, [&](const Operation& operation) {
        const Route& route = *router.find(operation.method, operation.target).route;
        std::vector<std::string> roles;
        for (const std::string_view name : names_of<Role>()) {
            if (route.audience != Audience::anyone &&
                may(*parse_name<Role>(name), route.audience)) {
                roles.emplace_back(name);
            }
        }
        const std::vector<std::string> described =
            operation.description.value("x-roles", std::vector<std::string>{});
        BOOST_TEST(described == roles, operation.method << " " << operation.path);
        // A session is opened with the token itself, and all else also with its cookie.
        const json security = operation.description.value("security", document["security"]);
        const bool needs_token = route.audience != Audience::anyone;
        const bool takes_cookie =
            needs_token && operation.description["operationId"] != "openSession";
        BOOST_TEST((security == document["security"]) == takes_cookie, operation.path);
        BOOST_TEST(security.empty() == !needs_token, operation.path);
    });
}

BOOST_AUTO_TEST_CASE(the_references_of_the_description_resolve) {
    const json document = json::parse(openapi_document);
    std::set<std::string> operation_ids;
    walk(document, [&](const json& object) {
        if (object.contains("$ref")) {
            const std::string ref = object["$ref"];
            BOOST_TEST(ref.starts_with("#/"), ref);
            BOOST_TEST(document.contains(json::json_pointer(ref.substr(1))), ref);
        }
        if (object.contains("operationId")) {
            BOOST_TEST(operation_ids.insert(object["operationId"]).second);
        }
    });
    std::size_t operations_count = 0;
    for_each_operation(document, [&](const Operation&) { ++operations_count; });
    BOOST_TEST(operation_ids.size() == operations_count);
    // Ids in a path are declared as parameters of its operations.
    for (const auto& [path, operations] : document["paths"].items()) {
        for (const auto& [method, operation] : operations.items()) {
            for (const char* id : {"product_id", "threat_id", "mitigation_id", "token_id"}) {
                bool named = false;
                for (const json& parameter : operation.value("parameters", json::array())) {
                    const json& known = resolved(document, parameter);
                    named = named || (known["name"] == id && known["in"] == "path");
                }
                BOOST_TEST(named == (path.find(fmt::format("{{{}}}", id)) != std::string::npos),
                           method << " " << path << " " << id);
            }
        }
    }
}

BOOST_FIXTURE_TEST_SUITE(service, ApiFixture)

BOOST_AUTO_TEST_CASE(the_service_answers_without_a_token) {
    for (const std::string path : {"/healthz", "/readyz", "/openapi.json"}) {
        const Answer answer = ask("GET", path, {.with_token = false});
        BOOST_TEST(answer.status == 200, path);
        BOOST_TEST(answer.header("Content-Type") == "application/json");
    }
    BOOST_TEST(get("/readyz").json()["status"].get<std::string>() == "ready");
    BOOST_TEST(get("/openapi.json").body == openapi_document);
}

// Every operation accepts each query parameter that the description gives it: none is refused as
// unknown.
BOOST_AUTO_TEST_CASE(described_parameters_are_known) {
    made("POST", "/api/products", {{"name", "p"}});
    const json document = json::parse(openapi_document);
    std::size_t asked_count = 0;
    for (const auto& [path, operations] : document["paths"].items()) {
        for (const auto& [method, operation] : operations.items()) {
            for (const json& parameter : operation.value("parameters", json::array())) {
                const json& known = resolved(document, parameter);
                if (known["in"] != "query") {
                    continue;
                }
                std::string target = path;
                for (std::size_t begin = target.find('{'); begin != std::string::npos;
                     begin = target.find('{')) {
                    target.replace(begin, target.find('}') - begin + 1,
                                   path.find("api-tokens") == std::string::npos ? "1" : "99");
                }
                if (method == "delete") {
                    target.replace(target.rfind('/') + 1, std::string::npos, "99");
                }
                std::string upper = method;
                for (char& c : upper) {
                    c = static_cast<char>(std::toupper(c));
                }
                const Answer answer =
                    ask(upper, fmt::format("{}?{}=%01", target, known["name"].get<std::string>()));
                BOOST_TEST(answer.body.find("has no parameter") == std::string::npos, answer.body);
                BOOST_TEST(answer.body.find("has no parameters") == std::string::npos, answer.body);
                ++asked_count;
            }
        }
    }
    BOOST_TEST(asked_count > 50);
}

BOOST_AUTO_TEST_CASE(metrics_count_requests_and_events) {
    made("POST", "/api/products", {{"name", "p"}});
    made("POST", "/api/products/1/threats", {{"name", "t"}, {"severity", "high"}});
    BOOST_TEST(get("/api/products/7").status == 404);
    BOOST_TEST(get("/api/products/1", "wrong").status == 401);
    BOOST_TEST(get("/nowhere").status == 404);
    const Answer answer = get("/metrics", issue_role("monitor"));
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.header("Content-Type").starts_with("text/plain; version=0.0.4"));
    for (const std::string line :
         {"threatatlas_log_position 4\n",
          "threatatlas_storage_memory_bytes{part=\"memory_tables\"} ",
          "threatatlas_storage_memory_bytes{part=\"cache\"} ",
          "threatatlas_storage_memory_bytes{part=\"open_files\"} ",
          "threatatlas_storage_files ",
          "threatatlas_commands_accepted_total 4\n",
          "threatatlas_group_commands_bucket{le=\"1\"} 4\n",
          "threatatlas_group_commands_sum 4\n",
          "threatatlas_group_commands_count 4\n",
          "threatatlas_sync_seconds_bucket{le=\"+Inf\"} 4\n",
          "threatatlas_sync_seconds_count 4\n",
          "threatatlas_storage_faults_total 0\n",
          "threatatlas_tokens_live 2\n",
          "threatatlas_failed_logins_total 1\n",
          "threatatlas_requests_total{method=\"GET\",route=\"/api/products/{product_id}\",status="
          "\"404\"} 1\n",
          "threatatlas_requests_total{method=\"GET\",route=\"/api/products/{product_id}\",status="
          "\"401\"} 1\n",
          "threatatlas_requests_total{method=\"POST\",route=\"/api/products\",status=\"201\"} "
          "1\n",
          "threatatlas_requests_total{method=\"\",route=\"\",status=\"404\"} 1\n",
          "threatatlas_request_seconds_bucket{method=\"GET\",route=\"/api/products/{product_id}\","
          "le=\"+Inf\"} 2\n",
          "threatatlas_request_seconds_count{method=\"GET\",route=\"/api/products/{product_id}\"} "
          "2\n",
          "threatatlas_product_threats{product_id=\"1\",severity=\"high\"} 1\n",
          "threatatlas_product_threats{product_id=\"1\",severity=\"unscored\"} 0\n",
          "threatatlas_product_mitigation_ratio{product_id=\"1\"} 0.00\n",
          "threatatlas_product_unmitigated_high{product_id=\"1\"} 1\n"}) {
        BOOST_TEST(answer.body.find(line) != std::string::npos, line << answer.body);
    }
}

BOOST_AUTO_TEST_CASE(metrics_distinguish_open_and_closed_threats) {
    made("POST", "/api/products", {{"name", "p"}});
    made("POST", "/api/products", {{"name", "q"}});
    const std::vector<json> threats{{{"name", "a"}, {"severity", "high"}},
                                    {{"name", "b"}, {"severity", "high"}},
                                    {{"name", "c"}, {"severity", "high"}},
                                    {{"name", "d"}, {"severity", "critical"}},
                                    {{"name", "e"}}};
    for (const json& threat : threats) {
        made("POST", "/api/products/1/threats", threat);
    }
    const std::string monitor = issue_role("monitor");
    const auto require_sample = [&](int product, const std::string& severity, int open) {
        const std::string line = fmt::format(
            "threatatlas_product_open_threats{{product_id=\"{}\",severity=\"{}\"}} {}\n", product,
            severity, open);
        const std::string text = get("/metrics", monitor).body;
        BOOST_TEST(text.find(line) != std::string::npos, line << text);
    };
    require_sample(1, "high", 3);
    require_sample(1, "critical", 1);
    require_sample(1, "low", 0);
    require_sample(1, "unscored", 1);
    require_sample(2, "high", 0);
    made("PATCH", "/api/products/1/threats/1", {{"status", "mitigated"}});
    made("PATCH", "/api/products/1/threats/2", {{"status", "accepted"}, {"reason", "known"}});
    made("PATCH", "/api/products/1/threats/3", {{"status", "in_progress"}});
    require_sample(1, "high", 1);
    require_sample(1, "critical", 1);
    // Threats that are no longer open still count for the gate.
    BOOST_TEST(
        get("/metrics", monitor)
            .body.find("threatatlas_product_threats{product_id=\"1\",severity=\"high\"} 3\n") !=
        std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_access_log_has_every_request_and_no_secret) {
    const std::string secret = issue_role("gate");
    get("/api/products?after=" + secret, secret);
    stop();
    std::istringstream lines(log());
    std::vector<json> requests;
    for (std::string line; std::getline(lines, line);) {
        const json entry = json::parse(line);
        BOOST_TEST(entry.contains("time"));
        if (entry["event"] == "request") {
            requests.push_back(entry);
        }
    }
    BOOST_TEST_REQUIRE(requests.size() == 2);
    BOOST_TEST(requests[0]["route"].get<std::string>() == "/api/api-tokens");
    BOOST_TEST(requests[0]["status"].get<int>() == 201);
    BOOST_TEST(requests[1]["status"].get<int>() == 403);
    BOOST_TEST(requests[1]["token"].get<std::string>() == "gate#2");
    BOOST_TEST(log().find(secret) == std::string::npos);
    BOOST_TEST(log().find(admin()) == std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_admin_token_is_created_only_if_there_is_none) {
    const auto permissions = std::filesystem::status(admin_token_file(data())).permissions();
    BOOST_TEST((permissions ==
                (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write)));
    for (const char* key : {"log-key", "attestation-key"}) {
        BOOST_TEST((std::filesystem::status(data() / key).permissions() == permissions));
    }
    const std::string issued = get("/api/events").body;
    stop();
    start();
    BOOST_TEST(get("/api/events").body == issued);
    BOOST_TEST(get("/api/events").lines().size() == 1);
}

BOOST_AUTO_TEST_CASE(a_restart_keeps_the_log) {
    made("POST", "/api/products", {{"name", "p"}});
    const std::string before = get("/api/events").body;
    for (int i = 0; i < 3; ++i) {
        stop();
        start();
        BOOST_TEST(get("/api/events").body == before);
    }
    made("POST", "/api/products", {{"name", "q"}});
    BOOST_TEST(get("/api/products/2").status == 200);
}

BOOST_FIXTURE_TEST_CASE(a_clock_in_doubt_is_reported_and_stops_writes, ApiFixture) {
    using namespace std::chrono_literals;
    stop();
    guards_clock = true;
    start();
    made("POST", "/api/products", {{"name", "P"}});
    const auto register_another = [&] { return send("POST", "/api/products", {{"name", "Q"}}); };
    const auto times_said = [&](const std::string& event) {
        std::size_t count = 0;
        const std::string text = log();
        const std::string member = R"("event":")" + event + '"';
        for (auto at = text.find(member); at != std::string::npos; at = text.find(member, at + 1)) {
            ++count;
        }
        return count;
    };
    const auto wait_until_said = [&](const std::string& event, std::size_t count) {
        BOOST_TEST(testing::eventually([&] { return times_said(event) >= count; }), event);
        BOOST_TEST(times_said(event) == count, event);
    };
    std::size_t said = 0;
    std::size_t recovered = 0;
    for (const auto distance : {-2h, 2h}) {
        clock.advance(1s);
        const std::uint64_t end = get("/api/events?limit=1000").lines().size();
        const std::string expected = format_instant(clock.now());
        clock.step(distance);
        const Answer ready = get("/readyz");
        BOOST_TEST(ready.status == 503);
        BOOST_TEST(ready.json()["status"].get<std::string>() == "clock_in_doubt");
        const auto why = ready.json()["detail"].get<std::string>();
        BOOST_TEST(why.find(expected) != std::string::npos, why);
        BOOST_TEST(why.find(format_instant(clock.now())) != std::string::npos, why);
        for (int i = 0; i < 3; ++i) {
            BOOST_TEST(register_another().status == 503);
        }
        wait_until_said("clock", ++said);
        BOOST_TEST(get("/api/events?limit=1000").lines().size() == end);
        // Queries are judged by the expected time.
        BOOST_TEST(get("/api/products/1/security-status?as_of=" + expected).status == 200);
        // The doubt survives a restart of the program.
        stop();
        start();
        clock.advance(1s);
        BOOST_TEST(get("/readyz").status == 503);
        BOOST_TEST(register_another().status == 503);
        wait_until_said("clock", ++said);
        clock.step(-distance);
        BOOST_TEST(get("/readyz").status == 200);
        BOOST_TEST(register_another().status == 201);
        wait_until_said("clock_recovered", ++recovered);
    }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
