// Commands applied to the state: recorded events, responses, and refusals that leave no trace.

#include "commands/decide.hpp"

#include <boost/test/unit_test.hpp>

#include "events/limits.hpp"
#include "projections/access.hpp"
#include "support/desk.hpp"
#include "support/random.hpp"
#include "support/refused.hpp"
#include "support/twin_rows.hpp"

BOOST_AUTO_TEST_SUITE(decide_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::command_json;
using namespace threatatlas::commands;
using namespace threatatlas::events;
using namespace threatatlas::projections;
using namespace threatatlas::store;
using namespace threatatlas::testing;

namespace {

std::string line_of_item(std::string_view type, std::string_view data) {
    return R"({"type":")" + std::string(type) + R"(","data":)" + std::string(data) + "}\n";
}

}  // namespace

// --- Products ------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_product_gets_the_next_id) {
    Desk desk;
    const auto first = desk.register_product(R"({"name":"A","status":"design"})");
    BOOST_CHECK(first.result == Result::created);
    BOOST_TEST(first.location == "/api/products/1");
    BOOST_TEST(first.version == 1U);
    BOOST_TEST(first.position == 1U);
    BOOST_TEST(body_of(first).at("id") == 1);
    BOOST_TEST(body_of(first).at("name") == "A");
    BOOST_TEST(body_of(first).at("status") == "design");
    BOOST_TEST(body_of(first).at("summary").at("total_threats") == 0);
    BOOST_TEST(desk.register_product().location == "/api/products/2");
    desk.archive_product(2);
    desk.write_group();
    BOOST_TEST(desk.register_product().location == "/api/products/3");
}

BOOST_AUTO_TEST_CASE(an_archived_product_accepts_no_changes) {
    Product1 desk(1);
    desk.propose(R"({"name":"M"})");
    const auto archived = desk.archive_product();
    BOOST_CHECK(archived.result == Result::no_content);
    BOOST_TEST(archived.body == "");
    BOOST_TEST(archived.version == 4U);
    BOOST_TEST(archived.position == 4U);
    const auto check_gone = [](const auto& act) {
        BOOST_CHECK(kind_of(act) == RefusalKind::not_found);
    };
    check_gone([&] { desk.archive_product(); });
    check_gone([&] { desk.describe_product(R"({"name":"B"})"); });
    check_gone([&] { desk.identify(R"({"name":"T"})"); });
    check_gone([&] { desk.change_threat(1, R"({"name":"U"})"); });
    check_gone([&] { desk.remove_threat(1); });
    check_gone([&] { desk.propose(R"({"name":"M"})"); });
    check_gone([&] { desk.change_mitigation(1, R"({"name":"N"})"); });
    check_gone([&] { desk.remove_mitigation(1); });
    check_gone([&] { desk.bulk(line_of_item("threat.identified", R"({"name":"T"})")); });
    // Commands that would change nothing are refused too.
    check_gone([&] { desk.describe_product(R"({"name":"P"})"); });
}

BOOST_AUTO_TEST_CASE(only_utf8_is_recorded) {
    Product1 desk;
    // Readers of requests refuse such a text; a line with one could not be read again.
    const auto identify_for = [&](const std::string& reason) {
        commands::Command command =
            Desk::about(1, command_json::parse_identify_threat(R"({"name":"T"})"));
        command.items.front().reason = reason;
        desk.run(std::move(command));
    };
    for (const char* const reason : {"\xff", "caf\xc3", "\xed\xa0\x80"}) {
        BOOST_CHECK(kind_of([&] { identify_for(reason); }) == RefusalKind::unacceptable);
        BOOST_TEST(desk.next_position() == 2U);
    }
    identify_for("caf\xc3\xa9");
    BOOST_TEST(desk.events().front().reason == "caf\xc3\xa9");
}

BOOST_AUTO_TEST_CASE(an_unknown_product_is_not_found) {
    Desk desk;
    BOOST_CHECK(kind_of([&] { desk.identify(R"({"name":"T"})", 7); }) == RefusalKind::not_found);
    BOOST_CHECK(kind_of([&] { desk.identify(R"({"name":"T"})", 0); }) == RefusalKind::not_found);
    BOOST_TEST(!desk.has_changes());
}

