#include "http/api/conditional.hpp"

#include <functional>
#include <set>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "http/net/problem.hpp"

BOOST_AUTO_TEST_SUITE(conditional_test)

using namespace threatatlas;
using namespace threatatlas::api;
using namespace threatatlas::base;
using namespace threatatlas::commands;
using namespace threatatlas::events;
using namespace threatatlas::net;
using namespace threatatlas::projections;
using namespace threatatlas::query;

namespace {

httplib::Request with(const std::string& name, const std::string& value) {
    httplib::Request request;
    request.headers.emplace(name, value);
    return request;
}

constexpr LogEpoch epoch = 0x0123456789abcdef;
constexpr StateId state_id = 0x8123456789abcdef;

// A product at position and version 17.
ProductAt product() {
    ProductAt product;
    product.position = 17;
    product.version = 17;
    product.state_id = state_id;
    return product;
}

VersionCondition condition_of(const std::string& tags) {
    return read_if_match(with("If-Match", tags), epoch).value();
}

}  // namespace

BOOST_AUTO_TEST_CASE(if_none_match_compares_weakly) {
    const std::string tag = gate_tag(epoch, product(), {});
    BOOST_TEST(tag.starts_with("W/\""));
    const std::string strong = tag.substr(2);
    for (const std::string& value :
         {tag, strong, std::string("*"), std::string(" * "), "\"x\", " + tag, tag + ",\"y\"",
          "W/\"a\" , " + strong + " "}) {
        BOOST_TEST(names_tag(with("If-None-Match", value), tag), value);
    }
    for (const std::string& value :
         {std::string(""), std::string("\"1-18\""), std::string("17"), std::string("**"),
          strong.substr(1), tag + " " + tag, "w/" + strong}) {
        BOOST_TEST(!names_tag(with("If-None-Match", value), tag), value);
    }
    BOOST_TEST(!names_tag(httplib::Request(), tag));
}

// A gate tag covers everything that the response depends on: a change of any part changes the tag.
BOOST_AUTO_TEST_CASE(every_tag_of_the_gate_is_unique) {
    std::vector<std::string> tags{gate_tag(epoch, product(), {})};
    tags.push_back(gate_tag(epoch + 1, product(), {}));
    for (const auto& change : std::vector<std::function<void(ProductAt&)>>{
             [](ProductAt& other) { other.position += 1; },
             [](ProductAt& other) { other.state_id += 2; }}) {
        ProductAt other = product();
        change(other);
        tags.push_back(gate_tag(epoch, other, {}));
    }
    struct Question {
        Thresholds thresholds;
        Moment moment;
    };
    for (const auto& change : std::vector<std::function<void(Question&)>>{
             [](Question& asked) { asked.moment = Instant{}; },
             [](Question& asked) { asked.moment = Instant{std::chrono::seconds{1}}; },
             [](Question& asked) { asked.thresholds.fail_on_critical = true; },
             [](Question& asked) { asked.thresholds.fail_on_unmitigated_high = true; },
             [](Question& asked) { asked.thresholds.fail_on_unscored = true; },
             [](Question& asked) { asked.thresholds.min_mitigation_ratio = Ratio{0}; },
             [](Question& asked) { asked.thresholds.min_mitigation_ratio = Ratio{7}; },
             [](Question& asked) { asked.thresholds.min_threats = 0; },
             [](Question& asked) { asked.thresholds.min_threats = 7; }}) {
        Question asked;
        change(asked);
        tags.push_back(gate_tag(epoch, product(), asked.thresholds, asked.moment));
    }
    const AppliedPolicy web{"web", 1, false, nullptr};
    for (const auto& applied :
         std::vector<std::vector<AppliedPolicy>>{{web},
                                                 {{"web", 2, false, nullptr}},
                                                 {{"web", 11, false, nullptr}},
                                                 {{"web", 1, true, nullptr}},
                                                 {{"web-1", 1, false, nullptr}},
                                                 {{"api", 1, false, nullptr}},
                                                 {web, {"api", 1, false, nullptr}},
                                                 {{"api", 1, false, nullptr}, web}}) {
        for (const int day : {20'000, 20'001}) {
            ProductAt other = product();
            other.applied.policies = applied;
            other.applied.today = Day{std::chrono::days{day}};
            tags.push_back(gate_tag(epoch, other, {}));
        }
    }
    BOOST_TEST(std::set<std::string>(tags.begin(), tags.end()).size() == tags.size());
}

