// Reasons and on_behalf_of: when they are required, and when they are refused because nothing would
// be recorded.

#include <functional>

#include <boost/test/unit_test.hpp>

#include "commands/decide.hpp"
#include "support/desk.hpp"
#include "support/refused.hpp"

BOOST_AUTO_TEST_SUITE(decide_reasons_test)

using namespace threatatlas;
using namespace threatatlas::command_json;
using namespace threatatlas::commands;
using namespace threatatlas::testing;

namespace {

std::string line_of_item(std::string_view type, std::string_view data) {
    return R"({"type":")" + std::string(type) + R"(","data":)" + std::string(data) + "}\n";
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_reason_without_a_change_is_refused) {
    Product1 desk(1);
    desk.propose(R"({"name":"M","threat_ids":[1]})");
    const std::string status =
        R"({"type":"threat.status_changed","data":{"threat_id":1,"status":"identified"})";
    const std::string change =
        line_of_item("threat.described", R"({"threat_id":1,"comments":"c"})");
    const auto cloud_events = [&](const std::string& attribute) {
        Command command = Desk::about(1, parse_change_threat("{}", 1), AnswerForm::counts);
        command.items = parse_bulk(R"([{"specversion":"1.0","id":"1","source":"s",)" + attribute +
                                       "," + status.substr(1) + "}]",
                                   BulkForm::cloudevents);
        return desk.run(command);
    };
    const std::vector<std::pair<std::function<void()>, std::string>> writes{
        {[&] { desk.describe_product(R"({"name":"P","reason":"r"})"); }, "/reason"},
        {[&] { desk.describe_product(R"({"on_behalf_of":"Ada"})"); }, "/on_behalf_of"},
        {[&] { desk.change_threat(1, R"({"reason":"r"})"); }, "/reason"},
        {[&] { desk.change_threat(1, R"({"status":"identified","reason":"r"})"); }, "/reason"},
        {[&] { desk.change_threat(1, R"({"severity":"high","on_behalf_of":"Ada"})"); },
         "/on_behalf_of"},
        {[&] { desk.change_mitigation(1, R"({"threat_ids":[1],"reason":"r"})"); }, "/reason"},
        {[&] { desk.bulk(change + status + R"(,"reason":"r"})"); }, "/1/reason"},
        {[&] { desk.bulk(status + R"(,"on_behalf_of":"Ada"})"); }, "/0/on_behalf_of"},
        {[&] { cloud_events(R"("onbehalfof":"Ada")"); }, "/0/onbehalfof"}};
    for (const auto& [write, pointer] : writes) {
        const Position before = desk.next_position();
        const auto refusal = refused(write);
        BOOST_TEST_REQUIRE(refusal.has_value(), pointer);
        BOOST_TEST((refusal->kind() == RefusalKind::unacceptable));
        BOOST_TEST(pointers_of(*refusal) == std::vector{pointer}, boost::test_tools::per_element());
        BOOST_TEST(refusal->detail().starts_with("Nothing would be recorded"));
        BOOST_TEST(desk.next_position() == before);
    }
    // With at least one actual change, the reason is recorded.
    desk.change_threat(1, R"({"status":"identified","comments":"d","reason":"r"})");
    BOOST_TEST(desk.events().at(0).reason == "r");
}

BOOST_AUTO_TEST_CASE(accepting_or_excluding_a_threat_needs_a_reason) {
    Product1 desk(1);
    for (const std::string status : {"accepted", "not_applicable"}) {
        const std::string with_status = R"("status":")" + status + '"';
        check_unacceptable([&] { desk.identify(R"({"name":"T",)" + with_status + "}"); },
                           "/reason");
        check_unacceptable([&] { desk.change_threat(1, "{" + with_status + "}"); }, "/reason");
        check_unacceptable(
            [&] { desk.change_threat(1, "{" + with_status + R"(,"on_behalf_of":"Ada"})"); },
            "/reason");
        desk.identify(R"({"name":"T","reason":"r",)" + with_status + "}");
        desk.change_threat(1, "{" + with_status + R"(,"reason":"r"})");
        BOOST_TEST(desk.events().at(0).reason == "r");
        // If the status does not change, other fields may be changed without a reason.
        desk.change_threat(1, "{" + with_status + R"(,"comments":")" + status + "\"}");
        desk.bulk(line_of_item("threat.identified", R"({"name":"T",)" + with_status + "}"));
        desk.bulk(line_of_item("threat.status_changed", R"({"threat_id":1,"status":"mitigated"})"));
        desk.bulk(line_of_item("threat.status_changed", R"({"threat_id":1,)" + with_status + "}"));
    }
    desk.change_threat(1, R"({"status":"mitigated"})");
}

BOOST_AUTO_TEST_SUITE_END()