// --- Ids -----------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(ids_are_given_or_chosen_once) {
    Product1 desk;
    BOOST_TEST(desk.identify(R"({"name":"T"})").location == "/api/products/1/threats/1");
    desk.bulk(line_of_item("threat.identified", R"({"name":"T","threat_id":7})"));
    BOOST_TEST(desk.identify(R"({"name":"T"})").location == "/api/products/1/threats/8");
    // A chosen id may fill a gap; the next automatic id still follows the highest one.
    desk.bulk(line_of_item("threat.identified", R"({"name":"T","threat_id":3})"));
    BOOST_TEST(desk.identify(R"({"name":"T"})").location == "/api/products/1/threats/9");
    const auto taken = line_of_item("threat.identified", R"({"name":"T","threat_id":7})");
    BOOST_CHECK(kind_of([&] { desk.bulk(taken); }) == RefusalKind::conflict);
    desk.remove_threat(7);
    BOOST_CHECK(kind_of([&] { desk.bulk(taken); }) == RefusalKind::conflict);
    BOOST_TEST(pointers_of(*refused([&] { desk.bulk(taken); })) ==
                   std::vector<std::string>{"/0/data/threat_id"},
               boost::test_tools::per_element());
    // The highest id is not reused after its removal.
    desk.remove_threat(9);
    desk.write_group();
    BOOST_TEST(desk.identify(R"({"name":"T"})").location == "/api/products/1/threats/10");
}

BOOST_AUTO_TEST_CASE(mitigations_and_products_have_their_own_ids) {
    Product1 desk(3);
    BOOST_TEST(desk.propose(R"({"name":"M"})").location == "/api/products/1/mitigations/1");
    desk.register_product();
    BOOST_TEST(desk.identify(R"({"name":"T"})", 2).location == "/api/products/2/threats/1");
    desk.bulk(line_of_item("mitigation.proposed", R"({"name":"M","mitigation_id":1000000000})"));
    BOOST_TEST(desk.propose(R"({"name":"M"})").location ==
               "/api/products/1/mitigations/1000000001");
    BOOST_CHECK(kind_of([&] {
                    desk.bulk(
                        line_of_item("mitigation.proposed", R"({"name":"M","mitigation_id":1})"));
                }) == RefusalKind::conflict);
}

// --- Recorded events -----------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_patch_of_several_kinds_is_several_events_of_one_transaction) {
    Product1 desk(1);
    const auto answer = desk.change_threat(
        1, R"({"name":"N","severity":"low","status":"accepted","reason":"r","on_behalf_of":"o"})");
    BOOST_TEST(desk.types() == "threat.described threat.scored threat.status_changed");
    const auto events = desk.events();
    Position position = 3;
    for (const Event& event : events) {
        BOOST_TEST(event.position == position++);
        BOOST_CHECK(event.time == desk.time());
        BOOST_TEST(event.reason == "r");
        BOOST_TEST(event.on_behalf_of == "o");
        BOOST_TEST(event.actor == "system");
        BOOST_TEST(event.product_id == 1U);
    }
    BOOST_CHECK(std::get<ThreatStatusChanged>(events[2].data).from == ThreatStatus::identified);
    BOOST_CHECK(answer.result == Result::ok);
    BOOST_TEST(answer.version == 5U);
    BOOST_TEST(answer.position == 5U);
    BOOST_TEST(answer.location == "");
    BOOST_TEST(body_of(answer).at("status") == "accepted");
}

BOOST_AUTO_TEST_CASE(only_changes_are_recorded) {
    Product1 desk(1);
    desk.change_threat(1, R"({"name":"T","comments":"c","status":"identified"})");
    BOOST_REQUIRE_EQUAL(desk.types(), "threat.described");
    ThreatChanges changes;
    changes.set(ThreatField::comments, "c");
    BOOST_CHECK((std::get<ThreatDescribed>(desk.events()[0].data) == ThreatDescribed{1, changes}));
}

