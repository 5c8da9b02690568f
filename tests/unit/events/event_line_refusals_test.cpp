// Lines that are not exactly what a writer makes of an event are refused.

#include <boost/test/unit_test.hpp>

#include "events/event_line.hpp"
#include "unit/events/event_lines.hpp"

BOOST_AUTO_TEST_SUITE(event_line_refusals_test)

using namespace threatatlas;
using namespace threatatlas::events;
using namespace threatatlas::events::testing;

BOOST_AUTO_TEST_CASE(every_truncated_line_is_refused) {
    LineReader reader;
    for (const auto& golden : golden_lines()) {
        for (std::size_t length = 0; length < golden.line.size(); ++length) {
            const auto cut = std::string_view(golden.line).substr(0, length);
            BOOST_CHECK_THROW(static_cast<void>(reader.read(cut)), BadLine);
            BOOST_CHECK_THROW(static_cast<void>(reader.read_stored(cut)), BadLine);
        }
    }
}

BOOST_AUTO_TEST_CASE(unknown_members_are_refused) {
    const auto& line = full_threat_line();
    check_refused(replaced(line, R"("actor")", R"("extra":1,"actor")"));
    check_refused(replaced(line, R"("threat_id":7)", R"("threat_id":7,"extra":1)"));
    check_refused(replaced(line, R"("threat_id":7)", R"("mitigation_id":7)"));
    check_refused(replaced(line, R"("category")", R"("owner_name")"));
    check_refused(product_line("product.archived", "product", R"({"name":"A"})"));
    check_refused(product_line("threat.removed", "threats/7", R"({"threat_id":7,"status":"low"})"));
    BOOST_TEST(refusal_of(replaced(line, R"("actor")", R"("extra":1,"actor")")) ==
               "unknown member \"extra\"");
    BOOST_TEST(refusal_of(replaced(line, R"("category")", R"("owner_name")")) ==
               "unknown member \"owner_name\" in data");
}

BOOST_AUTO_TEST_CASE(a_type_of_a_newer_version_is_named) {
    const auto refusal = refusal_of(replaced(full_threat_line(), "identified.v1", "identified.v2"));
    BOOST_TEST(refusal.find("threatatlas.threat.identified.v2") != std::string::npos, refusal);
    BOOST_TEST(refusal.find("newer version") != std::string::npos, refusal);
}

BOOST_AUTO_TEST_CASE(missing_members_are_refused) {
    for (const std::string_view member :
         {R"("specversion":"1.0",)", R"("id":"019ab0f2-1c5b-7cc3-98c4-dc0c0c07398f",)",
          R"("source":"/api/products/1",)", R"("type":"threatatlas.threat.identified.v1",)",
          R"("subject":"threats/7",)", R"("time":"2026-11-23T15:12:39.659623Z",)",
          R"("position":1234,)", R"("actor":"ci-bot#3",)", R"("threat_id":7,)",
          R"("name":"SQL injection in login form",)", R"("status":"in_progress",)",
          R"("likelihood":4,)", R"("severity":"high",)"}) {
        check_refused(replaced(full_threat_line(), member, ""));
    }
    check_refused(product_line("threat.removed", "threats/0", "{}"));
    check_refused(replaced(golden_lines()[8].line, R"(,"severity":null)", ""));
    check_refused("{}");
}

