#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "commands/json/command_json.hpp"
#include "support/bodies.hpp"
#include "support/refused.hpp"

BOOST_AUTO_TEST_SUITE(cloud_event_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::command_json;
using namespace threatatlas::testing;
namespace data = boost::unit_test::data;

namespace {

std::string cloud_event(std::string_view more) {
    return R"({"specversion":"1.0","id":"1","source":"/s","type":"threat.identified",)"
           R"("data":{"name":"n"})" +
           std::string(more) + "}";
}

const std::vector<BadBody> bad_cloud_events{
    {R"({"id":"1","source":"/s","type":"threat.identified","data":{"name":"n"}})",
     "/0/specversion"},
    {R"({"specversion":"0.3","id":"1","source":"/s","type":"threat.identified",)"
     R"("data":{"name":"n"}})",
     "/0/specversion"},
    {R"({"specversion":1.0,"id":"1","source":"/s","type":"threat.identified","data":{"name":"n"}})",
     "/0/specversion"},
    {R"({"specversion":"1.0","source":"/s","type":"threat.identified","data":{"name":"n"}})",
     "/0/id"},
    {R"({"specversion":"1.0","id":"","source":"/s","type":"threat.identified",)"
     R"("data":{"name":"n"}})",
     "/0/id"},
    {R"({"specversion":"1.0","id":7,"source":"/s","type":"threat.identified","data":{"name":"n"}})",
     "/0/id"},
    {R"({"specversion":"1.0","id":"1","type":"threat.identified","data":{"name":"n"}})",
     "/0/source"},
    {R"({"specversion":"1.0","id":"1","source":"","type":"threat.identified",)"
     R"("data":{"name":"n"}})",
     "/0/source"},
    {R"({"specversion":"1.0","id":"1","source":"/s","data":{"name":"n"}})", "/0/type"},
    {R"({"specversion":"1.0","id":"1","source":"/s","type":"threat.identified"})", "/0/data"},
    {cloud_event(R"(,"time":"yesterday")"), "/0/time"},
    {cloud_event(R"(,"time":1)"), "/0/time"},
    {cloud_event(R"(,"subject":1)"), "/0/subject"},
    {cloud_event(R"(,"subject":"")"), "/0/subject"},
    {cloud_event(R"(,"dataschema":[])"), "/0/dataschema"},
    {cloud_event(R"(,"datacontenttype":"text/xml")"), "/0/datacontenttype"},
    {cloud_event(R"(,"datacontenttype":"json")"), "/0/datacontenttype"},
    {cloud_event(R"(,"datacontenttype":5)"), "/0/datacontenttype"},
    {cloud_event(R"(,"data_base64":"AA==")"), "/0/data_base64"},
    {cloud_event(R"(,"Trace":"1")"), "/0/Trace"},
    {cloud_event(R"(,"trace-id":"1")"), "/0/trace-id"},
    {cloud_event(R"(,"":"1")"), "/0/"},
    {cloud_event(R"(,"trace":{"a":1})"), "/0/trace"},
    {cloud_event(R"(,"trace":[])"), "/0/trace"},
    {cloud_event(R"(,"trace":"1","other":1,"trace":"2")"), "/0/trace"},
    {cloud_event(R"(,"subject":"a","subject":"a")"), "/0/subject"},
    {cloud_event(R"(,"on_behalf_of":"a","onbehalfof":"a")"), "/0/onbehalfof"},
    {cloud_event(R"(,"onbehalfof":"")"), "/0/onbehalfof"},
};

}  // namespace

BOOST_DATA_TEST_CASE(a_bad_cloud_event_is_refused_at_its_attribute, data::make(bad_cloud_events),
                     bad) {
    check_unacceptable([&] { parse_bulk(array_of({bad.body}), BulkForm::cloudevents); },
                       bad.pointer);
}

BOOST_AUTO_TEST_CASE(the_time_of_a_cloud_event_is_used_if_its_data_has_none) {
    const auto items = parse_bulk(
        array_of({cloud_event(R"(,"time":"2026-01-01T00:00:00Z")"),
                  R"({"specversion":"1.0","id":"2","source":"/s","type":"threat.identified",)"
                  R"("data":{"name":"n","occurred_at":"2025-01-01T00:00:00Z"},)"
                  R"("time":"2026-01-01T00:00:00Z"})",
                  cloud_event(R"(,"time":null)")}),
        BulkForm::cloudevents);
    BOOST_REQUIRE(items.size() == 3);
    BOOST_TEST((items[0].occurred_at == parse_instant("2026-01-01T00:00:00Z")));
    BOOST_TEST((items[1].occurred_at == parse_instant("2025-01-01T00:00:00Z")));
    BOOST_TEST(!items[2].occurred_at);
}

BOOST_AUTO_TEST_CASE(other_attributes_of_a_cloud_event_are_checked_and_ignored) {
    const auto items = parse_bulk(
        array_of(
            {cloud_event(R"(,"subject":"threats/7","dataschema":"https://s","traceparent":"00-1",)"
                         R"("n1":1,"flag":true,"none":null,"datacontenttype":)"
                         R"("Application/JSON; charset=utf-8")"),
             cloud_event(R"(,"datacontenttype":"application/vnd.x+json","reason":"r",)"
                         R"("onbehalfof":"Ada")"),
             cloud_event(R"(,"on_behalf_of":"Ada","subject":null,"dataschema":null,)"
                         R"("datacontenttype":null)")}),
        BulkForm::cloudevents);
    BOOST_REQUIRE(items.size() == 3);
    BOOST_TEST(items[0].reason.empty());
    BOOST_TEST(items[1].reason == "r");
    BOOST_TEST(items[1].on_behalf_of == "Ada");
    BOOST_TEST(items[2].on_behalf_of == "Ada");
}

BOOST_AUTO_TEST_CASE(attributes_of_cloud_events_are_unknown_elsewhere) {
    check_unacceptable(
        [] {
            parse_bulk(R"({"type":"threat.removed","data":{"threat_id":1},"time":null})",
                       BulkForm::ndjson);
        },
        "/0/time");
}

BOOST_AUTO_TEST_SUITE_END()