BOOST_AUTO_TEST_CASE(a_write_that_changes_nothing_records_nothing) {
    Product1 desk(1);
    desk.propose(R"({"name":"M","threat_ids":[1],"diagram":"D","element_id":"e"})");
    const Position before = desk.next_position();
    desk.write_group();
    const std::vector<std::function<WriteAnswer()>> writes{
        [&] { return desk.describe_product(R"({"name":"P"})"); },
        [&] { return desk.describe_product(R"({"name":"P","description":null})"); },
        [&] { return desk.describe_product("{}"); },
        [&] { return desk.change_threat(1, R"({"name":"T","severity":"high"})"); },
        [&] { return desk.change_threat(1, R"({"status":"identified","comments":null})"); },
        [&] { return desk.change_mitigation(1, R"({"name":"M","status":"proposed"})"); },
        [&] { return desk.change_mitigation(1, R"({"threat_ids":[1],"element_id":"e"})"); },
        [&] {
            return desk.bulk(
                line_of_item("threat.status_changed", R"({"threat_id":1,"status":"identified"})"));
        }};
    for (const auto& write : writes) {
        const auto answer = write();
        BOOST_CHECK(answer.result == Result::ok);
        BOOST_TEST(answer.version == 3U);
        BOOST_TEST(answer.position == 3U);
        BOOST_TEST(desk.lines().empty());
    }
    BOOST_TEST(desk.next_position() == before);
    BOOST_TEST(!desk.has_changes());
}

BOOST_AUTO_TEST_CASE(the_answer_is_the_changed_object) {
    Product1 desk;
    const auto threat = body_of(desk.identify(R"({"name":"T","likelihood":5,"impact":4})"));
    BOOST_TEST(threat.at("id") == 1);
    BOOST_TEST(threat.at("product_id") == 1);
    BOOST_TEST(threat.at("risk_score") == 20);
    BOOST_TEST(threat.at("status") == "identified");
    BOOST_TEST(threat.at("covered") == false);
    BOOST_TEST(threat.at("description").is_null());
    const auto mitigation =
        body_of(desk.propose(R"({"name":"M","status":"verified","threat_ids":[1]})"));
    BOOST_TEST(mitigation.at("active") == true);
    BOOST_TEST(mitigation.at("threat_ids") == nlohmann::json({1}));
    const auto covered = body_of(desk.change_threat(1, R"({"status":"accepted","reason":"r"})"));
    BOOST_TEST(covered.at("covered") == true);
    BOOST_TEST(covered.at("covered_by") == nlohmann::json({1}));
    BOOST_TEST(covered.at("created_at") == threat.at("created_at"));
    BOOST_TEST(covered.at("updated_at") != threat.at("updated_at"));
    const auto product = body_of(desk.describe_product(R"({"owner_name":"Ada"})"));
    BOOST_TEST(product.at("summary").at("total_threats") == 1);
    BOOST_TEST(product.at("version") == 5);
}

BOOST_AUTO_TEST_CASE(a_missing_object_is_not_found) {
    Product1 desk(1);
    desk.remove_threat(1);
    for (const ThreatId id : {1U, 2U, 0U}) {
        BOOST_CHECK(kind_of([&] { desk.change_threat(id, R"({"name":"N"})"); }) ==
                    RefusalKind::not_found);
        BOOST_CHECK(kind_of([&] { desk.remove_threat(id); }) == RefusalKind::not_found);
        BOOST_CHECK(kind_of([&] { desk.change_mitigation(id, R"({"name":"N"})"); }) ==
                    RefusalKind::not_found);
        BOOST_CHECK(kind_of([&] { desk.remove_mitigation(id); }) == RefusalKind::not_found);
    }
}

// --- Coverage ------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_mitigation_may_name_only_existing_threats) {
    Product1 desk(2);
    desk.remove_threat(2);
    for (const std::string_view ids : {"[2]", "[3]", "[1,2]"}) {
        const std::string body = R"({"name":"M","threat_ids":)" + std::string(ids) + "}";
        check_unacceptable([&] { desk.propose(body); }, "/threat_ids");
    }
    desk.propose(R"({"name":"M","threat_ids":[1]})");
    check_unacceptable([&] { desk.change_mitigation(1, R"({"threat_ids":[1,2]})"); },
                       "/threat_ids");
    check_unacceptable(
        [&] {
            desk.bulk(line_of_item("mitigation.linked", R"({"mitigation_id":1,"threat_ids":[3]})"));
        },
        "/0/data/threat_ids");
}

