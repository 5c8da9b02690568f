#include <thread>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "support/api_fixture.hpp"

BOOST_AUTO_TEST_SUITE(api_gate_test)

using namespace threatatlas;
using namespace threatatlas::testing;
using nlohmann::json;

namespace {

const std::string gate = "/api/products/1/security-status";

// A product with threats of every severity and an unscored one; one threat is mitigated and one is
// covered.
struct Gate : ApiFixture {
    Gate() {
        made("POST", "/api/products", {{"name", "Payments API"}});
        for (const char* severity : {"critical", "high", "high", "medium", "low"}) {
            made("POST", "/api/products/1/threats", {{"name", "t"}, {"severity", severity}});
        }
        made("POST", "/api/products/1/threats", {{"name", "unscored"}});
        made("PATCH", "/api/products/1/threats/1", {{"status", "mitigated"}});
        made("POST", "/api/products/1/mitigations",
             {{"name", "m"}, {"status", "implemented"}, {"threat_ids", {2}}});
    }

    json ask_gate(const std::string& query = {}) const {
        const Answer answer = get(gate + query);
        BOOST_TEST_REQUIRE(answer.status == 200, answer.body);
        return answer.json();
    }
};

std::string without_generated_at(const std::string& body) {
    return body.substr(0, body.find(R"("generated_at")"));
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(the_gate, Gate)

BOOST_AUTO_TEST_CASE(members_are_in_the_order_of_the_contract) {
    const Answer answer = get(gate);
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.header("Content-Type") == "application/json");
    BOOST_TEST(
        answer.body ==
        R"({"product_id":1,"product_name":"Payments API","summary":{"total_threats":6,)"
        R"("by_severity":{"critical":1,"high":2,"medium":1,"low":1,"unscored":1},)"
        R"("mitigated_threats":1,"mitigation_ratio":0.16,"total_mitigations":1,)"
        R"("active_mitigations":1,"unmitigated_high":1},"pass":true,"failures":[],)"
        R"("conditions":[],"thresholds":{"fail_on_critical":false,)"
        R"("fail_on_unmitigated_high":false,"min_mitigation_ratio":null},"position":10,"recorded_at":"2026-11-23T12:00:00.000009Z",)"
        R"("generated_at":"2026-11-23T12:00:00.000009Z"})");
}

BOOST_AUTO_TEST_CASE(every_threshold_fails_and_passes) {
    struct Case {
        const char* query;
        bool pass;
        const char* failure;
    };
    const std::vector<Case> cases{
        {"fail_on_critical=true", false, "1 critical threat(s) require immediate attention"},
        {"fail_on_critical=off", true, nullptr},
        {"fail_on_unmitigated_high=yes", false,
         "1 high/critical threat(s) have no active mitigation"},
        {"min_mitigation_ratio=0.7", false,
         "Mitigation ratio 1/6 (16.66%) is below required threshold 70%"},
        {"min_mitigation_ratio=0.166666666", true, nullptr},
        {"min_mitigation_ratio=.1", true, nullptr},
        {"min_mitigation_ratio=0.16666666666666666", true, nullptr},
        {"min_mitigation_ratio=.16666666666666667", false,
         "Mitigation ratio 1/6 (16.66%) is below required threshold 16.666666666666667%"},
        {"min_mitigation_ratio=0.166666667", false,
         "Mitigation ratio 1/6 (16.66%) is below required threshold 16.6666667%"},
        {"fail_on_unscored=1", false, "1 threat(s) have no severity yet"},
        {"min_threats=6", true, nullptr},
        {"min_threats=7", false, "6 threat(s) on record, at least 7 expected"},
    };
    for (const Case& each : cases) {
        const json answer = ask_gate(std::string("?") + each.query);
        BOOST_TEST(answer["pass"].get<bool>() == each.pass, each.query);
        BOOST_TEST(answer["failures"].size() == (each.pass ? 0 : 1), each.query);
        if (each.failure != nullptr) {
            BOOST_TEST(answer["failures"][0].get<std::string>() == each.failure, each.query);
        }
    }
}

BOOST_AUTO_TEST_CASE(an_invalid_parameter_is_named) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"fail_on_crtical=true", "fail_on_crtical"},
        {"fail_on_critical=maybe", "fail_on_critical"},
        {"fail_on_critical=", "fail_on_critical"},
        {"fail_on_critical", "fail_on_critical"},
        {"fail_on_critical=true&fail_on_critical=true", "fail_on_critical"},
        {"min_mitigation_ratio=1.1", "min_mitigation_ratio"},
        {"min_mitigation_ratio=-0", "min_mitigation_ratio"},
        {"min_mitigation_ratio=%2B0.5", "min_mitigation_ratio"},
        {"min_mitigation_ratio=5e-1", "min_mitigation_ratio"},
        {"min_mitigation_ratio=0.123456789012345678", "min_mitigation_ratio"},
        {"min_mitigation_ratio=.", "min_mitigation_ratio"},
        {"min_mitigation_ratio=NaN", "min_mitigation_ratio"},
        {"min_threats=-1", "min_threats"},
        {"min_threats=1.0", "min_threats"},
        {"min_threats=99999999999999999999", "min_threats"},
        {"as_of=yesterday", "as_of"},
        {"as_of=2026-02-30", "as_of"},
        {"as_of=2026-11-23T12:00:00", "as_of"},
        {"as_of=2026-11-24", "as_of"},
        {"as_of=2026-11-23T12:00:01Z", "as_of"},
        {"at_position=11", "at_position"},
        {"at_position=x", "at_position"},
        {"at_position=18446744073709551615", "at_position"},
        {"at_position=3&as_of=2026-11-23", "at_position"},
        {"limit=3", "limit"},
    };
    for (const auto& [query, parameter] : cases) {
        const Answer answer = get(gate + "?" + query);
        BOOST_TEST_REQUIRE(answer.status == 422, query);
        BOOST_TEST(answer.header("Content-Type") == "application/problem+json");
        BOOST_TEST(answer.json()["errors"][0]["parameter"].get<std::string>() == parameter, query);
    }
    BOOST_TEST(get(gate + "?fail_on_crtical=true").body.find("fail_on_critical") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(answers_at_past_positions_do_not_change) {
    const json then_first = ask_gate("?at_position=2");
    BOOST_TEST(then_first["summary"]["total_threats"].get<int>() == 0);
    BOOST_TEST(then_first["position"].get<int>() == 2);
    for (int position = 3; position <= 8; ++position) {
        const json then = ask_gate("?at_position=" + std::to_string(position));
        BOOST_TEST(then["summary"]["total_threats"].get<int>() == position - 2);
        BOOST_TEST(then["position"].get<int>() == position);
        const json by_time = ask_gate("?as_of=" + then["recorded_at"].get<std::string>());
        BOOST_TEST(by_time["position"] == then["position"]);
    }
}

BOOST_AUTO_TEST_CASE(a_position_within_a_transaction_selects_the_previous_state) {
    const Answer bulk = ask("POST", "/api/products/1/events",
                            {.body = R"([{"type":"threat.identified","data":{"name":"a"}},)"
                                     R"({"type":"threat.identified","data":{"name":"b"}}])"});
    BOOST_TEST_REQUIRE(bulk.status == 200);
    BOOST_TEST(ask_gate("?at_position=11")["position"].get<int>() == 10);
    BOOST_TEST(ask_gate("?at_position=12")["position"].get<int>() == 12);
}

BOOST_AUTO_TEST_CASE(a_product_has_no_answer_before_its_registration) {
    for (const char* query :
         {"?as_of=2026-11-22", "?as_of=2026-11-23T11:59:59.999999Z", "?at_position=1",
          "?at_position=0", "?as_of=0001-01-01", "?as_of=1969-12-31T23:59:59Z"}) {
        const Answer answer = get(gate + query);
        BOOST_TEST(answer.status == 404, query);
        BOOST_TEST(answer.json()["detail"].get<std::string>().find("2026-11-23T12:00:00.000001Z") !=
                       std::string::npos,
                   answer.body);
    }
}

BOOST_AUTO_TEST_CASE(offsets_and_dates_are_understood) {
    clock.set("2026-11-25T00:00:00Z");
    made("POST", "/api/products/1/threats", {{"name", "late"}});
    BOOST_TEST(ask_gate("?as_of=2026-11-24")["position"].get<int>() == 10);
    BOOST_TEST(ask_gate("?as_of=2026-11-24T01:00:00+02:00")["position"].get<int>() == 10);
    BOOST_TEST(ask_gate("?as_of=2026-11-24T01:00:00%2B02:00")["position"].get<int>() == 10);
    BOOST_TEST(ask_gate("?as_of=2026-11-25")["position"].get<int>() == 11);
    BOOST_TEST(ask_gate("?as_of=2026-11-24T23:59:59.9999999999Z")["position"].get<int>() == 10);
}

BOOST_AUTO_TEST_CASE(answers_about_the_past_keep_their_bytes) {
    std::map<std::string, std::string> answers;
    clock.set("2026-11-23T13:00:00Z");
    for (int position = 2; position <= 10; ++position) {
        const std::string query = "?fail_on_critical=1&at_position=" + std::to_string(position);
        answers[query] = without_generated_at(get(gate + query).body);
    }
    // Up to the current instant: everything recorded later gets a later time.
    const std::string now = "?as_of=2026-11-23T13:00:00Z";
    answers[now] = without_generated_at(get(gate + now).body);
    made("PATCH", "/api/products/1", {{"name", "Another name"}});
    BOOST_TEST(ask("DELETE", "/api/products/1/threats/1?reason=x").status == 204);
    clock.set("2027-11-23T12:00:00Z");
    stop();
    start();
    for (const auto& [query, body] : answers) {
        BOOST_TEST(without_generated_at(get(gate + query).body) == body, query);
    }
}

BOOST_AUTO_TEST_CASE(a_clock_step_back_does_not_change_the_order) {
    clock.set("2026-11-20T00:00:00Z");
    made("POST", "/api/products/1/threats", {{"name", "t"}});
    const json answer = ask_gate();
    BOOST_TEST(answer["recorded_at"].get<std::string>() == "2026-11-23T12:00:00.000010Z");
    BOOST_TEST(ask_gate("?as_of=2026-11-23T12:00:00.000010Z")["position"].get<int>() == 11);
    BOOST_TEST(get(gate + "?as_of=2026-11-23T12:00:00.000011Z").status == 422);
}

BOOST_AUTO_TEST_CASE(an_unchanged_answer_is_304) {
    const Answer first = get(gate);
    const std::string tag = first.header("ETag");
    BOOST_TEST(tag.starts_with("W/\""));
    const auto again = [&](const std::string& target) {
        return ask("GET", target, {.headers = {{"If-None-Match", tag}}});
    };
    BOOST_TEST(again(gate).status == 304);
    BOOST_TEST(again(gate).body == "");
    BOOST_TEST(again(gate).header("ETag") == tag);
    BOOST_TEST(again(gate + "?fail_on_crtical=1").status == 422);
    made("POST", "/api/products/1/threats", {{"name", "t"}});
    const Answer changed = again(gate);
    BOOST_TEST(changed.status == 200);
    BOOST_TEST(changed.header("ETag") != tag);
    // A different query has a different tag.
    BOOST_TEST(again(gate + "?at_position=10").status == 200);
    BOOST_TEST(again(gate + "?min_threats=9").status == 200);
}

BOOST_AUTO_TEST_CASE(concurrent_answers_are_never_stale_or_torn) {
    constexpr int writes = 60;
    std::atomic<int> acknowledged = 6;
    std::atomic<bool> done = false;
    std::vector<std::thread> readers;
    std::atomic<int> faults = 0;
    for (int i = 0; i < 4; ++i) {
        readers.emplace_back([&] {
            while (!done) {
                const int promised = acknowledged;
                const json summary = get(gate).json()["summary"];
                int by_severity = 0;
                for (const auto& count : summary["by_severity"]) {
                    by_severity += count.get<int>();
                }
                const int total = summary["total_threats"].get<int>();
                faults += total < promised || total != by_severity ? 1 : 0;
            }
        });
    }
    for (int i = 0; i < writes; ++i) {
        made("POST", "/api/products/1/threats", {{"name", "t"}, {"severity", "low"}});
        ++acknowledged;
    }
    done = true;
    for (auto& reader : readers) {
        reader.join();
    }
    BOOST_TEST(faults == 0);
    BOOST_TEST(ask_gate()["summary"]["total_threats"].get<int>() == 6 + writes);
}

BOOST_AUTO_TEST_CASE(an_archived_product_answers_only_about_its_past) {
    BOOST_TEST(ask("DELETE", "/api/products/1").status == 204);
    const Answer now = get(gate);
    BOOST_TEST(now.status == 404);
    BOOST_TEST(now.json()["detail"].get<std::string>().find("archived") != std::string::npos);
    BOOST_TEST(get(gate + "?as_of=2026-11-23").status == 404);
    BOOST_TEST(get(gate + "?at_position=11").status == 404);
    BOOST_TEST(ask_gate("?at_position=10")["summary"]["total_threats"].get<int>() == 6);
}

BOOST_AUTO_TEST_CASE(head_has_the_headers_of_get) {
    const Answer head = ask("HEAD", gate);
    const Answer get_answer = get(gate);
    BOOST_TEST(head.status == 200);
    BOOST_TEST(head.body == "");
    BOOST_TEST(head.header("ETag") == get_answer.header("ETag"));
    BOOST_TEST(head.header("Content-Length") == std::to_string(get_answer.body.size()));
}

BOOST_AUTO_TEST_CASE(a_target_in_absolute_form_is_the_same_target) {
    const Answer answer = get(fmt::format("http://127.0.0.1:{}{}?min_threats=7", port(), gate));
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(!answer.json()["pass"].get<bool>());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
