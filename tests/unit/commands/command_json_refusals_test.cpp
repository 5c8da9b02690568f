#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "commands/json/command_json.hpp"
#include "support/bodies.hpp"
#include "support/refused.hpp"

BOOST_AUTO_TEST_SUITE(command_json_refusals_test)

using namespace threatatlas;
using namespace threatatlas::command_json;
using namespace threatatlas::commands;
using namespace threatatlas::testing;
namespace data = boost::unit_test::data;

namespace {

// Invalid JSON for every kind of request.
const std::vector<std::string> malformed_bodies{
    "",
    "   \n\t ",
    "{",
    "}",
    R"({"name":"a")",
    R"({"name":"a",})",
    R"({"name" "a"})",
    R"({name:"a"})",
    R"({'name':'a'})",
    R"({"name":"a"} x)",
    R"({"name":"a"}{"name":"b"})",
    R"({"name":"a"}])",
    std::string("{\"name\":\"a\"}\0", 13),
    R"({"name":nul})",
    R"({"name":"a","likelihood":01})",
    R"({"name":"a","likelihood":1.})",
    R"({"name":"a","likelihood":.5})",
    R"({"name":"a","likelihood":+1})",
    R"({"name":"a","likelihood":0x10})",
    R"({"name":"a","likelihood":NaN})",
    R"({"name":"a","likelihood":99999999999999999999x})",
    R"({"name":"a)",
    R"({"name":"\x"})",
    R"({"name":"\u12"})",
    R"({"name":"\ud800"})",
    R"({"name":"\udc00"})",
    R"({"name":"\ud800\ud800"})",
    "{\"name\":\"a\nb\"}",
    "{\"name\":\"\xff\"}",
    "{\"name\":\"\xc0\xaf\"}",
    "{\"name\":\"\xed\xa0\x80\"}",
    "{\"name\":\"\xf4\x90\x80\x80\"}",
    "\xef\xbb\xbf\xef\xbb\xbf{\"name\":\"a\"}",
    "// a remark\n{\"name\":\"a\"}",
};