// "Losing a link must never widen what a control covers."
BOOST_AUTO_TEST_CASE(removing_a_threat_does_not_widen_a_mitigation) {
    Product1 desk;
    desk.identify(R"({"name":"A","severity":"high","diagram":"D","element_id":"e"})");
    desk.identify(R"({"name":"B","severity":"high","diagram":"D","element_id":"e"})");
    desk.propose(
        R"({"name":"M","status":"verified","threat_ids":[1],"diagram":"D","element_id":"e"})");
    BOOST_TEST(desk.posture().unmitigated_high() == 1U);
    desk.remove_threat(1);
    BOOST_TEST(desk.posture().unmitigated_high() == 1U);
    // Changing other fields does not widen the coverage either, with any kind of request.
    desk.change_mitigation(1, R"({"name":"N","status":"implemented"})");
    desk.change_mitigation(1, R"({"diagram":null})");
    desk.change_mitigation(1, R"({"diagram":"D","threat_ids":[1]})");
    desk.bulk(
        line_of_item("mitigation.linked",
                     R"({"mitigation_id":1,"threat_ids":[1],"diagram":"D","element_id":"e"})"));
    desk.write_group();
    desk.change_mitigation(1, R"({"status":"verified"})");
    BOOST_TEST(desk.posture().unmitigated_high() == 1U);
    BOOST_TEST(body_of(desk.change_threat(2, "{}")).at("covered") == false);
    // A dead link may be kept next to a live one.
    desk.change_mitigation(1, R"({"threat_ids":[1,2]})");
    BOOST_TEST(desk.posture().unmitigated_high() == 0U);
    desk.change_mitigation(1, R"({"threat_ids":[1]})");
    BOOST_TEST(desk.posture().unmitigated_high() == 1U);
    // Only removing the links explicitly widens the coverage.
    desk.change_mitigation(1, R"({"threat_ids":[]})");
    BOOST_TEST(desk.posture().unmitigated_high() == 0U);
    BOOST_TEST(desk.types() == "mitigation.linked");
}

BOOST_AUTO_TEST_CASE(a_linked_event_has_the_whole_scope) {
    Product1 desk;
    desk.identify(R"({"name":"A","severity":"high","element_id":"e"})");
    desk.propose(R"({"name":"M","status":"verified","threat_ids":[1],"element_id":"e"})");
    desk.bulk(line_of_item("mitigation.linked", R"({"mitigation_id":1})"));
    BOOST_CHECK(desk.overlay().mitigation(1, 1)->scope == CoverageScope{});
    BOOST_TEST(desk.posture().unmitigated_high() == 1U);
    // In contrast, a PATCH keeps the members that it does not mention.
    desk.change_mitigation(1, R"({"element_id":"e"})");
    desk.change_mitigation(1, R"({"threat_ids":[1]})");
    BOOST_CHECK((desk.overlay().mitigation(1, 1)->scope == CoverageScope{{1}, "", "e"}));
}

