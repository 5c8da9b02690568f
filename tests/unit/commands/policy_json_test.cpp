// Bodies of requests about policies.

#include "commands/json/policy_json.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "support/bodies.hpp"
#include "support/refused.hpp"

BOOST_AUTO_TEST_SUITE(policy_json_test)

using namespace threatatlas;
using namespace threatatlas::command_json;
using namespace threatatlas::commands;
using namespace threatatlas::events;
using namespace threatatlas::testing;
namespace data = boost::unit_test::data;

namespace {

Policy read(const std::string& body) {
    return std::get<DefinePolicy>(parse_define_policy(body, "web").change).definition;
}

std::string with_rule(const std::string& rule) {
    return R"({"title":"T","rules":[{)" + rule + "}]}";
}
std::string with(const std::string& member) {
    return R"({"title":"T","rules":[{"rule":"max_unscored","limit":3}],)" + member + "}";
}
std::string with_rules(const std::string& first, const std::string& second) {
    return R"({"title":"T","rules":[{)" + first + "},{" + second + "}]}";
}

std::string ratio_of(const std::string& number) {
    return json_of(
        read(with_rule(R"("rule":"min_mitigation_ratio","limit":)" + number)).rules.at(0).ratio);
}

const std::vector<BadBody> bad_definitions{
    {"[]", ""},
    {"null", ""},
    {R"({"title":"T"})", "/rules"},
    {R"({"rules":[{"rule":"max_unscored","limit":3}]})", "/title"},
    {R"({"title":"","rules":[{"rule":"max_unscored","limit":3}]})", "/title"},
    {R"({"title":"T","rules":[]})", "/rules"},
    {R"({"title":"T","rules":null})", "/rules"},
    {R"({"title":"T","rules":{}})", "/rules"},
    {R"({"title":"T","rules":["max_unscored"]})", "/rules/0"},
    {R"({"title":"T","rules":[)" + repeated(R"({"rule":"max_unscored","limit":3},)", 50) +
         R"({"rule":"max_unscored","limit":3}]})",
     "/rules"},
    // Names of members
    {with(R"("name":"web")"), "/name"},
    {with(R"("version":7)"), "/version"},
    {with(R"("title":"U")"), "/title"},
    {with(R"("expression":"a < b")"), "/expression"},
    {with_rule(R"("rule":"max_unscored","limit":3,"threat_ids":[])"), "/rules/0/threat_ids"},
    {with_rule(R"("rule":"max_unscored","limit":3,"limit":3)"), "/rules/0/limit"},
    // Rules
    {with_rule(R"("limit":3)"), "/rules/0/rule"},
    {with_rule(R"("rule":"max_luck","limit":3)"), "/rules/0/rule"},
    {with_rule(R"("rule":null,"limit":3)"), "/rules/0/rule"},
    {with_rule(R"("rule":"max_unscored")"), "/rules/0/limit"},
    {with_rule(R"("rule":"max_unscored","limit":null)"), "/rules/0/limit"},
    {with_rule(R"("rule":"max_unscored","limit":"3")"), "/rules/0/limit"},
    {with_rule(R"("rule":"max_unscored","limit":-1)"), "/rules/0/limit"},
    {with_rule(R"("rule":"max_unscored","limit":0.5)"), "/rules/0/limit"},
    {with_rule(R"("rule":"max_unscored","limit":3.0)"), "/rules/0/limit"},
    {with_rule(R"("rule":"max_unscored","limit":1e2)"), "/rules/0/limit"},
    {with_rule(R"("rule":"max_unscored","limit":1000000001)"), "/rules/0/limit"},
    {with_rule(R"("rule":"max_unscored","limit":18446744073709551615)"), "/rules/0/limit"},
    {with_rule(R"("rule":"max_unscored","limit":3,"mode":"block")"), "/rules/0/mode"},
    {with_rule(R"("rule":"max_threats","severity":"huge","limit":3)"), "/rules/0/severity"},
    {with_rule(R"("rule":"max_threats","limit":3)"), "/rules"},
    {with_rule(R"("rule":"max_unscored","severity":"low","limit":3)"), "/rules"},
    {with_rule(R"("rule":"max_days_since_review","limit":36501)"), "/rules"},
    // Ratios
    {with_rule(R"("rule":"min_mitigation_ratio","limit":1.1)"), "/rules/0/limit"},
    {with_rule(R"("rule":"min_mitigation_ratio","limit":-0.1)"), "/rules/0/limit"},
    {with_rule(R"("rule":"min_mitigation_ratio","limit":70)"), "/rules/0/limit"},
    {with_rule(R"("rule":"min_mitigation_ratio","limit":1e-20)"), "/rules/0/limit"},
    {with_rule(R"("rule":"min_mitigation_ratio","limit":1e300)"), "/rules/0/limit"},
    {with_rule(R"("rule":"min_mitigation_ratio","limit":5e-324)"), "/rules/0/limit"},
    // Beyond the numbers that the parser knows
    {with_rule(R"("rule":"min_mitigation_ratio","limit":1e400)"), "/rules/0/limit"},
    {with_rule(R"("rule":"min_mitigation_ratio","limit":-1e400)"), "/rules/0/limit"},
    {with_rule(R"("rule":"min_mitigation_ratio","limit":123456789012345678901)"), "/rules/0/limit"},
    {with_rule(R"("rule":"min_threats","limit":1e400)"), "/rules/0/limit"},
    {with_rule(R"("rule":"min_mitigation_ratio","limit":"0.7")"), "/rules/0/limit"},
    {with_rule(R"("rule":"min_mitigation_ratio","limit":true)"), "/rules/0/limit"},
    // Contradictions
    {with_rules(R"("rule":"max_unscored","limit":1)", R"("rule":"max_unscored","limit":2)"),
     "/rules"},
    {with_rules(R"("rule":"max_unscored","limit":1)",
                R"("rule":"max_unscored","limit":1,"mode":"warn")"),
     "/rules"},
    // The treatment of acceptances, and the first day
    {with(R"("acceptances":null)"), "/acceptances"},
    {with(R"("acceptances":true)"), "/acceptances"},
    {with(R"("acceptances":{"honoured":null})"), "/acceptances/honoured"},
    {with(R"("acceptances":{"honored":true})"), "/acceptances/honored"},
    {with(R"("acceptances":{"max_days":0})"), "/acceptances/max_days"},
    {with(R"("acceptances":{"max_days":367})"), "/acceptances/max_days"},
    {with(R"("acceptances":{"max_days":1.5})"), "/acceptances/max_days"},
    {with(R"("acceptances":{"honoured":false,"max_days":30})"), "/acceptances/max_days"},
    {with(R"("effective_from":"2027-02-29")"), "/effective_from"},
    {with(R"("effective_from":"2027-01-31T00:00:00Z")"), "/effective_from"},
    {with(R"("effective_from":20270131)"), "/effective_from"},
    // Texts
    {with(R"("description":7)"), "/description"},
    {R"({"title":")" + std::string(501, 'x') + R"(","rules":[{"rule":"max_unscored","limit":3}]})",
     "/title"},
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_definition_is_read_with_its_defaults) {
    const Policy least = read(with_rule(R"("rule":"max_unscored","limit":3)"));
    BOOST_TEST(least.texts[PolicyField::title] == "T");
    BOOST_TEST(least.texts[PolicyField::description] == "");
    BOOST_REQUIRE(least.rules.size() == 1);
    BOOST_CHECK(least.rules[0] == (PolicyRule{.kind = RuleKind::max_unscored, .limit = 3}));
    BOOST_TEST(least.honours_acceptances);
    BOOST_TEST(!least.acceptance_days_max.has_value());
    BOOST_TEST(!least.effective_from.has_value());

    const Policy full =
        read(R"({"effective_from":"2027-01-31","acceptances":{"max_days":90,"honoured":true},)"
             R"("rules":[{"limit":7,"mode":"warn","severity":"high","rule":"max_open_days"}],)"
             R"("description":"D","title":"T","reason":"R","on_behalf_of":"Ada"})");
    BOOST_CHECK(full.rules.at(0) == (PolicyRule{.kind = RuleKind::max_open_days,
                                                .severity = Severity::high,
                                                .limit = 7,
                                                .mode = RuleMode::warn}));
    BOOST_TEST(full.texts[PolicyField::description] == "D");
    BOOST_CHECK(full.acceptance_days_max == std::optional<std::uint64_t>(90));
    BOOST_TEST(base::format_day(full.effective_from.value()) == "2027-01-31");
}

BOOST_AUTO_TEST_CASE(a_ratio_is_the_decimal_that_was_sent) {
    for (const std::string number :
         {"0", "1", "0.7", "0.1", "0.3", "0.0001", "0.00001", "0.000000001", "0.123456789012345",
          "0.99999999999999", "0.00000000000000001"}) {
        BOOST_TEST(ratio_of(number) == number);
    }
    BOOST_TEST(ratio_of("0.0") == "0");
    BOOST_TEST(ratio_of("1.0") == "1");
    BOOST_TEST(ratio_of("0.70") == "0.7");
    BOOST_TEST(ratio_of("7e-1") == "0.7");
    BOOST_TEST(ratio_of("1e-5") == "0.00001");
    BOOST_TEST(ratio_of("1E0") == "1");
}

BOOST_DATA_TEST_CASE(other_definitions_are_refused, data::make(bad_definitions), bad) {
    check_unacceptable([&] { parse_define_policy(bad.body, "web"); }, bad.pointer);
}

BOOST_AUTO_TEST_CASE(all_faults_of_a_definition_are_named) {
    const auto refusal = refused([] {
        parse_define_policy(R"({"rules":[{"rule":"max_unscored","limit":-1},{"limit":1}],)"
                            R"("acceptances":{"max_days":0},"effective_from":""})",
                            "web");
    });
    BOOST_REQUIRE(refusal);
    const std::vector<std::string> pointers{"/rules/0/limit", "/rules/1/rule",
                                            "/acceptances/max_days", "/effective_from", "/title"};
    BOOST_TEST(pointers_of(*refusal) == pointers, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(malformed_bodies_are_refused) {
    for (const std::string body :
         {"", " ", "{", R"({"title":"T",})",
          R"({"title":"T","rules":[{"rule":"min_mitigation_ratio","limit":NaN}]})",
          R"({"title":"T","rules":[{"rule":"min_mitigation_ratio","limit":.7}]})",
          R"({"title":"T","rules":[{"rule":"min_threats","limit":Infinity}]})"}) {
        BOOST_TEST_CONTEXT(body) {
            BOOST_CHECK(kind_of([&] { parse_define_policy(body, "web"); }) ==
                        RefusalKind::malformed);
        }
    }
    for (const std::string body : {"", " ", "{", "{}}"}) {
        BOOST_TEST_CONTEXT(body) {
            BOOST_CHECK(kind_of([&] { parse_assign_policy(body); }) == RefusalKind::malformed);
        }
    }
    BOOST_CHECK(kind_of([&] { parse_review("{"); }) == RefusalKind::malformed);
}

BOOST_AUTO_TEST_CASE(a_review_may_have_no_body) {
    BOOST_TEST(std::get<ReviewProduct>(parse_review("").change).note == "");
    BOOST_TEST(std::get<ReviewProduct>(parse_review("{}").change).note == "");
    BOOST_TEST(std::get<ReviewProduct>(parse_review(R"({"note":null})").change).note == "");
    const Item item = parse_review(R"({"note":"N","reason":"R"})");
    BOOST_TEST(std::get<ReviewProduct>(item.change).note == "N");
    BOOST_TEST(item.reason == "R");
    check_unacceptable([&] { parse_review("[]"); }, "");
    check_unacceptable([&] { parse_review(R"({"text":"N"})"); }, "/text");
}

BOOST_AUTO_TEST_SUITE_END()