BOOST_AUTO_TEST_CASE(lines_of_acceptances_are_checked) {
    const auto requested = [](const std::string& rest) {
        return product_line("acceptance.requested", "acceptances/1",
                            R"({"acceptance_id":1,)" + rest + "}");
    };
    const auto refusal = [&](const std::string& rest) { return refusal_of(requested(rest)); };
    const std::string justified = R"("justification":"J",)";
    const std::string day = R"("valid_until":"2027-01-31")";
    LineReader reader;
    BOOST_CHECK_NO_THROW(static_cast<void>(
        reader.read(requested(R"("threat_ids":[1],"severities":[null],)" + justified + day))));
    BOOST_TEST(refusal(R"("threat_ids":[1],"severities":[null],)" + day) ==
               "justification is missing");
    BOOST_TEST(refusal(R"("threat_ids":[],"severities":[],)" + justified + day) ==
               "severities are not those of 1 to 100 threats");
    BOOST_TEST(refusal(R"("threat_ids":[1,2],"severities":["low"],)" + justified + day) ==
               "severities and threat_ids have different lengths");
    BOOST_TEST(refusal(R"("threat_ids":[2,1],"severities":["low",null],)" + justified + day) ==
               "ids must be in ascending order");
    BOOST_TEST(refusal(R"("threat_ids":[1],"severities":["odd"],)" + justified + day) ==
               "unknown severity \"odd\"");
    for (const std::string other : {"2027-02-29", "2027-1-31", "2027-01-31T00:00:00Z", ""}) {
        BOOST_TEST(refusal(R"("threat_ids":[1],"severities":[null],)" + justified +
                           R"("valid_until":")" + other + "\"") ==
                   "\"" + other + "\" is not a date");
    }
    for (const std::string other : {"9999-12-31", "1969-12-31"}) {
        BOOST_TEST(refusal(R"("threat_ids":[1],"severities":[null],)" + justified +
                           R"("valid_until":")" + other + "\"") == "valid_until is out of range");
    }
    BOOST_TEST(refusal(R"("threat_ids":[1],"severities":[null],)" + justified + day +
                       R"(,"while_mitigations":[0])") ==
               "while_mitigations is not from 1 to 9007199254740991");
    BOOST_TEST(refusal_of(product_line("acceptance.approved", "acceptances/1",
                                       R"({"acceptance_id":1,"severities":["low"],)"
                                       R"("assurance":"friends"})")) ==
               "unknown assurance \"friends\"");
}

BOOST_AUTO_TEST_CASE(lines_of_policies_are_checked) {
    const std::string line = policy_line("defined", "web-baseline", full_policy_data);
    BOOST_TEST(refusal_of(line) == "");
    const auto refusal = [&](std::string_view what, std::string_view with) {
        return refusal_of(replaced(line, what, with));
    };
    const std::string ratio = "0.12345678901234567";
    for (const std::string other : {"1.1", "-0.1", "1e-3", "0.123456789012345678", "\"0.5\"",
                                    "null", "[0.5]", "{}", "true"}) {
        BOOST_TEST(refusal(ratio, other) == "a ratio is not a decimal from 0 to 1", other);
    }
    // One ratio has one form.
    for (const std::string other : {"0.10", "1.0", "0.0"}) {
        BOOST_TEST(refusal(ratio, other) != "", other);
    }
    const std::string days = "\"limit\":180";
    for (const std::string other :
         {"0.5", "-1", "18446744073709551616", "1e2", "\"180\"", "null"}) {
        BOOST_TEST(refusal(days, "\"limit\":" + other) == "a limit is not a whole number", other);
    }
    BOOST_TEST(refusal(days, "\"limit\":0180") != "");
    BOOST_TEST(refusal(days, "\"limit\":36501") ==
               "the limit of max_days_since_review is from 0 to 36500");
    BOOST_TEST(refusal("max_unscored", "max_luck") == "unknown rule \"max_luck\"");
    BOOST_TEST(refusal("\"mode\":\"warn\"", "\"mode\":\"hope\"") == "unknown mode \"hope\"");
    BOOST_TEST(refusal("\"severity\":\"low\"", "\"severity\":\"odd\"") ==
               "unknown severity \"odd\"");
    BOOST_TEST(refusal(",\"mode\":\"fail\"}", ",\"note\":\"fail\"}") ==
               "unknown member \"note\" in data");
    BOOST_TEST(refusal("\"max_days\":90", "\"min_days\":90") ==
               "unknown member \"min_days\" in data");
    BOOST_TEST(refusal("\"max_days\":90", "\"max_days\":367") == "acceptances last 1 to 366 days");
    BOOST_TEST(refusal("\"2027-01-31\"", "\"2027-02-31\"") == "\"2027-02-31\" is not a date");
    BOOST_TEST(refusal("\"version\":7", "\"version\":0") ==
               "version is not from 1 to 9007199254740991");
    BOOST_TEST(refusal("\"title\":\"Web baseline\",", "") == "title is missing");
    // Members that are left out have their own form.
    check_refused(replaced(line, ",\"mode\":\"fail\"", ""));
    check_refused(replaced(line, "\"honoured\":true,", ""));
    check_refused(replaced(line, "\"acceptances\":{\"honoured\":true,\"max_days\":90},", ""));
    check_refused(replaced(line, "\"rules\":[", "\"rules\":[],\"rules\":["));
    check_refused(replaced(line, "\"severity\":\"critical\",\"limit\":0",
                           "\"limit\":0,\"severity\":\"critical\""));
    check_refused(replaced(line, "\"limit\":0,", "\"limit\":0,\"limit\":0,"));

    BOOST_TEST(refusal_of(policy_line("removed", "Web", R"({"policy":"Web"})"))
                   .starts_with("policy is 1 to 64 lower-case letters"));
    check_refused(policy_line("removed", "other", R"({"policy":"web"})"));
    BOOST_TEST(
        refusal_of(product_line("product.policy_assigned", "product", R"({"enforced":true})")) ==
        "enforced is true without a policy");
    check_refused(product_line("product.policy_assigned", "product", R"({"policy":"web"})"));
    check_refused(
        product_line("product.policy_assigned", "product", R"({"policy":"","enforced":false})"));
    check_refused(product_line("product.reviewed", "product", R"({"note":""})"));
    // Policies and products have their own sources.
    BOOST_TEST(refusal_of(product_line("policy.removed", "policies/web", R"({"policy":"web"})")) ==
               "source does not belong to this type of event");
    BOOST_TEST(refusal_of(replaced(product_line("product.reviewed", "product", "{}"),
                                   "/api/products/1", "/api/policies")) ==
               "source does not belong to this type of event");
    check_refused(replaced(policy_line("removed", "web", R"({"policy":"web"})"), "/api/policies",
                           "/api/api-tokens"));
}