// --- Conditions ----------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(if_match_names_the_state_of_the_product) {
    Product1 desk(2);
    const auto now = [&](std::uint64_t version) {
        return SeenState{version, desk.overlay().product(1)->state_id};
    };
    const auto change = [&](VersionCondition condition) {
        Command command = Desk::about(1, parse_change_threat(R"({"comments":"c"})", 1));
        command.if_match = std::move(condition);
        return desk.run(command);
    };
    const auto is_refused = [&](std::vector<SeenState> states) {
        return kind_of([&] {
                   change({false, std::move(states)});
               }) == RefusalKind::precondition_failed;
    };
    const SeenState first = now(3);
    BOOST_TEST(is_refused({now(2)}));
    BOOST_TEST(is_refused({now(4)}));
    BOOST_TEST(is_refused({}));
    // The current version, but with the state id of a different event.
    BOOST_TEST(is_refused({{3, first.state_id + 1}}));
    const WriteAnswer changed = change({false, {first}});
    BOOST_TEST(changed.version == 4U);
    BOOST_TEST(changed.state_id.value() == now(4).state_id);
    BOOST_TEST(is_refused({first}));
    BOOST_TEST(change({false, {first, now(4)}}).version == 4U);
    BOOST_TEST(change({true, {}}).version == 4U);
    // An unknown product is not found, regardless of the condition.
    Command absent = Desk::about(9, parse_identify_threat(R"({"name":"T"})"));
    absent.if_match = VersionCondition{false, {{1, 1}}};
    BOOST_CHECK(kind_of([&] { desk.run(absent); }) == RefusalKind::not_found);
    // An object that does not exist yet has no version.
    Command creates = Desk::about(0, parse_register_product(R"({"name":"Q"})"));
    creates.if_match = VersionCondition{true, {}};
    BOOST_CHECK(kind_of([&] { desk.run(creates); }) == RefusalKind::precondition_failed);
}

BOOST_AUTO_TEST_CASE(from_requires_the_current_status) {
    Product1 desk(1);
    const auto change = [&](std::string_view status, std::string_view from) {
        desk.bulk(line_of_item("threat.status_changed", R"({"threat_id":1,"status":")" +
                                                            std::string(status) + R"(","from":")" +
                                                            std::string(from) + "\"}"));
    };
    check_unacceptable([&] { change("mitigated", "accepted"); }, "/0/data/from");
    change("accepted", "identified");
    change("mitigated", "accepted");
    BOOST_CHECK(desk.overlay().threat(1, 1)->status == ThreatStatus::mitigated);
}

BOOST_AUTO_TEST_CASE(times_in_the_future_are_refused) {
    Product1 desk;
    const auto at = [&](Instant instant) {
        return line_of_item("threat.identified",
                            R"({"name":"T","occurred_at":")" + format_instant(instant) + "\"}");
    };
    const auto hour = std::chrono::hours{1};
    check_unacceptable([&] { desk.bulk(at(desk.time() + hour)); }, "/0/data/occurred_at");
    const auto micro = std::chrono::microseconds{1};
    check_unacceptable(
        [&] { desk.bulk(at(desk.next_time() + events::limits::occurred_ahead_max + micro)); },
        "/0/data/occurred_at");
    desk.bulk(at(desk.time() - hour));
    BOOST_REQUIRE_EQUAL(desk.events().size(), 1U);
    BOOST_CHECK(desk.events()[0].occurred_at.has_value());
    BOOST_CHECK(desk.events()[0].time == desk.time());
}

BOOST_AUTO_TEST_CASE(a_time_slightly_in_the_future_is_recorded_as_sent) {
    Product1 desk;
    const Instant ahead = desk.next_time() + events::limits::occurred_ahead_max;
    desk.bulk(line_of_item("threat.identified",
                           R"({"name":"T","occurred_at":")" + format_instant(ahead) + "\"}"));
    BOOST_REQUIRE_EQUAL(desk.events().size(), 1U);
    BOOST_CHECK(desk.events()[0].occurred_at == ahead);
    BOOST_CHECK(desk.events()[0].time == desk.time());
}

BOOST_AUTO_TEST_CASE(a_refused_time_of_a_cloud_event_is_named_as_sent) {
    Product1 desk;
    const std::string late = format_instant(desk.time() + std::chrono::hours{1});
    const std::string right = format_instant(desk.time());
    const auto send = [&](const std::string& time, const std::string& data) {
        Command command;
        command.product_id = 1;
        command.answer = AnswerForm::counts;
        command.items =
            parse_bulk(R"([{"specversion":"1.0","id":"1","source":"/s","data":{)" + data +
                           R"("name":"T"},"type":"threat.identified","time":")" + time + "\"}]",
                       BulkForm::cloudevents);
        desk.run(std::move(command));
    };
    check_unacceptable([&] { send(late, ""); }, "/0/time");
    check_unacceptable([&] { send(late, R"("occurred_at":null,)"); }, "/0/time");
    check_unacceptable([&] { send(right, R"("occurred_at":")" + late + R"(",)"); },
                       "/0/data/occurred_at");
    // The time in the data takes precedence; the attribute is dropped.
    send(late, R"("occurred_at":")" + right + R"(",)");
    BOOST_CHECK(desk.events()[0].occurred_at == parse_instant(right));
}

