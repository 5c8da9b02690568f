#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "commands/json/command_json.hpp"
#include "events/limits.hpp"
#include "support/bodies.hpp"
#include "support/refused.hpp"

BOOST_AUTO_TEST_SUITE(bulk_json_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::command_json;
using namespace threatatlas::commands;
using namespace threatatlas::events;
using namespace threatatlas::testing;
namespace data = boost::unit_test::data;

namespace {

constexpr std::string_view good_item = R"({"type":"threat.identified","data":{"name":"n"}})";

std::string event(std::string_view type, std::string_view event_data) {
    return R"({"type":")" + std::string(type) + R"(","data":)" + std::string(event_data) + "}";
}

template <class Change>
Change only_change(std::string_view type, std::string_view event_data) {
    const auto items = parse_bulk(event(type, event_data), BulkForm::ndjson);
    BOOST_REQUIRE(items.size() == 1);
    BOOST_REQUIRE(std::holds_alternative<Change>(items[0].change));
    return std::get<Change>(items[0].change);
}

const std::vector<BadBody> bad_items{
    {"1", "/0"},
    {"[]", "/0"},
    {"null", "/0"},
    {R"({"data":{"name":"n"}})", "/0/type"},
    {R"({"type":null,"data":{"name":"n"}})", "/0/type"},
    {R"({"type":1,"data":{"name":"n"}})", "/0/type"},
    {R"({"type":"","data":{"name":"n"}})", "/0/type"},
    {R"({"type":"threat.identified"})", "/0/data"},
    {R"({"type":"threat.identified","data":null})", "/0/data"},
    {R"({"type":"threat.identified","data":[]})", "/0/data"},
    {R"({"type":"threat.identified","data":{"name":"n"},"data":{"name":"n"}})", "/0/data"},
    {R"({"type":"threat.identified","type":"threat.identified","data":{"name":"n"}})", "/0/type"},
    {R"({"type":"threat.identified","data":{"name":"n"},"id":"1"})", "/0/id"},
    {R"({"type":"threat.identified","data":{"name":"n"},"reason":""})", "/0/reason"},
    {R"({"type":"threat.identified","data":{"name":"n"},"on_behalf_of":1})", "/0/on_behalf_of"},
    {R"({"type":"threat.identified","data":{"name":"n","reason":"r"}})", "/0/data/reason"},
    // Types
    {event("threat.identifed", R"({"name":"n"})"), "/0/type"},
    {event("threatatlas.threat.identified", R"({"name":"n"})"), "/0/type"},
    {event("threatatlas.threat.identified.v2", R"({"name":"n"})"), "/0/type"},
    {event("product.registered", R"({"name":"n"})"), "/0/type"},
    {event("threatatlas.product.archived.v1", "{}"), "/0/type"},
    {event("token.issued", R"({"name":"n"})"), "/0/type"},
    {event("token.revoked", R"({"token_id":1})"), "/0/type"},
    // threat.identified
    {event("threat.identified", "{}"), "/0/data/name"},
    {event("threat.identified", R"({"name":"n","severity":"x"})"), "/0/data/severity"},
    {event("threat.identified", R"({"name":"n","threat_id":0})"), "/0/data/threat_id"},
    {event("threat.identified", R"({"name":"n","threat_id":1000000001})"), "/0/data/threat_id"},
    {event("threat.identified", R"({"name":"n","threat_id":"1"})"), "/0/data/threat_id"},
    {event("threat.identified", R"({"name":"n","mitigation_id":1})"), "/0/data/mitigation_id"},
    {event("threat.identified", R"({"name":"n","from":"identified"})"), "/0/data/from"},
    {event("threat.identified", R"({"name":"n","occurred_at":"2026-01-01"})"),
     "/0/data/occurred_at"},
    {event("threat.identified", R"({"name":"n","occurred_at":5})"), "/0/data/occurred_at"},
    // threat.scored
    {event("threat.scored", R"({"severity":"high"})"), "/0/data/threat_id"},
    {event("threat.scored", R"({"threat_id":null,"severity":"high"})"), "/0/data/threat_id"},
    {event("threat.scored", R"({"threat_id":1})"), "/0/data"},
    {event("threat.scored", R"({"threat_id":1,"name":"n","severity":"low"})"), "/0/data/name"},
    {event("threat.scored", R"({"threat_id":1,"status":"mitigated","severity":"low"})"),
     "/0/data/status"},
    {event("threat.scored", R"({"threat_id":1,"likelihood":7,"impact":1})"), "/0/data/likelihood"},
    // threat.status_changed
    {event("threat.status_changed", R"({"threat_id":1})"), "/0/data/status"},
    {event("threat.status_changed", R"({"threat_id":1,"status":null})"), "/0/data/status"},
    {event("threat.status_changed", R"({"threat_id":1,"status":"proposed"})"), "/0/data/status"},
    {event("threat.status_changed", R"({"status":"mitigated"})"), "/0/data/threat_id"},
    {event("threat.status_changed", R"({"threat_id":1,"status":"mitigated","from":"x"})"),
     "/0/data/from"},
    {event("threat.status_changed", R"({"threat_id":1,"status":"mitigated","severity":"low"})"),
     "/0/data/severity"},
    // threat.described
    {event("threat.described", R"({"threat_id":1})"), "/0/data"},
    {event("threat.described", R"({"name":"n"})"), "/0/data/threat_id"},
    {event("threat.described", R"({"threat_id":1,"name":null})"), "/0/data/name"},
    {event("threat.described", R"({"threat_id":1,"severity":"low"})"), "/0/data/severity"},
    {event("threat.described", R"({"threat_id":1,"status":"mitigated"})"), "/0/data/status"},
    // threat.removed
    {event("threat.removed", "{}"), "/0/data/threat_id"},
    {event("threat.removed", R"({"threat_id":1,"name":"n"})"), "/0/data/name"},
    // mitigation.proposed
    {event("mitigation.proposed", R"({"threat_ids":[1]})"), "/0/data/name"},
    {event("mitigation.proposed", R"({"name":"n","threat_ids":[1,1]})"), "/0/data/threat_ids/1"},
    {event("mitigation.proposed", R"({"name":"n","mitigation_id":0})"), "/0/data/mitigation_id"},
    {event("mitigation.proposed", R"({"name":"n","element_name":"e"})"), "/0/data/element_name"},
    // mitigation.status_changed
    {event("mitigation.status_changed", R"({"mitigation_id":1})"), "/0/data/status"},
    {event("mitigation.status_changed", R"({"mitigation_id":1,"status":"mitigated"})"),
     "/0/data/status"},
    {event("mitigation.status_changed", R"({"threat_id":1,"mitigation_id":1,"status":"retired"})"),
     "/0/data/threat_id"},
    // mitigation.linked
    {event("mitigation.linked", R"({"threat_ids":[1]})"), "/0/data/mitigation_id"},
    {event("mitigation.linked", R"({"mitigation_id":1,"threat_ids":[0]})"), "/0/data/threat_ids/0"},
    {event("mitigation.linked", R"({"mitigation_id":1,"name":"n"})"), "/0/data/name"},
    // mitigation.described and removed
    {event("mitigation.described", R"({"mitigation_id":1})"), "/0/data"},
    {event("mitigation.described", R"({"mitigation_id":1,"diagram":"D"})"), "/0/data/diagram"},
    {event("mitigation.removed", R"({"mitigation_id":-1})"), "/0/data/mitigation_id"},
    {event("mitigation.removed", R"({"mitigation_id":99999999999999999999})"),
     "/0/data/mitigation_id"},
    // product.described
    {event("product.described", "{}"), "/0/data"},
    {event("product.described", R"({"occurred_at":"2026-01-01T00:00:00Z"})"), "/0/data"},
    {event("product.described", R"({"name":null})"), "/0/data/name"},
    {event("product.described", R"({"status":"live"})"), "/0/data/status"},
    {event("product.described", R"({"product_id":1,"name":"n"})"), "/0/data/product_id"},
};

}  // namespace

BOOST_DATA_TEST_CASE(a_bad_item_is_refused_at_its_field, data::make(bad_items), bad) {
    check_unacceptable([&] { parse_bulk(bad.body, BulkForm::ndjson); }, bad.pointer);
    check_unacceptable([&] { parse_bulk(array_of({bad.body}), BulkForm::array); }, bad.pointer);
}

BOOST_AUTO_TEST_CASE(the_pointer_counts_items_and_not_blank_lines) {
    const std::string good(good_item);
    const std::string bad = event("threat.scored", R"({"threat_id":1,"severity":"severe"})");
    check_unacceptable(
        [&] { parse_bulk(good + "\n\n  \t\n" + good + "\r\n\r\n" + bad, BulkForm::ndjson); },
        "/2/data/severity");
    check_unacceptable(
        [&] {
            parse_bulk(array_of({good, good, bad}), BulkForm::array);
        },
        "/2/data/severity");
}

BOOST_AUTO_TEST_CASE(bad_items_are_reported_up_to_a_limit) {
    const std::string bad = event("threat.scored", R"({"threat_id":1,"severity":"severe"})");
    const auto two = refused(
        [&] { parse_bulk(bad + "\n" + std::string(good_item) + "\n" + bad, BulkForm::ndjson); });
    BOOST_REQUIRE(two);
    const std::vector<std::string> pointers{"/0/data/severity", "/2/data/severity"};
    BOOST_TEST(pointers_of(*two) == pointers, boost::test_tools::per_element());

    const auto many =
        refused([&] { parse_bulk(array_of(std::vector(100, bad)), BulkForm::array); });
    BOOST_REQUIRE(many);
    BOOST_TEST(many->errors().size() == 20U);
    BOOST_TEST(many->errors().back().name == "/19/data/severity");
}

// An event without changes is reported even if an earlier item was refused.
BOOST_AUTO_TEST_CASE(errors_of_one_item_do_not_hide_those_of_the_next) {
    const auto refusal = refused([] {
        parse_bulk(event("threat.removed", "{}") + "\n" + event("product.described", "{}"),
                   BulkForm::ndjson);
    });
    BOOST_REQUIRE(refusal);
    const std::vector<std::string> pointers{"/0/data/threat_id", "/1/data"};
    BOOST_TEST(pointers_of(*refusal) == pointers, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_line_that_is_not_json_is_malformed_at_its_item) {
    const std::string good(good_item);
    for (const std::string& line :
         {std::string("{"), std::string("{\"type\":"), std::string("\xff"), good + good, good + ",",
          std::string("[") + good, std::string("\v")}) {
        const auto refusal =
            refused([&] { parse_bulk(good + "\n" + line + "\n" + good, BulkForm::ndjson); });
        BOOST_REQUIRE(refusal);
        BOOST_TEST((refusal->kind() == RefusalKind::malformed));
        BOOST_TEST(pointers_of(*refusal) == std::vector<std::string>{"/1"},
                   boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(an_array_that_is_not_json_is_malformed) {
    const std::string good(good_item);
    const std::vector<BadBody> bodies{
        {"[", "/0"},
        {"[" + good, "/0"},
        {"[" + good + ",", "/1"},
        {"[" + good + "}", "/0"},
        {"[" + good + ",]", "/1"},
        {"[," + good + "]", "/0"},
        {"[" + good + ",," + good + "]", "/1"},
        {"[" + good + good + "]", "/0"},
        {"[" + good + ",{]", "/1"},
        {"[" + good + ",[}]", "/1"},
        {"[" + good + R"(,"a]})", "/1"},
        {"[" + good + R"(,"a\"])", "/1"},
        {"[" + good + R"(,"a\\\"])", "/1"},
        {"[" + good + ",'a']", "/1"},
        {"[" + good + ",\xff]", "/1"},
        {"[" + good + "] x", ""},
        {"[" + good + "]]", ""},
        {"[" + good + "]" + good, ""},
        {"[],", ""},
        {"]", ""},
        {good + "]", ""},
        {"x", ""},
    };
    for (const BadBody& bad : bodies) {
        for (const BulkForm form : {BulkForm::array, BulkForm::cloudevents}) {
            const auto refusal = refused([&] { parse_bulk(bad.body, form); });
            BOOST_REQUIRE(refusal);
            BOOST_TEST((refusal->kind() == RefusalKind::malformed), bad.body);
            BOOST_TEST(refusal->errors().at(0).name == bad.pointer, bad.body);
        }
    }
}

// The end of an array element is found without being confused by the content of strings.
BOOST_AUTO_TEST_CASE(brackets_commas_and_quotation_marks_in_texts_do_not_end_an_item) {
    const std::vector<std::pair<std::string, std::string>> texts{
        {R"(],[)", "],["},     {R"(}}]}{)", "}}]}{"},   {R"(\"]\")", "\"]\""},
        {R"(\\)", "\\"},       {R"(\\\"],)", "\\\"],"}, {R"(\u005c\")", "\\\""},
        {R"(a\\\\)", "a\\\\"}, {R"(\"\"\")", "\"\"\""}};
    std::vector<std::string> list;
    for (const auto& [escaped, text] : texts) {
        list.push_back(event("threat.identified", R"({"name":")" + escaped + R"("})"));
        list.push_back(" \t\r\n" + list.back() + " \t\r\n");
    }
    const auto items = parse_bulk(" \n" + array_of(list) + " \n", BulkForm::array);
    BOOST_REQUIRE(items.size() == list.size());
    for (std::size_t i = 0; i < items.size(); ++i) {
        BOOST_TEST(std::get<IdentifyThreat>(items[i].change).texts[ThreatField::name] ==
                   texts[i / 2].second);
    }
}

BOOST_AUTO_TEST_CASE(an_announced_array_is_required) {
    for (const BulkForm form : {BulkForm::array, BulkForm::cloudevents}) {
        check_unacceptable([&] { parse_bulk(good_item, form); }, "");
        check_unacceptable([&] { parse_bulk("null", form); }, "");
    }
}

BOOST_AUTO_TEST_CASE(an_empty_body_is_refused) {
    for (const std::string_view body : {"", "\n", " \r\n\t\n"}) {
        check_unacceptable([&] { parse_bulk(body, BulkForm::ndjson); }, "");
        check_unacceptable([&] { parse_bulk(body, BulkForm::array); }, "");
    }
    check_unacceptable([] { parse_bulk("[]", BulkForm::array); }, "");
    check_unacceptable([] { parse_bulk("[ ]", BulkForm::cloudevents); }, "");
}

BOOST_AUTO_TEST_CASE(the_number_of_items_is_limited) {
    std::string lines;
    std::string array = "[";
    for (std::size_t i = 0; i < events::limits::bulk_items_max; ++i) {
        lines += std::string(good_item) + "\n";
        array += std::string(i > 0 ? "," : "") + std::string(good_item);
    }
    BOOST_TEST(parse_bulk(lines, BulkForm::ndjson).size() == 20'000U);
    const auto items = parse_bulk(array + "]", BulkForm::array);
    BOOST_TEST(items.size() == 20'000U);
    BOOST_TEST(items.back().pointer == "/19999/data");
    check_unacceptable([&] { parse_bulk(lines + std::string(good_item), BulkForm::ndjson); },
                       "/20000");
    check_unacceptable(
        [&] { parse_bulk(array + "," + std::string(good_item) + "]", BulkForm::array); }, "/20000");
}

BOOST_AUTO_TEST_CASE(a_body_larger_than_the_kept_buffers_is_read_too) {
    const std::string text(10'000, 'd');
    std::vector<std::string> list;
    while (list.size() * text.size() < 2 * events::limits::body_bytes_max) {
        list.push_back(
            event("threat.identified", R"({"name":"n","description":")" + text + R"("})"));
    }
    const auto items = parse_bulk(array_of(list), BulkForm::array);
    BOOST_REQUIRE(items.size() == list.size());
    for (const Item& item : items) {
        BOOST_TEST(std::get<IdentifyThreat>(item.change).texts[ThreatField::description] == text);
    }
}

BOOST_AUTO_TEST_CASE(both_forms_of_a_type_and_both_orders_of_an_item_are_understood) {
    for (const std::string_view body :
         {R"({"type":"threat.removed","data":{"threat_id":7}})",
          R"({"type":"threatatlas.threat.removed.v1","data":{"threat_id":7}})",
          R"({"data":{"threat_id":7},"type":"threat.removed"})"}) {
        const auto items = parse_bulk(body, BulkForm::ndjson);
        BOOST_REQUIRE(items.size() == 1);
        BOOST_TEST(std::get<RemoveThreat>(items[0].change).threat_id == 7U);
    }
}

BOOST_AUTO_TEST_CASE(windows_line_ends_are_accepted_in_every_form) {
    const std::string mark = "\xEF\xBB\xBF";
    const std::string item =
        R"({"type":"threat.identified","data":{"name":"n","description":"a\r\nb"},"reason":"r\r\ns"})";
    const std::string event =
        R"({"specversion":"1.0","id":"1","source":"s","onbehalfof":"A\rB",)" + item.substr(1);
    const std::vector<std::pair<std::string, BulkForm>> bodies{
        {mark + item + "\r\n" + item + "\r\n\r\n", BulkForm::ndjson},
        // Two concatenated files, each with a byte order mark.
        {mark + item + "\n" + mark + item, BulkForm::ndjson},
        {mark + "\r\n[" + item + ",\r\n" + item + "]\r\n", BulkForm::array},
        {mark + "[" + event + "," + event + "]", BulkForm::cloudevents}};
    for (const auto& [body, form] : bodies) {
        const auto items = parse_bulk(body, form);
        BOOST_REQUIRE(items.size() == 2);
        for (const Item& read : items) {
            const auto& texts = std::get<IdentifyThreat>(read.change).texts;
            BOOST_TEST(texts[ThreatField::description] == "a\nb");
            BOOST_TEST(read.reason == "r\ns");
            BOOST_TEST(read.on_behalf_of == (form == BulkForm::cloudevents ? "A\nB" : ""));
        }
        // In UTF-16LE.
        std::string wide;
        for (const char c : body.substr(mark.size())) {
            wide += c;
            wide += '\0';
        }
        const auto refusal = refused([&, text = "\xFF\xFE" + wide] { parse_bulk(text, form); });
        BOOST_REQUIRE(refusal);
        BOOST_TEST(refusal->detail() == "Encode the body as UTF-8: it is UTF-16.");
    }
}

BOOST_AUTO_TEST_CASE(an_item_has_its_attributes_time_and_pointer) {
    const auto items =
        parse_bulk(std::string(good_item) + "\n" +
                       R"({"reason":"audit","type":"threat.removed","on_behalf_of":"Ada",)"
                       R"("data":{"occurred_at":"2026-01-01T00:00:00.1234567Z","threat_id":1}})",
                   BulkForm::ndjson);
    BOOST_REQUIRE(items.size() == 2);
    BOOST_TEST(items[0].pointer == "/0/data");
    BOOST_TEST(items[0].reason.empty());
    BOOST_TEST(!items[0].occurred_at);
    BOOST_TEST(items[1].pointer == "/1/data");
    BOOST_TEST(items[1].reason == "audit");
    BOOST_TEST(items[1].on_behalf_of == "Ada");
    BOOST_TEST((items[1].occurred_at == parse_instant("2026-01-01T00:00:00.123456Z")));
}

BOOST_AUTO_TEST_CASE(each_type_becomes_its_change) {
    const auto identified = only_change<IdentifyThreat>(
        "threat.identified",
        R"({"threat_id":1000000000,"name":"n","severity":"high","status":"accepted"})");
    BOOST_TEST((identified.threat_id == std::optional<ThreatId>(1'000'000'000)));
    BOOST_TEST((identified.scoring.severity == std::optional(std::optional(Severity::high))));
    BOOST_TEST((identified.status == ThreatStatus::accepted));
    BOOST_TEST(!only_change<IdentifyThreat>("threat.identified", R"({"threat_id":null,"name":"n"})")
                    .threat_id);

    const auto scored =
        only_change<ChangeThreat>("threat.scored", R"({"threat_id":4000000000,"severity":null})");
    BOOST_TEST(scored.threat_id == 4'000'000'000U);
    BOOST_REQUIRE(scored.scoring.severity);
    BOOST_TEST(!*scored.scoring.severity);
    BOOST_TEST(!scored.scoring.likelihood);

    const auto status = only_change<ChangeThreat>(
        "threat.status_changed", R"({"threat_id":1,"status":"mitigated","from":"in_progress"})");
    BOOST_TEST((status.status == std::optional(ThreatStatus::mitigated)));
    BOOST_TEST((status.from == std::optional(ThreatStatus::in_progress)));

    const auto described = only_change<ChangeThreat>(
        "threat.described", R"({"threat_id":1,"element_name":"e","comments":null})");
    BOOST_TEST(
        (described.changes[ThreatField::element_name] == std::optional<std::string_view>("e")));
    BOOST_TEST((described.changes[ThreatField::comments] == std::optional<std::string_view>("")));

    const auto proposed = only_change<ProposeMitigation>(
        "mitigation.proposed",
        R"({"mitigation_id":5,"name":"n","status":"implemented","threat_ids":[2,1]})");
    BOOST_TEST((proposed.mitigation_id == std::optional<MitigationId>(5)));
    BOOST_TEST((proposed.status == MitigationStatus::implemented));
    BOOST_TEST((proposed.scope == CoverageScope{{1, 2}, "", ""}));

    const auto mitigation_status = only_change<ChangeMitigation>(
        "mitigation.status_changed", R"({"mitigation_id":5,"status":"retired","from":"verified"})");
    BOOST_TEST((mitigation_status.status == std::optional(MitigationStatus::retired)));
    BOOST_TEST((mitigation_status.from == std::optional(MitigationStatus::verified)));
    BOOST_TEST(mitigation_status.scope.empty());

    const auto mitigation_described = only_change<ChangeMitigation>(
        "mitigation.described", R"({"mitigation_id":5,"category":"c"})");
    BOOST_TEST((mitigation_described.changes[MitigationField::category] ==
                std::optional<std::string_view>("c")));

    BOOST_TEST(only_change<RemoveMitigation>("mitigation.removed", R"({"mitigation_id":5})")
                   .mitigation_id == 5U);
    const auto product =
        only_change<DescribeProduct>("product.described", R"({"status":"testing"})");
    BOOST_TEST(
        (product.changes[ProductField::status] == std::optional<std::string_view>("testing")));
}

BOOST_AUTO_TEST_CASE(a_link_replaces_the_whole_scope) {
    const auto bare =
        only_change<ChangeMitigation>("mitigation.linked", R"({"mitigation_id":5})").scope;
    BOOST_TEST((bare.threat_ids == std::optional(std::vector<ThreatId>())));
    BOOST_TEST((bare.diagram == std::optional<std::string>("")));
    BOOST_TEST((bare.element_id == std::optional<std::string>("")));

    const auto full = only_change<ChangeMitigation>(
                          "mitigation.linked",
                          R"({"mitigation_id":5,"threat_ids":[1],"diagram":"D","element_id":null})")
                          .scope;
    BOOST_TEST((full.threat_ids == std::optional(std::vector<ThreatId>{1})));
    BOOST_TEST((full.diagram == std::optional<std::string>("D")));
    BOOST_TEST((full.element_id == std::optional<std::string>("")));
}

BOOST_AUTO_TEST_CASE(a_syntax_error_has_its_place_in_the_whole_body) {
    const std::string good(good_item);
    const auto place_of = [](const std::string& body, BulkForm form) {
        const auto refusal = refused([&] { parse_bulk(body, form); });
        BOOST_REQUIRE(refusal);
        const std::string detail = refusal->detail();
        const std::size_t begin = detail.rfind('(');
        BOOST_REQUIRE(begin != std::string::npos);
        return detail.substr(begin);
    };
    BOOST_TEST(place_of(good + "\n\n" + good + "\r\n{\"type\" 1}\n" + good, BulkForm::ndjson) ==
               "(line 4, column 9).");
    BOOST_TEST(place_of("[\n" + good + ",\n{\"type\" 1}\n]", BulkForm::array) ==
               "(line 3, column 9).");
    BOOST_TEST(place_of("[\n" + good + "\n" + good + "\n]", BulkForm::array) ==
               "(line 3, column 1).");
    BOOST_TEST(place_of("[\n" + good + ",\n", BulkForm::array) == "(line 3, column 1).");
    BOOST_TEST(place_of("[\n" + good + "\n]\nx", BulkForm::array) == "(line 4, column 1).");
    BOOST_TEST(place_of("\n{]", BulkForm::array) == "(line 2, column 2).");
}

BOOST_AUTO_TEST_SUITE_END()