BOOST_AUTO_TEST_CASE(another_order_of_members_is_refused) {
    const auto& line = full_threat_line();
    check_refused(replaced(line, R"("position":1234,"actor":"ci-bot#3")",
                           R"("actor":"ci-bot#3","position":1234)"));
    check_refused(replaced(line, R"("likelihood":4,"impact":3)", R"("impact":3,"likelihood":4)"));
    check_refused(replaced(line, R"("threat_id":7,"name":"SQL injection in login form")",
                           R"("name":"SQL injection in login form","threat_id":7)"));
}

BOOST_AUTO_TEST_CASE(a_repeated_member_is_refused) {
    const auto& line = full_threat_line();
    check_refused(replaced(line, R"("impact":3)", R"("impact":3,"impact":3)"));
    check_refused(replaced(line, R"("position":1234)", R"("position":1234,"position":1234)"));
}

BOOST_AUTO_TEST_CASE(spaces_around_the_members_are_refused) {
    const auto& line = full_threat_line();
    check_refused(" " + line);
    check_refused(line + " ");
    check_refused(line + "\n");
    check_refused(line + "{}");
    check_refused(line + std::string(1, '\0'));
    check_refused(replaced(line, R"("position":)", R"("position": )"));
    check_refused(replaced(line, R"(,"position")", R"(, "position")"));
    check_refused("\xEF\xBB\xBF" + line);
}

BOOST_AUTO_TEST_CASE(texts_have_exactly_the_required_escapes) {
    const auto& line = full_threat_line();
    // Escapes that are not needed.
    check_refused(replaced(line, "Tampering", R"(\u0054ampering)"));
    check_refused(replaced(line, " / é", R"( \/ é)"));
    check_refused(replaced(line, "é", R"(\u00e9)"));
    check_refused(replaced(line, "😀", R"(\ud83d\ude00)"));
    check_refused(replaced(line, R"(\n)", R"(\u000a)"));
    check_refused(replaced(line, R"("category")", R"("\u0063ategory")"));
    // Missing escapes.
    check_refused(replaced(line, R"(\n)", "\n"));
    check_refused(replaced(line, R"(\t)", "\t"));
    check_refused(replaced(line, R"(\")", "\""));
    // Characters that no text may contain.
    check_refused(replaced(line, R"(\t)", R"(\r)"));
    check_refused(replaced(line, R"(\t)", R"(\u0000)"));
    check_refused(replaced(line, R"(\t)", R"(\ud800)"));
    check_refused(replaced(line, "é", "\xC3"));
    check_refused(replaced(line, "é", "\xFF"));
    check_refused(replaced(line, "é", "\xC0\x80"));
    check_refused(replaced(line, "é", "\xED\xA0\x80"));
    check_refused(replaced(line, "é", "\xC2\x85"));
    check_refused(replaced(line, "é", "\x7F"));
}

BOOST_AUTO_TEST_CASE(a_bad_character_is_reported_with_its_place) {
    const auto& line = full_threat_line();
    BOOST_TEST(refusal_of(std::string(1, '\0') + line) ==
               "not an event line: it has the control character U+0000 (NUL) at byte 1");
    BOOST_TEST(refusal_of(replaced(line, "Tampering", R"(T\u0007)")) ==
               "category has the control character U+0007, character 2 of the text");
}

BOOST_AUTO_TEST_CASE(values_of_other_types_are_refused) {
    const auto& line = full_threat_line();
    for (const std::string_view value :
         {R"("1234")", "-1234", "1234.0", "1.234e3", "01234", "+1234", "null", "true", "[1234]",
          "0", "18446744073709551616"}) {
        check_refused(replaced(line, R"("position":1234)", "\"position\":" + std::string(value)));
    }
    check_refused(replaced(line, R"("threat_id":7)", R"("threat_id":"7")"));
    check_refused(replaced(line, R"("category":"Tampering")", R"("category":7)"));
    check_refused(replaced(line, R"("category":"Tampering")", R"("category":null)"));
    check_refused(replaced(line, R"("category":"Tampering")", R"("category":"")"));
    check_refused(replaced(line, R"("category":"Tampering")", R"("category":{})"));
    check_refused(replaced(line, R"("severity":"high")", R"("severity":null)"));
    check_refused(replaced(line, R"("severity":"high")", R"("severity":3)"));
    check_refused(replaced(line, R"("1.0")", "1.0"));
    check_refused(product_line("threat.removed", "threats/7", "[]"));
    check_refused(product_line("threat.removed", "threats/7", "null"));
    check_refused("[" + line + "]");
    check_refused("null");
}

BOOST_AUTO_TEST_CASE(values_out_of_range_are_refused) {
    const auto& line = full_threat_line();
    check_refused(replaced(line, R"("likelihood":4)", R"("likelihood":6)"));
    check_refused(replaced(line, R"("likelihood":4)", R"("likelihood":0)"));
    check_refused(replaced(line, R"("likelihood":4)", R"("likelihood":256)"));
    check_refused(replaced(line, R"("severity":"high")", R"("severity":"extreme")"));
    check_refused(replaced(line, R"("severity":"high")", R"("severity":"High")"));
    check_refused(replaced(line, R"("status":"in_progress")", R"("status":"retired")"));
    check_refused(replaced(line, R"("1.0")", R"("1.1")"));
    check_refused(replaced(line, "2026-11-23T15:12:39.659623Z", "2026-11-31T15:12:39.659623Z"));
    check_refused(replaced(line, "2026-11-23T15:12:39.659623Z", "2026-11-23T15:12:39.659Z"));
    check_refused(
        replaced(line, "2026-11-23T15:12:39.659623Z", "2026-11-23T15:12:39.659623+00:00"));
    check_refused(replaced(line, event_id, "019ab0f2-1c5b-4cc3-98c4-dc0c0c07398f"));
    check_refused(replaced(line, R"("subject":"threats/7")", R"("subject":"threats/8")"));
    for (const std::string_view source :
         {"/api/products/0", "/api/products/01", "/api/products/", "/api/products/1/",
          "/api/products", "/api/products/-1", "/api/products/18446744073709551616",
          "/api/api-tokens", ""}) {
        check_refused(replaced(line, "/api/products/1", source));
    }
    const auto& mitigation = golden_lines()[12].line;
    check_refused(replaced(mitigation, "[1,7,20]", "[7,1,20]"));
    check_refused(replaced(mitigation, "[1,7,20]", "[1,7,7]"));
    check_refused(replaced(mitigation, "[1,7,20]", "[]"));
    check_refused(replaced(mitigation, "[1,7,20]", "[0,7]"));
    check_refused(replaced(mitigation, "[1,7,20]", "[1,7.0]"));
}

BOOST_AUTO_TEST_SUITE_END()