// --- Bulk commands -------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(later_items_may_refer_to_earlier_ones) {
    Product1 desk;
    const auto answer =
        desk.bulk(line_of_item("threat.identified", R"({"name":"T","severity":"high"})") +
                  line_of_item("mitigation.proposed",
                               R"({"name":"M","status":"verified","threat_ids":[1]})") +
                  line_of_item("threat.status_changed", R"({"threat_id":1,"status":"mitigated"})") +
                  line_of_item("product.described", R"({"name":"Q"})") +
                  line_of_item("threat.removed", R"({"threat_id":1})") +
                  line_of_item("threat.identified", R"({"name":"U"})"));
    BOOST_TEST(answer.body == R"({"appended":6,"first_position":2,"last_position":7,"version":7})");
    BOOST_TEST(desk.overlay().product(1)->texts[ProductField::name] == "Q");
    BOOST_TEST(desk.overlay().threat(1, 1)->removed);
    BOOST_TEST(!desk.overlay().threat(1, 2)->removed);
    BOOST_TEST(desk.posture().total_threats == 1U);
}

BOOST_AUTO_TEST_CASE(a_batch_that_changes_nothing_appends_nothing) {
    Product1 desk(1);
    const auto answer =
        desk.bulk(line_of_item("threat.described", R"({"threat_id":1,"name":"T"})"));
    BOOST_TEST(answer.body ==
               R"({"appended":0,"first_position":null,"last_position":null,"version":2})");
}

// If the last of many items is bad, neither the overlay nor its pending rows contain the others.
BOOST_AUTO_TEST_CASE(a_bad_item_prevents_the_whole_batch) {
    Product1 desk(3);
    desk.propose(R"({"name":"M","status":"verified","threat_ids":[1]})");
    desk.write_group();
    const auto rows_before = [&] {
        std::vector<Rows> all;
        const ReadView view(desk.store());
        for (const Table table : projection_tables()) {
            all.push_back(stored_rows(view, table));
        }
        return all;
    };
    const auto before = rows_before();
    const Product product = *desk.overlay().product(1);
    const std::string good =
        line_of_item("threat.identified", R"({"name":"T","severity":"critical"})") +
        line_of_item("threat.identified", R"({"name":"T","threat_id":900})") +
        line_of_item("threat.removed", R"({"threat_id":1})") +
        line_of_item("threat.described", R"({"threat_id":2,"name":"N","element_id":"e"})") +
        line_of_item("threat.scored", R"({"threat_id":2,"severity":"low"})") +
        line_of_item("mitigation.linked", R"({"mitigation_id":1,"element_id":"e"})") +
        line_of_item("mitigation.proposed", R"({"name":"M","element_id":"e"})") +
        line_of_item("mitigation.status_changed", R"({"mitigation_id":1,"status":"retired"})") +
        line_of_item("product.described", R"({"name":"Q"})");
    const std::vector<std::pair<std::string, std::string>> bad{
        {line_of_item("threat.removed", R"({"threat_id":1})"), "/9/data/threat_id"},
        {line_of_item("threat.scored", R"({"threat_id":77,"severity":"low"})"),
         "/9/data/threat_id"},
        {line_of_item("threat.scored", R"({"threat_id":2,"impact":2})"), "/9/data/likelihood"},
        {line_of_item("mitigation.removed", R"({"mitigation_id":5})"), "/9/data/mitigation_id"},
        {line_of_item("mitigation.proposed", R"({"name":"M","threat_ids":[1]})"),
         "/9/data/threat_ids"},
        {line_of_item("threat.status_changed",
                      R"({"threat_id":2,"status":"mitigated","from":"accepted"})"),
         "/9/data/from"}};
    for (const auto& [item, pointer] : bad) {
        check_unacceptable([&] { desk.bulk(good + item); }, pointer);
        BOOST_TEST(!desk.has_changes());
        BOOST_CHECK(*desk.overlay().product(1) == product);
        BOOST_TEST(desk.overlay().threat(1, 4) == nullptr);
        BOOST_TEST(desk.overlay().threat(1, 900) == nullptr);
        BOOST_TEST(!desk.overlay().threat(1, 1)->removed);
        BOOST_TEST(desk.overlay().mitigation(1, 2) == nullptr);
        BOOST_CHECK(desk.overlay().mitigation(1, 1)->status == MitigationStatus::verified);
    }
    // A conflicting id is a conflict, not an unacceptable value.
    BOOST_CHECK(kind_of([&] {
                    desk.bulk(good +
                              line_of_item("threat.identified", R"({"name":"T","threat_id":900})"));
                }) == RefusalKind::conflict);
    desk.write_group();
    const auto after = rows_before();
    for (std::size_t i = 0; i < before.size(); ++i) {
        BOOST_TEST(difference(before[i], after[i]) == "");
    }
    // Ids of refused items remain free.
    BOOST_TEST(desk.identify(R"({"name":"T"})").location == "/api/products/1/threats/4");
}