// Without a policy no answer depends on the day.
BOOST_AUTO_TEST_CASE(a_tag_has_the_day_only_with_a_policy) {
    ProductAt other = product();
    other.applied.today = Day{std::chrono::days{20'000}};
    BOOST_TEST(gate_tag(epoch, other, {}) == gate_tag(epoch, product(), {}));
    BOOST_TEST(report_tag(epoch, other, {}, {}) == report_tag(epoch, product(), {}, {}));
    other.applied.policies = {{"web", 1, false, nullptr}};
    BOOST_TEST(report_tag(epoch, other, {}, {}) != report_tag(epoch, product(), {}, {}));
}

BOOST_AUTO_TEST_CASE(a_tag_of_a_state_identifies_it) {
    BOOST_TEST(state_tag(0, {17, state_id}) == "\"17-8123456789abcdef\"");
    BOOST_TEST(state_tag(epoch, {17, state_id}) == "\"17-8000000000000000\"");
    BOOST_TEST(state_tag(epoch, {17, epoch}) == "\"17-0000000000000000\"");
}

BOOST_AUTO_TEST_CASE(answers_304_with_the_tag_and_nothing_else) {
    const std::string tag = state_tag(epoch, {3, state_id});
    httplib::Response response;
    BOOST_TEST(answered_not_modified(with("If-None-Match", tag), response, tag));
    BOOST_TEST(response.status == 304);
    BOOST_TEST(response.get_header_value("ETag") == tag);
    BOOST_TEST(response.body.empty());
    // The same version with a different event, as after a restore.
    BOOST_TEST(!answered_not_modified(with("If-None-Match", tag), response,
                                      state_tag(epoch, {3, state_id + 1})));
}

BOOST_AUTO_TEST_CASE(if_match_reads_the_states_that_tags_name) {
    BOOST_TEST(!read_if_match(httplib::Request(), epoch));
    const SeenState one{17, state_id};
    const SeenState other{2, 0};
    BOOST_CHECK(condition_of(state_tag(epoch, one)).states == std::vector{one});
    BOOST_TEST(!condition_of(state_tag(epoch, one)).any);
    const auto several =
        condition_of(state_tag(epoch, one) + ", " + state_tag(epoch, other) + " ,\"x\"");
    BOOST_CHECK((several.states == std::vector{one, other}));
    BOOST_TEST(several.names_foreign);
    BOOST_TEST(condition_of("*").any);
    // A tag with another epoch names a different state.
    BOOST_CHECK(condition_of(state_tag(epoch + 1, one)).states != std::vector{one});
}

BOOST_AUTO_TEST_CASE(a_weak_tag_never_matches_strongly) {
    const auto condition = condition_of("W/" + state_tag(epoch, {17, state_id}));
    BOOST_TEST(!condition.any);
    BOOST_TEST(condition.states.empty());
    BOOST_TEST(condition.names_weak);
}

BOOST_AUTO_TEST_CASE(a_tag_of_another_form_is_a_foreign_one) {
    for (const char* tag :
         {"\"17\"", "\"\"", "\"-\"", "\"17-\"", "\"-8123456789abcdef\"", "\"17-8123456789abcde\"",
          "\"17-8123456789abcdeff\"", "\"17-8123456789abcdeg\"", "\"17-+123456789abcdef\"",
          "\"x7-8123456789abcdef\"", "\"99999999999999999999-8123456789abcdef\""}) {
        const auto condition = condition_of(tag);
        BOOST_TEST(condition.states.empty(), tag);
        BOOST_TEST(condition.names_foreign, tag);
    }
}

BOOST_AUTO_TEST_CASE(if_match_of_another_form_is_refused) {
    for (const char* value : {"", "17", "\"17", "17\"", "* , \"1\"", "\"1\" \"2\"", "abc"}) {
        BOOST_CHECK_EXCEPTION(read_if_match(with("If-Match", value), epoch), Rejection,
                              [](const Rejection& rejection) {
                                  return rejection.problem().status == 422 &&
                                         rejection.problem().errors.at(0).name == "If-Match";
                              });
    }
}

BOOST_AUTO_TEST_CASE(a_write_accepts_if_none_match_only_as_an_asterisk) {
    BOOST_TEST(!reads_only_if_absent(httplib::Request()));
    BOOST_TEST(reads_only_if_absent(with("If-None-Match", "*")));
    BOOST_TEST(reads_only_if_absent(with("if-none-match", " * ")));
    for (const char* value : {"\"1\"", "W/\"1\"", "\"1\", \"2\"", "", "1", "* , \"1\""}) {
        BOOST_CHECK_EXCEPTION(reads_only_if_absent(with("If-None-Match", value)), Rejection,
                              [](const Rejection& rejection) {
                                  return rejection.problem().status == 422 &&
                                         rejection.problem().errors.at(0).name == "If-None-Match";
                              });
    }
    // The server sends no Last-Modified, so conditions on dates are ignored.
    BOOST_TEST(!reads_only_if_absent(with("If-Unmodified-Since", "Sat, 29 Oct 1994 19:43:31 GMT")));
}

BOOST_AUTO_TEST_SUITE_END()
