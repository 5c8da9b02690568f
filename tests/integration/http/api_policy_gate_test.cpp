// What the gate makes of policies: which ones apply, now and in the past, and when the answer
// changes.

#include <atomic>
#include <thread>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "support/api_fixture.hpp"

BOOST_AUTO_TEST_SUITE(api_policy_gate_test)

using namespace std::chrono_literals;
using namespace threatatlas;
using namespace threatatlas::testing;
using nlohmann::json;

namespace {

const std::string gate_path = "/api/products/1/security-status";

json rule(const std::string& kind, int limit, const json& more = json::object()) {
    json made{{"rule", kind}, {"limit", limit}};
    made.update(more);
    return made;
}
json policy(const std::vector<json>& rules, const json& more = json::object()) {
    json made{{"title", "T"}, {"rules", rules}};
    made.update(more);
    return made;
}

const json critical{{"severity", "critical"}};
const json high{{"severity", "high"}};
const json warns{{"mode", "warn"}};

// Product 1 has a critical threat (1) and two unscored ones (2, 3). The policy "web" allows no
// critical threat, "api" allows one unscored threat, "all" is kept.
struct Gated : ApiFixture {
    Gated() {
        made("POST", "/api/products", {{"name", "Shop"}});
        made("POST", "/api/products/1/threats", {{"name", "Forged"}, {"severity", "critical"}});
        made("POST", "/api/products/1/threats", {{"name", "Guessed"}});
        made("POST", "/api/products/1/threats", {{"name", "Heard"}});
        define("web", policy({rule("max_threats", 0, critical)}));
        define("api", policy({rule("max_unscored", 1)}));
        define("all", policy({rule("min_threats", 1)}));
    }