BOOST_AUTO_TEST_CASE(a_line_that_is_too_long_points_to_its_longest_text) {
    Product1 desk;
    std::string wide;
    for (std::size_t i = 0; i < events::limits::description_points_max; ++i) {
        wide += "😀";
    }
    const std::string shorter = wide.substr(0, wide.size() / 10 * 9 / 4 * 4);
    const auto members = [](const std::string& description, const std::string& comments) {
        return R"("name":"T","description":")" + description + R"(","comments":")" + comments +
               "\"";
    };
    check_unacceptable([&] { desk.identify("{" + members(wide, shorter) + "}"); }, "/description");
    check_unacceptable([&] { desk.identify("{" + members(shorter, wide) + "}"); }, "/comments");
    check_unacceptable(
        [&] {
            desk.bulk(line_of_item("threat.identified", R"({"name":"U"})") +
                      line_of_item("threat.identified", "{" + members(shorter, wide) + "}"));
        },
        "/1/data/comments");
    check_unacceptable([&] { desk.propose("{" + members(wide, shorter) + "}"); }, "/description");
    BOOST_TEST(desk.overlay().threat(1, 1) == nullptr);
    desk.identify("{" + members(wide, "c") + "}");
    check_unacceptable([&] { desk.change_threat(1, "{" + members(shorter, wide) + "}"); },
                       "/comments");
    // Each text alone is accepted, because each change has its own line.
    desk.change_threat(1, R"({"comments":")" + wide + "\"}");
    BOOST_TEST(desk.lines().at(0).size() <= events::limits::line_bytes_max);
}

BOOST_AUTO_TEST_CASE(if_none_match_is_refused_for_existing_objects) {
    Product1 desk(2);
    const auto kind = [&](ProductId product, Item item) {
        Command command = Desk::about(product, std::move(item));
        command.only_if_absent = true;
        return kind_of([&] { desk.run(command); });
    };
    const auto change = [](ThreatId id) { return parse_change_threat(R"({"comments":"c"})", id); };
    BOOST_CHECK(kind(1, change(1)) == RefusalKind::precondition_failed);
    BOOST_CHECK(kind(1, parse_identify_threat(R"({"name":"T"})")) ==
                RefusalKind::precondition_failed);
    BOOST_CHECK(kind(0, parse_register_product(R"({"name":"Q"})")) ==
                RefusalKind::precondition_failed);
    // Other errors take precedence over the condition.
    BOOST_CHECK(kind(1, change(9)) == RefusalKind::not_found);
    BOOST_CHECK(kind(9, change(1)) == RefusalKind::not_found);
    BOOST_TEST(desk.overlay().product(1)->version == 3U);
}

BOOST_AUTO_TEST_SUITE_END()
