// The gate's answer in the forms of other tools, over HTTP. The forms themselves are tested in
// tests/unit/export.

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "export/status_forms.hpp"
#include "support/api_fixture.hpp"

BOOST_AUTO_TEST_SUITE(api_gate_forms_test)

using namespace threatatlas;
using namespace threatatlas::exports;
using namespace threatatlas::testing;
using nlohmann::json;

namespace {

const std::string gate_path = "/api/products/1/security-status";

std::string path_of(const StatusForm& form, const std::string& query = {}) {
    return fmt::format("{}{}{}", gate_path, form.suffix, query);
}

struct Forms : ApiFixture {
    Forms() {
        made("POST", "/api/products", {{"name", "Payments API"}});
        made("POST", "/api/products/1/threats",
             {{"name", "Early"}, {"severity", "critical"}, {"category", "Spoofing"}});
        clock.set("2026-11-25T12:00:00Z");
        made("POST", "/api/products/1/threats", {{"name", "Late"}, {"severity", "high"}});
        made("POST", "/api/products/1/threats",
             {{"name", "Borne"}, {"severity", "low"}, {"status", "accepted"}, {"reason", "cheap"}});
        clock.set("2026-11-27T12:00:00Z");
    }

    std::string fine(const std::string& target) const {
        const Answer answer = get(target);
        BOOST_TEST_REQUIRE(answer.status == 200, target << ": " << answer.body);
        return answer.body;
    }
    Answer with_accept(const std::string& accept, const std::string& query = {}) const {
        return ask("GET", gate_path + query, {.headers = {{"Accept", accept}}});
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(forms, Forms)

BOOST_AUTO_TEST_CASE(each_form_has_its_type_and_judges_by_the_thresholds) {
    for (const StatusForm& form : status_forms()) {
        const Answer answer = get(path_of(form, "?fail_on_critical=true&min_threats=7"));
        BOOST_TEST_CONTEXT(form.suffix) {
            BOOST_TEST(answer.status == 200);
            BOOST_TEST(answer.header("Content-Type") == form.content_type);
            BOOST_TEST(answer.header("X-Content-Type-Options") == "nosniff");
            BOOST_TEST(answer.body.find("3 threat(s) on record, at least 7 expected") !=
                       std::string::npos);
            BOOST_TEST((answer.body.find("Early") != std::string::npos) == form.needs_threats);
            BOOST_TEST(fine(path_of(form)).find("at least 7") == std::string::npos);
        }
    }
}

BOOST_AUTO_TEST_CASE(answers_about_the_past_do_not_change) {
    for (const StatusForm& form : status_forms()) {
        const std::string query = "?fail_on_critical=true&min_threats=2";
        const std::string target = path_of(form, query + "&as_of=2026-11-24");
        const std::string then = fine(target);
        BOOST_TEST(then.find("1 threat(s) on record") != std::string::npos, then);
        BOOST_TEST(then.find("Late") == std::string::npos);
        BOOST_TEST((fine(path_of(form, query + "&at_position=3")) == then), form.suffix);
        BOOST_TEST((fine(path_of(form, query)) != then), form.suffix);
        clock.advance(std::chrono::hours{1});
        made("PATCH", "/api/products/1/threats/1", {{"name", std::string(form.suffix)}});
        BOOST_TEST((fine(target) == then), form.suffix);
    }
}

BOOST_AUTO_TEST_CASE(the_next_answer_contains_an_acknowledged_write) {
    for (const StatusForm& form : status_forms()) {
        for (int i = 0; i < 20; ++i) {
            const std::string name = fmt::format("New {}{}", form.suffix, i);
            made("PATCH", "/api/products/1/threats/2", {{"name", name}});
            const std::string body = fine(path_of(form));
            BOOST_TEST((body.find(name) != std::string::npos) == form.needs_threats);
        }
    }
}

BOOST_AUTO_TEST_CASE(accept_selects_a_form_only_if_it_is_preferred_to_json) {
    const std::string json_now = fine(gate_path);
    const auto is_json = [&](const Answer& answer) {
        return answer.status == 200 && answer.body == json_now;
    };
    for (const char* accept :
         {"*/*", "application/json", "application/*", "image/png", "text/html, */*;q=0.8",
          "application/json, text/plain, */*", "text/markdown, */*", "text/markdown;q=0",
          "nonsense", "application/sarif+json, application/json", "",
          "text/markdown;q=0.5, */*;q=0.6",
          "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/markdown;q=2",
          "text/markdown;q=1.0001", "text/markdown;q=x", ";;;,,,=/"}) {
        BOOST_TEST(is_json(with_accept(accept)), accept);
    }
    for (const StatusForm& form : status_forms()) {
        if (form.media_type.empty()) {
            continue;
        }
        const std::string type(form.media_type);
        for (const std::string& accept :
             {type, type + ", */*;q=0.1", "application/json;q=0.999, " + type,
              "*/*;q=0.5, " + type + "; charset=utf-8; q=0.6", type + " ;Q=0.001"}) {
            const Answer answer = with_accept(accept, "?fail_on_critical=1");
            BOOST_TEST(answer.header("Content-Type") == form.content_type, accept);
            BOOST_TEST((answer.body == fine(path_of(form, "?fail_on_critical=1"))), accept);
        }
    }
    BOOST_TEST(with_accept("TEXT/Markdown").body.starts_with("### "));
    BOOST_TEST(with_accept("text/*").body.starts_with("### "));
    BOOST_TEST(with_accept("application/sarif+json", "?model_path=a").status == 200);
    BOOST_TEST(with_accept("*/*", "?model_path=a").status == 422);
    const std::string past = with_accept("text/markdown", "?as_of=2026-11-24").body;
    BOOST_TEST((past == fine(gate_path + ".md?as_of=2026-11-24")));
}

BOOST_AUTO_TEST_CASE(a_tag_names_the_form_and_the_question) {
    for (const StatusForm& form : status_forms()) {
        const std::string tag = get(path_of(form)).header("ETag");
        BOOST_TEST(tag.starts_with("\""), form.suffix);
        const auto again = [&](const std::string& target) {
            return ask("GET", target, {.headers = {{"If-None-Match", tag}}});
        };
        BOOST_TEST(again(path_of(form)).status == 304);
        BOOST_TEST(again(path_of(form)).body.empty());
        for (const char* query :
             {"?as_of=2026-11-24", "?fail_on_critical=true", "?min_threats=0"}) {
            BOOST_TEST(again(path_of(form, query)).status == 200, query);
        }
        if (form.takes_model_path) {
            BOOST_TEST(again(path_of(form, "?model_path=a")).status == 200);
            const std::string of_a = get(path_of(form, "?model_path=a")).header("ETag");
            BOOST_TEST(of_a != get(path_of(form, "?model_path=b")).header("ETag"));
        }
        for (const StatusForm& other : status_forms()) {
            BOOST_TEST(again(path_of(other)).status == (&other == &form ? 304 : 200));
        }
        BOOST_TEST(again(gate_path).status == 200);
    }
    for (const StatusForm& form : status_forms()) {
        const std::string tag = get(path_of(form)).header("ETag");
        made("PATCH", "/api/products/1/threats/1", {{"comments", std::string(form.suffix)}});
        BOOST_TEST(get(path_of(form)).header("ETag") != tag);
    }
}

BOOST_AUTO_TEST_CASE(head_is_the_answer_without_its_body) {
    for (const StatusForm& form : status_forms()) {
        const Answer whole = get(path_of(form));
        const Answer head = ask("HEAD", path_of(form));
        BOOST_TEST(head.status == 200);
        BOOST_TEST(head.body.empty());
        for (const char* field : {"Content-Length", "Content-Type", "ETag"}) {
            BOOST_TEST(head.header(field) == whole.header(field));
        }
    }
}

BOOST_AUTO_TEST_CASE(parameters_are_as_strict_as_those_of_the_gate) {
    for (const StatusForm& form : status_forms()) {
        const Answer slip = get(path_of(form, "?fail_on_crtical=true"));
        BOOST_TEST(slip.status == 422);
        BOOST_TEST(slip.body.find("fail_on_critical") != std::string::npos);
        for (const char* query :
             {"?as_of=2026-11-24&as_of=2026-11-24", "?min_mitigation_ratio=2", "?format=1",
              "?as_of=2027-01-01", "?at_position=4000", "?as_of=2026-11-24&at_position=1",
              "?model_path=a&model_path=b"}) {
            BOOST_TEST(get(path_of(form, query)).status == 422, query);
        }
        BOOST_TEST(get(path_of(form, "?model_path=a")).status ==
                   (form.takes_model_path ? 200 : 422));
    }
}

BOOST_AUTO_TEST_CASE(model_path_is_the_place_of_every_result) {
    const std::string query = "?model_path=docs/a%20b/%C3%A4%25.json";
    const json sarif = json::parse(fine(gate_path + ".sarif" + query));
    for (const json& result : sarif["runs"][0]["results"]) {
        BOOST_TEST(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] ==
                   "docs/a%20b/%C3%A4%25.json");
    }
    const json report = json::parse(fine(gate_path + ".gitlab.json" + query));
    BOOST_TEST(report[0]["location"]["path"] == "docs/a b/ä%.json");
}

BOOST_AUTO_TEST_CASE(a_model_path_outside_the_repository_is_refused) {
    for (const StatusForm& form : status_forms()) {
        if (!form.takes_model_path) {
            continue;
        }
        for (const std::string& path :
             {std::string(), std::string("/etc/passwd"), std::string(".."), std::string("a/../b"),
              std::string("./a"), std::string("a//b"), std::string("a/"), std::string("C:/a"),
              std::string("a%5Cb"), std::string("a%0Ab"), std::string("%C3"), std::string("a%7Fb"),
              std::string("a%C2%85b"), std::string("https://a/b"), std::string("%2E%2E/a"),
              std::string("a%2F..%2Fb"), std::string(1'001, 'a')}) {
            const Answer answer = get(path_of(form, "?model_path=" + path));
            BOOST_TEST(answer.status == 422, path);
            BOOST_TEST(answer.json()["detail"].get<std::string>().starts_with(
                           "Invalid parameter model_path. Give the path of a file in the "
                           "repository"),
                       answer.body);
        }
        for (const std::string& path :
             {std::string("a"), std::string("..a/.b"), std::string("ab:c"), std::string(1'000, 'a'),
              std::string("a%22%27b")}) {
            BOOST_TEST(get(path_of(form, "?model_path=" + path)).status == 200, path);
        }
    }
}

BOOST_AUTO_TEST_CASE(forms_need_the_right_to_ask_the_gate) {
    made("POST", "/api/products", {{"name", "Another"}});
    const std::string own =
        issue({{"name", "ci"}, {"role", "gate"}, {"product_ids", json::array({1})}});
    const std::string other =
        issue({{"name", "ci"}, {"role", "gate"}, {"product_ids", json::array({2})}});
    const std::string monitor = issue_role("monitor");
    for (const StatusForm& form : status_forms()) {
        BOOST_TEST(get(path_of(form), own).status == 200);
        BOOST_TEST(get(path_of(form), other).status == 404);
        BOOST_TEST(get(path_of(form, "?model_path=.."), other).status == 404);
        BOOST_TEST(get(path_of(form), monitor).status == 403);
        BOOST_TEST(ask("GET", path_of(form), {.with_token = false}).status == 401);
        BOOST_TEST(ask("POST", path_of(form)).status == 405);
        if (!form.media_type.empty()) {
            const std::string type(form.media_type);
            BOOST_TEST(
                ask("GET", gate_path, {.token = other, .headers = {{"Accept", type}}}).status ==
                404);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_missing_object_is_not_found) {
    for (const StatusForm& form : status_forms()) {
        const std::string missing = fmt::format("/api/products/9/security-status{}", form.suffix);
        BOOST_TEST(get(missing).status == 404);
        BOOST_TEST(get(missing + "?nonsense=1").status == 404);
        BOOST_TEST(get(missing + "?model_path=..").status == 404);
        BOOST_TEST(get(path_of(form, "?as_of=2025-01-01")).status == 404);
    }
    BOOST_TEST(get(gate_path + ".pdf").status == 404);
    BOOST_TEST(ask("DELETE", "/api/products/1").status == 204);
    for (const StatusForm& form : status_forms()) {
        BOOST_TEST(get(path_of(form)).status == 404);
        BOOST_TEST(get(path_of(form, "?as_of=2026-11-24")).status == 200);
    }
}

BOOST_AUTO_TEST_CASE(a_truncated_list_is_marked) {
    const std::size_t count = status_threats_max + 10;
    std::string items;
    for (std::size_t i = 0; i < count; ++i) {
        items += fmt::format(
            "{{\"type\":\"threat.identified\",\"data\":{{\"name\":\"t\",\"severity\":\"{}\"}}}}\n",
            i + 1 == count ? "critical" : "low");
    }
    BOOST_TEST_REQUIRE(
        ask("POST", "/api/products/1/events", {.body = items, .type = "application/x-ndjson"})
            .status == 200);
    for (const std::string query : {"", "?as_of=2026-11-27"}) {
        clock.advance(std::chrono::hours{24});
        const json run = json::parse(fine(gate_path + ".sarif" + query))["runs"][0];
        BOOST_TEST(run["results"].size() == status_threats_max);
        BOOST_TEST(run["results"][1]["properties"]["threat_id"] == count + 3);
        BOOST_TEST(run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]
                       .get<std::string>()
                       .ends_with(" 13 more are not listed."));
        BOOST_TEST(fine(gate_path + ".md" + query).size() < std::size_t{1} << 20U);
    }
}

BOOST_AUTO_TEST_CASE(forms_with_threats_run_with_the_limits_of_long_reads) {
    const auto rows = [&] { return long_reads_of_server().rows.load(); };
    for (const StatusForm& form : status_forms()) {
        const auto before = rows();
        fine(path_of(form));
        BOOST_TEST((rows() > before) == form.needs_threats, form.suffix);
    }
    const auto before = rows();
    with_accept("text/markdown");
    BOOST_TEST(rows() > before);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