    void define(const std::string& name, const json& definition) const {
        made("PUT", "/api/policies/" + name, definition);
    }
    void assign(const json& name, bool enforced = false) const {
        json body{{"policy", name}};
        if (enforced) {
            body["enforced"] = true;
        }
        made("PUT", "/api/products/1/policy", body);
    }
    Answer ask_gate(const std::string& query = "") const {
        return get(gate_path + (query.empty() ? "" : "?") + query);
    }
    json gate(const std::string& query = "") const {
        const Answer answer = ask_gate(query);
        BOOST_TEST_REQUIRE(answer.status == 200, answer.body);
        return answer.json();
    }
    // The names of the policies that apply; "422" if the question is refused.
    std::string applied(const std::string& query = "") const {
        const Answer answer = ask_gate(query);
        if (answer.status != 200) {
            return std::to_string(answer.status);
        }
        std::string names;
        for (const char* const member : {"policy", "also_applied"}) {
            if (answer.json().contains(member)) {
                names += names.empty() ? "" : " ";
                names += answer.json()[member].at("name").get<std::string>();
            }
        }
        return names;
    }
    std::string day(int ahead) const {
        return base::format_day(base::day_of(clock.now()) + std::chrono::days{ahead});
    }
    // A moment at which nothing is recorded.
    std::string quiet_moment() {
        clock.advance(1s);
        const std::string then = base::format_instant(clock.now());
        clock.advance(1s);
        return then;
    }
};

std::string without_time(json answer) {
    answer.erase("generated_at");
    return answer.dump();
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(gate, Gated)

BOOST_AUTO_TEST_CASE(a_product_without_policy_is_answered_as_before) {
    const json before = gate("fail_on_critical=true");
    for (const char* const member : {"policy", "warnings", "also_applied"}) {
        BOOST_TEST(!before.contains(member));
    }
    assign("web");
    assign(nullptr);
    json after = gate("fail_on_critical=true");
    for (const char* const member : {"position", "version", "recorded_at", "updated_at"}) {
        if (after.contains(member)) {
            after[member] = before.at(member);
        }
    }
    BOOST_TEST(without_time(after) == without_time(before));
    BOOST_TEST(without_time(gate("fail_on_critical=true&policy=none")) ==
               without_time(gate("fail_on_critical=true")));
}

BOOST_AUTO_TEST_CASE(the_answer_explains_what_the_policy_says) {
    define("web", policy({rule("max_threats", 0, critical), rule("max_unscored", 0, warns),
                          rule("min_threats", 1)}));
    assign("web");
    const json answer = gate();
    BOOST_TEST(answer.at("pass") == false);
    BOOST_TEST(answer.at("failures").dump() ==
               R"(["Policy web: 1 critical threat(s), at most 0 allowed"])");
    BOOST_TEST(answer.at("warnings").dump() ==
               R"(["Policy web: 2 threat(s) have no severity yet, at most 0 allowed"])");
    BOOST_TEST(answer.at("conditions").at(0).dump() ==
               R"({"actual":1,"limit":0,"mode":"fail","pass":false,"policy":"web",)"
               R"("rule":"max_threats","severity":"critical","threat_ids":[1]})");
    BOOST_TEST(answer["conditions"].at(1).dump() ==
               R"({"actual":2,"limit":0,"mode":"warn","pass":false,"policy":"web",)"
               R"("rule":"max_unscored","threat_ids":[2,3]})");
    BOOST_TEST(answer["conditions"].at(2).dump() ==
               R"({"actual":3,"limit":1,"mode":"fail","pass":true,"policy":"web",)"
               R"("rule":"min_threats"})");
    BOOST_TEST(answer.at("policy").dump() ==
               R"({"enforced":false,"fails_on":null,"name":"web","version":2})");
    BOOST_TEST(!answer.contains("also_applied"));
}

BOOST_AUTO_TEST_CASE(a_question_chooses_the_policy_unless_one_is_enforced) {
    BOOST_TEST(applied() == "");
    BOOST_TEST(applied("policy=api") == "api");
    assign("web");
    BOOST_TEST(applied() == "web");
    BOOST_TEST(applied("policy=web") == "web");
    BOOST_TEST(applied("policy=api") == "api");
    BOOST_TEST(applied("policy=none") == "");
    assign("web", true);
    BOOST_TEST(applied() == "web");
    BOOST_TEST(applied("policy=web") == "web");
    BOOST_TEST(applied("policy=api") == "web api");
    BOOST_TEST(applied("policy=none") == "422");
    const json refused = ask_gate("policy=none").json();
    BOOST_TEST(refused.at("errors").at(0).at("parameter") == "policy");
    const json both = gate("policy=api&fail_on_critical=true&min_threats=9");
    BOOST_TEST(both.at("policy").at("enforced") == true);
    BOOST_TEST(both.at("also_applied") ==
               json({{"name", "api"}, {"version", 1}, {"enforced", false}}));
    BOOST_TEST(both.at("failures").size() == 4U);
    BOOST_TEST(both.at("conditions").at(0).at("rule") == "fail_on_critical");
    BOOST_TEST(both["conditions"].at(3).at("policy") == "api");
}

BOOST_AUTO_TEST_CASE(names_that_are_no_policy_are_refused) {
    for (const std::string name : {"other", "Web", "%2e%2e", "", "a%20b", "-web", "%F0%9F%98%80"}) {
        BOOST_TEST(applied("policy=" + name) == "422", name);
    }
    BOOST_TEST(applied("policy=" + std::string(65, 'x')) == "422");
    BOOST_TEST(applied("policy=web&policy=api") == "422");
    BOOST_TEST(applied("policy=NONE") == "422");
    BOOST_TEST(applied("policy_at=then") == "422");
    ask("DELETE", "/api/policies/api");
    BOOST_TEST(applied("policy=api") == "422");
}

BOOST_AUTO_TEST_CASE(the_past_is_judged_by_the_policies_of_then) {
    const std::string none = quiet_moment();
    assign("web");
    const std::string first = quiet_moment();
    define("web", policy({rule("max_threats", 1, critical)}));
    const std::string second = quiet_moment();
    assign("api", true);
    const std::string third = quiet_moment();
    ask("DELETE", "/api/policies/web");
    define("late", policy({rule("min_threats", 1)}));

    const auto verdict = [&](const std::string& query) {
        const json answer = gate(query);
        return fmt::format("{} {}", answer.at("pass").get<bool>(),
                           answer.contains("policy")
                               ? fmt::format("{}:{}", answer["policy"]["name"].get<std::string>(),
                                             answer["policy"]["version"].get<int>())
                               : "-");
    };
    BOOST_TEST(verdict("as_of=" + none) == "true -");
    BOOST_TEST(verdict("as_of=" + first) == "false web:1");
    BOOST_TEST(verdict("as_of=" + second) == "true web:2");
    BOOST_TEST(verdict("as_of=" + third) == "false api:1");
    BOOST_TEST(verdict("as_of=" + second + "&policy=api") == "false api:1");
    BOOST_TEST(verdict("as_of=" + second + "&policy=none") == "true -");
    BOOST_TEST(applied("as_of=" + third + "&policy=none") == "422");
    // The removed policy is still there in the past, and a later one is not.
    BOOST_TEST(verdict("as_of=" + third + "&policy=web") == "false api:1");
    BOOST_TEST(applied("as_of=" + third + "&policy=web") == "api web");
    BOOST_TEST(applied("policy=web") == "422");
    BOOST_TEST(applied("as_of=" + third + "&policy=late") == "422");
    BOOST_TEST(applied("as_of=" + none + "&policy=late") == "422");

    // policy_at=now: the policies and the assignment of now.
    BOOST_TEST(verdict("as_of=" + first + "&policy_at=now") == "false api:1");
    BOOST_TEST(applied("as_of=" + none + "&policy_at=now&policy=late") == "api late");
    BOOST_TEST(applied("as_of=" + none + "&policy_at=now&policy=none") == "422");
    BOOST_TEST(applied("policy_at=now") == "api");
    assign(nullptr);
    BOOST_TEST(verdict("as_of=" + first + "&policy_at=now") == "true -");
    BOOST_TEST(verdict("as_of=" + first) == "false web:1");
}

BOOST_AUTO_TEST_CASE(a_position_means_the_policies_at_its_time) {
    const auto log_end = [&] {
        return get("/api/events?limit=1000").lines().back().at("position").get<int>();
    };
    assign("web");
    const int assigned = log_end();
    define("web", policy({rule("max_threats", 1, critical)}));
    const int redefined = log_end();
    made("PATCH", "/api/products/1", {{"name", "Store"}});
    const int described = log_end();
    const auto version_at = [&](int position) {
        return gate(fmt::format("at_position={}", position)).at("policy").at("version").get<int>();
    };
    BOOST_TEST(version_at(assigned) == 1);
    BOOST_TEST(version_at(redefined) == 2);
    BOOST_TEST(version_at(described) == 2);
    BOOST_TEST(applied(fmt::format("at_position={}", assigned - 1)) == "");
}

BOOST_AUTO_TEST_CASE(the_tag_changes_with_the_version_and_the_day) {
    assign("api");
    const auto tag = [&](const std::string& query = "") { return ask_gate(query).header("ETag"); };
    const auto status = [&](const std::string& tag_before, const std::string& query = "") {
        return ask("GET", gate_path + (query.empty() ? "" : "?") + query,
                   {.headers = {{"If-None-Match", tag_before}}})
            .status;
    };
    const std::string first = tag();
    BOOST_TEST(status(first) == 304);
    clock.advance(1h);
    BOOST_TEST(status(first) == 304);
    define("web", policy({rule("min_threats", 7)}));  // another policy
    BOOST_TEST(status(first) == 304);
    define("api", policy({rule("max_unscored", 2)}));
    BOOST_TEST(status(first) == 200);
    const std::string second = tag();
    BOOST_TEST(second != first);
    // Other questions have other tags.
    for (const std::string query : {"policy=web", "policy=none", "fail_on_critical=true"}) {
        BOOST_TEST(tag(query) != second, query);
        BOOST_TEST(status(second, query) == 200, query);
        BOOST_TEST(status(tag(query), query) == 304, query);
    }
    assign("api", true);
    BOOST_TEST(status(second) == 200);
    const std::string third = tag();
    const base::Instant midnight = base::end_of(base::day_of(clock.now()));
    clock.advance(midnight - clock.now() - 1us);
    BOOST_TEST(status(third) == 304);
    clock.advance(1us);
    BOOST_TEST(status(third) == 200);
    // A policy that was removed and defined anew is another version.
    assign("web");
    const std::string named = tag("policy=api");
    ask("DELETE", "/api/policies/api");
    define("api", policy({rule("max_unscored", 2)}));
    BOOST_TEST(status(named, "policy=api") == 200);
}

BOOST_AUTO_TEST_CASE(the_tag_of_the_past_changes_with_the_assignment_of_now) {
    const std::string before = "as_of=" + quiet_moment();
    const std::string query = before + "&policy_at=now";
    const auto tag = [&](const std::string& of) { return ask_gate(of).header("ETag"); };
    const std::string past = tag(before);
    std::vector<std::string> tags{tag(query)};
    for (const auto& [name, enforced] :
         std::vector<std::pair<std::string, bool>>{{"web", false}, {"web", true}, {"api", true}}) {
        assign(name, enforced);
        tags.push_back(tag(query));
        BOOST_TEST(tags.back() != tags[tags.size() - 2],
                   name << (enforced ? " enforced" : " not enforced"));
    }
    BOOST_TEST(tag(before) == past);
}

BOOST_AUTO_TEST_CASE(a_policy_comes_into_effect_with_a_day) {
    define("web", policy({rule("max_threats", 0, critical)}, {{"effective_from", day(2)}}));
    assign("web", true);
    const std::string first_day = day(2);
    const json before = gate();
    BOOST_TEST(before.at("pass") == true);
    BOOST_TEST(before.at("warnings").size() == 1U);
    BOOST_TEST(before.at("policy").at("fails_on") == first_day);
    const json& condition = before.at("conditions").at(0);
    BOOST_TEST(condition.at("mode") == "warn");
    BOOST_TEST(condition.at("fails_from") == first_day);
    const std::string moment = quiet_moment();
    clock.set(first_day + "T00:00:00Z");
    const json after = gate();
    BOOST_TEST(after.at("pass") == false);
    BOOST_TEST(after.at("warnings").empty());
    BOOST_TEST(after.at("policy").at("fails_on").is_null());
    BOOST_TEST(!after.at("conditions").at(0).contains("fails_from"));
    // What was said then does not change. Nor does it with today's policies, whose day was ahead.
    BOOST_TEST(gate("as_of=" + moment).at("pass") == true);
    BOOST_TEST(gate("as_of=" + moment + "&policy_at=now").at("pass") == true);
    define("web", policy({rule("max_threats", 0, critical)}));
    BOOST_TEST(gate("as_of=" + moment).at("pass") == true);
    BOOST_TEST(gate("as_of=" + moment + "&policy_at=now").at("pass") == false);
}

BOOST_AUTO_TEST_CASE(reviews_count_for_the_rule_about_them) {
    define("web", policy({rule("max_days_since_review", 10)}));
    assign("web");
    BOOST_TEST(gate().at("policy").at("fails_on") == day(11));
    clock.advance(std::chrono::days{11});
    const json overdue = gate();
    BOOST_TEST(overdue.at("failures").at(0) ==
               "Policy web: Registered 11 day(s) ago and never reviewed, at most 10 allowed");
    const std::string moment = quiet_moment();
    BOOST_TEST(ask("POST", "/api/products/1/reviews").status == 200);
    BOOST_TEST(gate().at("pass") == true);
    BOOST_TEST(gate().at("policy").at("fails_on") == day(11));
    BOOST_TEST(gate("as_of=" + moment).at("pass") == false);
    clock.advance(std::chrono::days{11});
    BOOST_TEST(gate().at("failures").at(0) ==
               "Policy web: The last review is 11 day(s) ago, at most 10 allowed");
}

// The threats are read by another thread, as there may be many.
BOOST_AUTO_TEST_CASE(verdicts_that_need_threats_are_long_calls) {
    const auto rows_of = [&](const std::string& query) {
        const std::uint64_t before = long_reads_of_server().rows.load();
        gate(query);
        return long_reads_of_server().rows.load() - before;
    };
    define("old", policy({rule("max_open_days", 30, high)}));
    const std::string then = quiet_moment();
    BOOST_TEST(rows_of("policy=all") == 0U);
    BOOST_TEST(rows_of("policy=old") > 0U);
    BOOST_TEST(rows_of("policy=web") > 0U);  // broken: names the threats
    BOOST_TEST(rows_of("policy=web&as_of=" + then) > 0U);
    define("scored", policy({rule("max_threats", 1, critical), rule("min_threats", 9)}));
    BOOST_TEST(rows_of("policy=scored") == 0U);
    // Without a policy and if nothing has changed nothing is read.
    BOOST_TEST(rows_of("fail_on_critical=true") == 0U);
    const std::string tag = ask_gate("policy=old").header("ETag");
    const std::uint64_t before = long_reads_of_server().rows.load();
    BOOST_TEST(
        ask("GET", gate_path + "?policy=old", {.headers = {{"If-None-Match", tag}}}).status == 304);
    BOOST_TEST(long_reads_of_server().rows.load() == before);
}

BOOST_AUTO_TEST_CASE(a_long_verdict_has_the_headers_of_a_short_one) {
    define("old", policy({rule("max_open_days", 30, high)}));
    clock.advance(std::chrono::days{31});
    const Answer longer = ask_gate("policy=old");
    BOOST_TEST(longer.json().at("failures").at(0) ==
               "Policy old: 1 threat(s) of severity high or above open for more than 30 day(s), "
               "the oldest for 31");
    BOOST_TEST(longer.json().at("conditions").at(0).at("threat_ids").dump() == "[1]");
    const Answer shorter = ask_gate("policy=all");
    BOOST_TEST(longer.headers.size() == shorter.headers.size());
    for (const auto& [name, value] : shorter.headers) {
        BOOST_TEST(longer.headers.count(name) == shorter.headers.count(name), name);
    }
    BOOST_TEST(longer.headers.count("ETag") == 1U);
    // A mitigated threat is not open any more.
    made("PATCH", "/api/products/1/threats/1", {{"status", "mitigated"}});
    BOOST_TEST(gate("policy=old").at("pass") == true);
    BOOST_TEST(gate(fmt::format("policy=old&as_of={}T00:00:00Z", day(0))).at("pass") == false);
}

BOOST_AUTO_TEST_CASE(accepted_risks_count_unless_the_policy_ignores_them) {
    const std::string approver = issue_role("approver");
    const json request{{"threat_ids", {1}}, {"justification", "J"}, {"valid_until", day(5)}};
    BOOST_TEST_REQUIRE(ask("POST", "/api/products/1/acceptances",
                           {.token = issue_role("editor"), .body = request.dump()})
                           .status == 201);
    BOOST_TEST_REQUIRE(
        ask("POST", "/api/products/1/acceptances/1/approve", {.token = approver}).status == 200);
    const json accepted = gate("policy=web&fail_on_critical=true");
    BOOST_TEST(accepted.at("pass") == true);
    BOOST_TEST(accepted.at("policy").at("fails_on") == day(6));
    BOOST_TEST(accepted.at("acceptances").at("next_change").at("acceptance_ids").dump() == "[1]");
    BOOST_TEST(accepted.at("conditions").at(1).at("accepted") == 1);
    define("strict", policy({rule("min_threats", 1)}, {{"acceptances", {{"honoured", false}}}}));
    // The whole question ignores them.
    const json ignored = gate("policy=strict&fail_on_critical=true");
    BOOST_TEST(ignored.at("pass") == false);
    BOOST_TEST(ignored.at("conditions").at(0).at("actual") == 1);
    assign("strict", true);
    BOOST_TEST(gate("policy=web").at("pass") == false);
    BOOST_TEST(gate("policy=web&acceptances=ignore").at("pass") == false);
}

BOOST_AUTO_TEST_CASE(a_policy_limits_new_acceptances) {
    define("web", policy({rule("min_threats", 0)}, {{"acceptances", {{"max_days", 30}}}}));
    assign("web");
    const auto request = [&](int days) {
        return send("POST", "/api/products/1/acceptances",
                    {{"threat_ids", {1}}, {"justification", "J"}, {"valid_until", day(days)}});
    };
    const Answer refused = request(31);
    BOOST_TEST(refused.status == 422);
    BOOST_TEST(refused.json().at("errors").at(0).at("pointer") == "/valid_until");
    BOOST_TEST(refused.json()["errors"][0].at("detail").get<std::string>().find(day(30)) !=
               std::string::npos);
    BOOST_TEST(request(30).status == 201);
}

// Version v of the policy has v rules, whose limits are v.
BOOST_AUTO_TEST_CASE(no_answer_mixes_two_versions) {
    constexpr int versions = 24;
    const auto version = [](int number) {
        std::vector<json> rules;
        const std::vector<std::string> severities{"critical", "high", "medium", "low"};
        for (int i = 0; i < number; ++i) {
            const auto kind = static_cast<std::size_t>(i) / 8;
            const std::string name =
                std::vector<std::string>{"max_threats", "max_unmitigated", "max_open_days"}.at(
                    kind);
            rules.push_back(rule(name, i % 2 == 0 ? number : number - 1,
                                 {{"severity", severities.at(static_cast<std::size_t>(i) / 2 % 4)},
                                  {"mode", i % 2 == 0 ? "fail" : "warn"}}));
        }
        return policy(rules);
    };
    define("turning", version(1));
    assign("turning", true);
    std::atomic<bool> done = false;
    std::atomic<int> answers = 0;
    std::atomic<int> mixed = 0;
    std::atomic<int> refused = 0;
    std::vector<std::thread> askers;
    for (int asker = 0; asker < 8; ++asker) {
        askers.emplace_back([&, asker] {
            int last = 0;
            while (!done) {
                const Answer answer = ask_gate(asker % 2 == 0 ? "" : "policy=api");
                if (answer.status != 200) {
                    ++refused;
                    continue;
                }
                const json body = answer.json();
                const int number = body.at("policy").at("version");
                int rules = 0;
                bool fits = number >= last;
                for (const json& condition : body.at("conditions")) {
                    if (condition.at("policy") == "turning") {
                        fits = fits && condition.at("limit") ==
                                           (condition.at("mode") == "fail" ? number : number - 1);
                        ++rules;
                    }
                }
                last = number;
                mixed += fits && rules == number ? 0 : 1;
                ++answers;
            }
        });
    }
    std::string fault;
    for (int number = 2; number <= versions && fault.empty(); ++number) {
        const int before = answers;
        const Answer made = send("PUT", "/api/policies/turning", version(number));
        fault = made.status == 200 ? "" : made.body;
        eventually([&] { return answers > before + 8 || refused > 0; });
    }
    done = true;
    for (std::thread& asker : askers) {
        asker.join();
    }
    BOOST_TEST(fault == "");
    BOOST_TEST(mixed == 0);
    BOOST_TEST(refused == 0);
    BOOST_TEST(answers > 8 * versions);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
