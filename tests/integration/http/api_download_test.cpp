#include <atomic>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "events/limits.hpp"
#include "export/report.hpp"
#include "http/ops/service_limits.hpp"
#include "support/api_fixture.hpp"

BOOST_AUTO_TEST_SUITE(api_download_test)

using namespace threatatlas;
using namespace threatatlas::exports;
using namespace threatatlas::ops;
using namespace threatatlas::testing;
using nlohmann::json;

namespace {

std::string path_of(const ReportForm& form, const std::string& query = {}) {
    return fmt::format("/api/products/1/download/{}{}", form.name, query);
}

struct Site : ApiFixture {
    Site() {
        made("POST", "/api/products", {{"name", "Döner & Söhne"}});
        made("POST", "/api/products/1/threats", {{"name", "Replay"}, {"severity", "high"}});
        made("POST", "/api/products/1/threats", {{"name", "Spoofing"}, {"severity", "low"}});
        clock.set("2026-11-25T12:00:00Z");
        made("PATCH", "/api/products/1/threats/1", {{"status", "mitigated"}});
        clock.set("2026-11-27T12:00:00Z");
    }

    std::string fine(const std::string& target) const {
        const Answer answer = get(target);
        BOOST_TEST_REQUIRE(answer.status == 200, answer.body);
        return answer.body;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(downloads, Site)

BOOST_AUTO_TEST_CASE(every_download_has_its_content_type) {
    for (const ReportForm& form : report_forms()) {
        const Answer answer = get(path_of(form));
        BOOST_TEST_CONTEXT(form.name) {
            BOOST_TEST(answer.status == 200);
            BOOST_TEST(answer.header("Content-Type") == form.content_type);
            BOOST_TEST(answer.header("X-Content-Type-Options") == "nosniff");
            // The test's client percent-decodes the field.
            BOOST_TEST(answer.header("Content-Disposition") ==
                       fmt::format("attachment; filename=\"D-ner-S-hne-threat-model-2026-11-25{0}\""
                                   "; filename*=UTF-8''Döner-Söhne-threat-model-2026-11-25{0}",
                                   form.suffix));
            BOOST_TEST(!answer.body.empty());
        }
    }
}

BOOST_AUTO_TEST_CASE(an_html_report_has_a_restrictive_policy) {
    const Answer page = get("/api/products/1/download/report");
    const std::string policy = page.header("Content-Security-Policy");
    BOOST_TEST(policy.starts_with("default-src 'none'; style-src 'sha256-"));
    BOOST_TEST(policy.find("unsafe") == std::string::npos);
    // The page contains the same policy, for use as a local file.
    BOOST_TEST(page.body.find(policy.substr(0, policy.find("; base-uri"))) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(head_is_the_answer_without_its_body) {
    for (const ReportForm& form : report_forms()) {
        const Answer whole = get(path_of(form));
        const Answer head = ask("HEAD", path_of(form));
        BOOST_TEST(head.status == 200);
        BOOST_TEST(head.body.empty());
        for (const char* field : {"Content-Length", "Content-Type", "ETag"}) {
            BOOST_TEST(head.header(field) == whole.header(field));
        }
        BOOST_TEST(head.header("Content-Length") == std::to_string(whole.body.size()));
    }
}

BOOST_AUTO_TEST_CASE(the_default_as_of_is_the_newest_event) {
    for (const ReportForm& form : report_forms()) {
        const std::string now = fine(path_of(form));
        clock.advance(std::chrono::hours{1});
        made("POST", "/api/products", {{"name", "Another"}});
        BOOST_TEST((fine(path_of(form)) == now), form.name);
        BOOST_TEST((fine(path_of(form, "?as_of=2026-11-25T12:00:00Z")) == now), form.name);
        BOOST_TEST((fine(path_of(form, "?as_of=2026-11-27")) == now), form.name);
        BOOST_TEST((fine(path_of(form, "?at_position=5")) == now), form.name);
    }
}

BOOST_AUTO_TEST_CASE(answers_about_the_past_do_not_change) {
    for (const ReportForm& form : report_forms()) {
        const std::string target = path_of(form, "?as_of=2026-11-24");
        const std::string then = fine(target);
        BOOST_TEST((then != fine(path_of(form))), form.name);
        clock.advance(std::chrono::hours{1});
        made("POST", "/api/products/1/threats", {{"name", std::string(form.name)}});
        BOOST_TEST((fine(target) == then), form.name);
    }
    const json model = json::parse(fine("/api/products/1/download/model.json?as_of=2026-11-24"));
    BOOST_TEST(model["as_of"] == "2026-11-24T23:59:59.999999Z");
    BOOST_TEST(model["threats"][0]["status"] == "identified");
}

BOOST_AUTO_TEST_CASE(the_verdict_uses_the_requested_thresholds) {
    const std::string target = "/api/products/1/download/model.json";
    BOOST_TEST(json::parse(fine(target))["verdict"]["conditions"].size() == 3u);
    const json asked = json::parse(
        fine(target + "?min_mitigation_ratio=0.5&fail_on_critical=1&min_threats=3"))["verdict"];
    BOOST_TEST(asked["conditions"].size() == 3u);
    BOOST_TEST(asked["conditions"][2]["rule"] == "min_threats");
    BOOST_TEST(asked["pass"] == false);
    BOOST_TEST(asked["thresholds_given"] == true);
}

BOOST_AUTO_TEST_CASE(parameters_are_as_strict_as_those_of_the_gate) {
    for (const ReportForm& form : report_forms()) {
        const Answer slip = get(path_of(form, "?fail_on_crtical=true"));
        BOOST_TEST(slip.status == 422);
        BOOST_TEST(slip.body.find("fail_on_critical") != std::string::npos);
        for (const char* query :
             {"?as_of=2026-11-24&as_of=2026-11-24", "?min_mitigation_ratio=2", "?format=1",
              "?as_of=2027-01-01", "?at_position=4000", "?as_of=2026-11-24&at_position=1"}) {
            BOOST_TEST(get(path_of(form, query)).status == 422, query);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_tag_names_the_bytes) {
    for (const ReportForm& form : report_forms()) {
        const std::string tag = get(path_of(form)).header("ETag");
        BOOST_TEST(tag.starts_with("\""));
        const auto again = [&](const std::string& query) {
            return ask("GET", path_of(form, query), {.headers = {{"If-None-Match", tag}}});
        };
        BOOST_TEST(again("").status == 304);
        BOOST_TEST(again("").body.empty());
        BOOST_TEST(again("?at_position=5").status == 304);
        for (const char* query :
             {"?as_of=2026-11-24", "?as_of=2026-11-26", "?fail_on_critical=true", "?min_threats=0",
              "?min_mitigation_ratio=0.7"}) {
            BOOST_TEST(again(query).status == 200, query);
        }
    }
}

// More requests than background threads: the others are queued.
BOOST_AUTO_TEST_CASE(many_concurrent_reports_all_complete) {
    std::vector<std::thread> clients;
    std::atomic<int> unexpected = 0;
    for (std::size_t i = 0; i < 4 * ops::limits::background_threads_max; ++i) {
        clients.emplace_back([&] {
            for (int round = 0; round < 5; ++round) {
                unexpected += get("/api/products/1/download/bundle").status == 200 ? 0 : 1;
            }
        });
    }
    for (std::thread& client : clients) {
        client.join();
    }
    BOOST_TEST(unexpected == 0);
}

BOOST_AUTO_TEST_CASE(a_product_may_be_too_large_for_a_report) {
    const std::size_t each = ops::limits::report_objects_max / 3 + 1;
    std::string items;
    for (std::size_t i = 0; i < each; ++i) {
        items += "{\"type\":\"threat.identified\",\"data\":{\"name\":\"t\"}}\n";
    }
    for (int i = 0; i < 3; ++i) {
        BOOST_TEST_REQUIRE(
            ask("POST", "/api/products/1/events", {.body = items, .type = "application/x-ndjson"})
                .status == 200);
    }
    const Answer answer = get("/api/products/1/download/report.md");
    BOOST_TEST(answer.status == 422);
    BOOST_TEST(answer.json()["detail"].get<std::string>().find("50000") != std::string::npos,
               answer.body);
    // The gate is not affected.
    fine("/api/products/1/security-status");
}

BOOST_AUTO_TEST_CASE(every_role_except_monitor_may_download) {
    made("POST", "/api/products", {{"name", "Another"}});
    const std::string gate =
        issue({{"name", "ci"}, {"role", "gate"}, {"product_ids", json::array({1})}});
    const std::string other =
        issue({{"name", "ci"}, {"role", "gate"}, {"product_ids", json::array({2})}});
    for (const ReportForm& form : report_forms()) {
        BOOST_TEST(get(path_of(form), gate).status == 200);
        BOOST_TEST(get(path_of(form, "?as_of=2026-11-24"), gate).status == 200);
        BOOST_TEST(get(path_of(form), issue_role("auditor")).status == 200);
        BOOST_TEST(get(path_of(form), issue_role("monitor")).status == 403);
        BOOST_TEST(ask("GET", path_of(form), {.with_token = false}).status == 401);
        BOOST_TEST(get(path_of(form), other).status == 404);
    }
}

BOOST_AUTO_TEST_CASE(a_missing_object_is_not_found) {
    BOOST_TEST(get("/api/products/1/download/report.pdf").status == 404);
    BOOST_TEST(get("/api/products/1/download").status == 404);
    BOOST_TEST(get("/api/products/9/download/report.md").status == 404);
    BOOST_TEST(get("/api/products/9/download/report.md?nonsense=1").status == 404);
    BOOST_TEST(get("/api/products/1/download/report.md?as_of=2025-01-01").status == 404);
    BOOST_TEST(ask("DELETE", "/api/products/1").status == 204);
    BOOST_TEST(get("/api/products/1/download/report.md").status == 404);
    BOOST_TEST(get("/api/products/1/download/report.md?as_of=2026-11-24").status == 200);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