const std::vector<BadBody> bad_threats{
    // The whole body
    {"[]", ""},
    {"null", ""},
    {"1", ""},
    {R"("name")", ""},
    {"[{\"name\":\"a\"}]", ""},
    {repeated("[", 17) + repeated("]", 17), ""},
    {R"({"name":"n","comments":)" + repeated("[", 16) + repeated("]", 16) + "}", ""},
    // Names
    {"{}", "/name"},
    {R"({"name":null})", "/name"},
    {R"({"name":""})", "/name"},
    {R"({"name":7})", "/name"},
    {R"({"name":true})", "/name"},
    {R"({"name":["n"]})", "/name"},
    {R"({"name":{"n":1}})", "/name"},
    {R"({"name":"a","name":"b"})", "/name"},
    {R"({"name":"a","name":"a"})", "/name"},
    {R"({"name":"n","description":null,"description":null})", "/description"},
    {R"({"name":"n","nam\u0065":"m"})", "/name"},
    // Unknown fields
    {R"({"name":"n","titel":"t"})", "/titel"},
    {R"({"name":"n","id":1})", "/id"},
    {R"({"name":"n","threat_id":1})", "/threat_id"},
    {R"({"name":"n","occurred_at":"2026-01-01T00:00:00Z"})", "/occurred_at"},
    {R"({"name":"n","":1})", "/"},
    {R"({"name":"n","a/b~c":1})", "/a~1b~0c"},
    {R"({"name":"n","\u00e4":{"x":[1,2,{"y":null}]}})", "/\xc3\xa4"},
    {R"({"name":"n",")" + repeated("k", 101) + R"(":1})", ""},
    // Texts
    {R"({"name":"n","description":""})", "/description"},
    {R"({"name":"n","category":false})", "/category"},
    {R"({"name":"n","diagram":1.5})", "/diagram"},
    {with_text("name", R"(\u0000)"), "/name"},
    {with_text("name", R"(a\u0001b)"), "/name"},
    {with_text("name", R"(a line that is long enough\u000b)"), "/name"},
    {with_text("comments", R"(\u001f)"), "/comments"},
    {with_text("comments", R"(a line that is long enough\u007f)"), "/comments"},
    {with_text("comments", R"(\u0080)"), "/comments"},
    {with_text("comments", R"(a line that is long enough \u009f)"), "/comments"},
    {with_text("comments", "\xc2\x85"), "/comments"},
    {with_text("name", repeated("a", 501)), "/name"},
    {with_text("name", repeated("\xf0\x9f\x9b\xa1", 501)), "/name"},
    {with_text("name", repeated("a", 500) + "\xc3\xa4"), "/name"},
    {with_text("description", repeated("a", 10'001)), "/description"},
    {with_text("comments", repeated("a", 10'001)), "/comments"},
    {with_text("category", repeated("a", 501)), "/category"},
    {with_text("diagram", repeated("a", 501)), "/diagram"},
    {with_text("element_id", repeated("a", 501)), "/element_id"},
    {with_text("element_name", repeated("a", 501)), "/element_name"},
    {with_text("external_id", repeated("a", 501)), "/external_id"},
    {with_text("reason", repeated("a", 1'001)), "/reason"},
    {with_text("on_behalf_of", repeated("a", 201)), "/on_behalf_of"},
    {R"({"name":"n","reason":""})", "/reason"},
    {R"({"name":"n","on_behalf_of":["a"]})", "/on_behalf_of"},
    // Enumerations
    {R"({"name":"n","severity":"High"})", "/severity"},
    {R"({"name":"n","severity":"unscored"})", "/severity"},
    {R"({"name":"n","severity":""})", "/severity"},
    {R"({"name":"n","severity":3})", "/severity"},
    {R"({"name":"n","status":"open"})", "/status"},
    {R"({"name":"n","status":"proposed"})", "/status"},
    {R"({"name":"n","status":1})", "/status"},
    // Scores
    {R"({"name":"n","likelihood":0,"impact":1})", "/likelihood"},
    {R"({"name":"n","likelihood":6,"impact":1})", "/likelihood"},
    {R"({"name":"n","likelihood":-1,"impact":1})", "/likelihood"},
    {R"({"name":"n","likelihood":"3","impact":1})", "/likelihood"},
    {R"({"name":"n","likelihood":true,"impact":1})", "/likelihood"},
    {R"({"name":"n","likelihood":1,"impact":2.5})", "/impact"},
    {R"({"name":"n","likelihood":1,"impact":257})", "/impact"},
    {R"({"name":"n","likelihood":1,"impact":99999999999999999999})", "/impact"},
    {R"({"name":"n","likelihood":1,"impact":-9223372036854775809})", "/impact"},
    {R"({"name":"n","likelihood":1,"impact":1e400})", "/impact"},
    {R"({"name":99999999999999999999})", "/name"},
    {R"({"name":"a \" 99999999999999999999","impact":-1e999})", "/impact"},
};

const std::vector<BadBody> bad_threat_changes{
    {R"({"name":null})", "/name"},
    {R"({"name":""})", "/name"},
    {R"({"status":null})", "/status"},
    {R"({"status":"verified"})", "/status"},
    {R"({"likelihood":0})", "/likelihood"},
    {R"({"severity":"none"})", "/severity"},
    {R"({"comments":""})", "/comments"},
    {R"({"severity":"high","severity":"high"})", "/severity"},
    {R"({"from":"identified"})", "/from"},
    {R"({"covered":true})", "/covered"},
    {"[]", ""},
};

const std::vector<BadBody> bad_mitigations{
    {"{}", "/name"},
    {R"({"name":"n","status":"identified"})", "/status"},
    {R"({"name":"n","severity":"high"})", "/severity"},
    {R"({"name":"n","element_name":"e"})", "/element_name"},
    {R"({"name":"n","threat_ids":7})", "/threat_ids"},
    {R"({"name":"n","threat_ids":"7"})", "/threat_ids"},
    {R"({"name":"n","threat_ids":{"0":7}})", "/threat_ids"},
    {R"({"name":"n","threat_ids":[0]})", "/threat_ids/0"},
    {R"({"name":"n","threat_ids":[1,-1]})", "/threat_ids/1"},
    {R"({"name":"n","threat_ids":[1,2,"3"]})", "/threat_ids/2"},
    {R"({"name":"n","threat_ids":[1,null]})", "/threat_ids/1"},
    {R"({"name":"n","threat_ids":[1.0]})", "/threat_ids/0"},
    {R"({"name":"n","threat_ids":[9007199254740992]})", "/threat_ids/0"},
    {R"({"name":"n","threat_ids":[18446744073709551616]})", "/threat_ids/0"},
    {R"({"name":"n","threat_ids":[3,1,3]})", "/threat_ids/2"},
    {R"({"name":"n","threat_ids":[5,5]})", "/threat_ids/1"},
    {R"({"name":"n","threat_ids":[)" + repeated("1,", 1'000) + "1]}", "/threat_ids"},
    {R"({"name":"n","threat_ids":[1],"threat_ids":[2]})", "/threat_ids"},
};

const std::vector<BadBody> bad_products{
    {"{}", "/name"},
    {R"({"name":"n","status":"retired"})", "/status"},
    {R"({"name":"n","status":""})", "/status"},
    {R"({"name":"n","status":4})", "/status"},
    {R"({"name":"n","owner_email":""})", "/owner_email"},
    {R"({"name":"n","owner":"o"})", "/owner"},
    {R"({"name":"n","comments":"c"})", "/comments"},
    {with_text("repository_url", repeated("a", 501)), "/repository_url"},
    {with_text("description", repeated("a", 10'001)), "/description"},
};

const std::vector<BadBody> bad_tokens{
    {R"({"role":"gate"})", "/name"},
    {R"({"name":"n"})", "/role"},
    {R"({"name":"n","role":null})", "/role"},
    {R"({"name":"n","role":"owner"})", "/role"},
    {R"({"name":null,"role":"gate"})", "/name"},
    {R"({"name":"n","role":"gate","product_ids":[]})", "/product_ids"},
    {R"({"name":"n","role":"gate","product_ids":[0]})", "/product_ids/0"},
    {R"({"name":"n","role":"gate","product_ids":[2,1,2]})", "/product_ids/2"},
    {R"({"name":"n","role":"gate","product_ids":[)" + repeated("1,", 1'000) + "1]}",
     "/product_ids"},
    {R"({"name":"n","role":"admin","product_ids":[1]})", "/product_ids"},
    {R"({"name":"n","role":"gate","expires_at":"tomorrow"})", "/expires_at"},
    {R"({"name":"n","role":"gate","expires_at":"2026-03-31"})", "/expires_at"},
    {R"({"name":"n","role":"gate","expires_at":"2026-02-30T00:00:00Z"})", "/expires_at"},
    {R"({"name":"n","role":"gate","expires_at":1767225600})", "/expires_at"},
    {R"({"name":"n","role":"gate","secret":"s"})", "/secret"},
};

}  // namespace

BOOST_DATA_TEST_CASE(invalid_json_is_malformed, data::make(malformed_bodies), body) {
    for (const auto& parse : {parse_register_product, parse_describe_product, parse_identify_threat,
                              parse_propose_mitigation, parse_issue_token}) {
        const auto refusal = refused([&] { parse(body); });
        BOOST_REQUIRE(refusal);
        BOOST_TEST((refusal->kind() == RefusalKind::malformed));
        BOOST_TEST(!refusal->detail().empty());
    }
}

BOOST_DATA_TEST_CASE(a_bad_threat_is_refused_at_its_field, data::make(bad_threats), bad) {
    check_unacceptable([&] { parse_identify_threat(bad.body); }, bad.pointer);
}

BOOST_DATA_TEST_CASE(a_bad_change_is_refused_at_its_field, data::make(bad_threat_changes), bad) {
    check_unacceptable([&] { parse_change_threat(bad.body, 1); }, bad.pointer);
}

BOOST_DATA_TEST_CASE(a_bad_mitigation_is_refused_at_its_field, data::make(bad_mitigations), bad) {
    check_unacceptable([&] { parse_propose_mitigation(bad.body); }, bad.pointer);
}

BOOST_DATA_TEST_CASE(a_bad_product_is_refused_at_its_field, data::make(bad_products), bad) {
    check_unacceptable([&] { parse_register_product(bad.body); }, bad.pointer);
}

BOOST_DATA_TEST_CASE(a_bad_token_is_refused_at_its_field, data::make(bad_tokens), bad) {
    check_unacceptable([&] { parse_issue_token(bad.body); }, bad.pointer);
}

BOOST_AUTO_TEST_CASE(all_errors_of_an_object_are_reported) {
    const auto refusal = refused([] {
        parse_identify_threat(
            R"({"severity":"x","likelihood":9,"impact":0,"descripton":"d","status":"y"})");
    });
    BOOST_REQUIRE(refusal);
    const std::vector<std::string> pointers{"/severity",   "/likelihood", "/impact",
                                            "/descripton", "/status",     "/name"};
    BOOST_TEST(pointers_of(*refusal) == pointers, boost::test_tools::per_element());
    BOOST_TEST(refusal->detail().find("At /severity: ") == 0U);
    BOOST_TEST(refusal->detail().find("There are 5 more") != std::string::npos);
    BOOST_TEST(refusal->errors()[3].detail.find("\"description\"") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_number_of_reported_errors_is_limited) {
    std::string body = "{";
    for (int i = 0; i < 1'000; ++i) {
        body += "\"x" + std::to_string(i) + "\":1,";
    }
    body += R"("name":"n"})";
    const auto refusal = refused([&] { parse_register_product(body); });
    BOOST_REQUIRE(refusal);
    BOOST_TEST(refusal->errors().size() == 20U);
}

BOOST_AUTO_TEST_CASE(a_syntax_error_has_its_line_and_column) {
    struct Case {
        std::string body;
        std::string place;
    };
    for (const Case& one : std::vector<Case>{
             {"", "line 1, column 1"},
             {"  \n ", "line 2, column 2"},
             {"{", "line 1, column 2"},
             {R"({"name":"a",})", "line 1, column 13"},
             {R"({"name" "a"})", "line 1, column 9"},
             {"{\n  \"name\": \"a\"\n  \"status\": \"open\"\n}", "line 3, column 3"},
             {"{\r\n  \"name\": tru\r\n}", "line 2, column 14"},
             {R"({"name":"ä漢😀" 1})", "line 1, column 15"},
             {R"({"name":"a\x"})", "line 1, column 12"},
             {"{\"name\":\"a\nb\"}", "line 1, column 11"},
             {R"({"name":"a)", "line 1, column 11"},
             {R"({"name":"a"} x)", "line 1, column 14"},
             {R"({"likelihood":1e999,"name":})", "line 1, column 28"},
             {R"({name:"a"})", "line 1, column 2"},
             {R"({"threat_ids":[1,]})", "line 1, column 18"},
             {std::string("{\"name\":\"a\"}\0", 13), "line 1, column 13"},
         }) {
        const auto refusal = refused([&] { parse_register_product(one.body); });
        BOOST_REQUIRE(refusal);
        BOOST_TEST(refusal->detail().ends_with(" (" + one.place + ")."),
                   one.body << ": " << refusal->detail());
    }
}

BOOST_AUTO_TEST_CASE(an_unknown_field_gets_the_nearest_name_or_all) {
    const auto detail = [](const std::string& body) {
        const auto refusal = refused([&] { parse_issue_token(body); });
        BOOST_REQUIRE(refusal);
        return refusal->errors().front().detail;
    };
    BOOST_TEST(detail(R"({"title":"n","name":"n","role":"gate"})") ==
               "Did you mean \"name\"? There is no field of this name.");
    BOOST_TEST(detail(R"({"expiresAt":"n","name":"n","role":"gate"})") ==
               "Did you mean \"expires_at\"? There is no field of this name.");
    BOOST_TEST(detail(R"({"justification":"n","name":"n","role":"gate"})") ==
               "Did you mean \"reason\"? There is no field of this name.");
    BOOST_TEST(detail(R"({"colour":"n","name":"n","role":"gate"})") ==
               "Leave this field out: there is none of that name. There are name, role, "
               "product_ids, expires_at, reason, on_behalf_of.");
    BOOST_TEST(detail(R"({"name":"n","role":"Gate"})") ==
               "Did you mean \"gate\"? Give one of gate, monitor, auditor, editor, admin, badge or "
               "approver.");
    BOOST_TEST(detail(R"({"name":"n","role":"king"})") ==
               "Give one of gate, monitor, auditor, editor, admin, badge or approver.");
}

BOOST_AUTO_TEST_SUITE_END()
