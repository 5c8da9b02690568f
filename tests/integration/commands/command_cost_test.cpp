// The worst command for each limit, derived from the limits themselves, and its cost: rows written,
// rows read, bytes written. No time is measured.

#include "commands/command_cost.hpp"

#include <array>

#include <boost/test/unit_test.hpp>

#include "commands/refusal.hpp"
#include "events/limits.hpp"
#include "integration/commands/cost_desk.hpp"

BOOST_AUTO_TEST_SUITE(command_cost_test)

using namespace threatatlas;
using namespace threatatlas::commands;
using namespace threatatlas::events;
using namespace threatatlas::testing;

namespace {

Change scored(ThreatId id, std::optional<Severity> severity) {
    ChangeThreat change;
    change.threat_id = id;
    change.scoring.severity = severity;
    return change;
}

// Rows that are not counted per item: those of the product, its history and its details.
constexpr std::size_t rows_of_command = 8;
// Upper bound for a row that counts as one, including its key and the overhead of a batch.
constexpr std::size_t bytes_of_row = events::limits::row_bytes + 128;

void check(const CommandWork& work, std::string_view shape) {
    BOOST_TEST_CONTEXT(shape << ": reckoned " << work.reckoned << ", written " << work.written
                             << ", read " << work.read << ", bytes " << work.bytes) {
        BOOST_TEST(work.reckoned <= events::limits::transaction_rows_max);
        BOOST_TEST(work.written <= work.reckoned + rows_of_command);
        BOOST_TEST(work.read <= 2 * (work.reckoned + rows_of_command));
    }
}

// Texts of a command are limited by its body; this check is for commands without texts.
void check_bytes(const CommandWork& work) {
    BOOST_TEST(work.bytes <= (work.reckoned + rows_of_command) * bytes_of_row);
}

}  // namespace

// --- One event -----------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_cost_of_a_fully_linked_mitigation_does_not_depend_on_texts) {
    std::array<CommandWork, 2> works;
    for (const ElementNames names : {ElementNames::short_ones, ElementNames::longest}) {
        CostDesk desk;
        const std::string description =
            names == ElementNames::longest
                ? widest_text(events::limits::description_points_max / 4, 1)
                : "D";
        desk.add(events::limits::threat_ids_max,
                 [&](std::size_t i) { return threat_on(element_id(i, names), description); });
        desk.measure(mitigation_of({ids_from_1(events::limits::threat_ids_max), "", ""}));
        CommandWork& work = works[names == ElementNames::longest ? 1 : 0];
        work = desk.measure(turned(1, implemented));
        check(work, "turned on");
        check_bytes(work);
        BOOST_TEST(desk.posture().unmitigated_high() == 0U);
        check(desk.measure(turned(1, retired)), "turned off");
        BOOST_TEST(desk.posture().unmitigated_high() == events::limits::threat_ids_max);
        desk.measure(turned(1, implemented));
        check(desk.measure(RemoveMitigation{1}), "removed");
        BOOST_TEST(desk.posture().unmitigated_high() == events::limits::threat_ids_max);
    }
    BOOST_TEST(works[1].written == works[0].written);
    BOOST_TEST(works[1].read == works[0].read);
    BOOST_TEST(works[1].bytes <= works[0].bytes + events::limits::threat_ids_max);
}

BOOST_AUTO_TEST_CASE(the_cost_of_a_mitigation_on_an_element_does_not_depend_on_its_threats) {
    std::vector<CommandWork> works;
    for (const std::size_t threats : {10U, 2'000U}) {
        CostDesk desk;
        desk.add(threats, [](std::size_t) { return threat_on("e"); });
        desk.add(threats, [](std::size_t) { return mitigation_of({{}, "", "e"}); });
        works.push_back(desk.measure(turned(1, implemented)));
        check(works.back(), "on an element");
        BOOST_TEST(desk.posture().unmitigated_high() == 0U);
        check(desk.measure(turned(1, retired)), "off an element");
        BOOST_TEST(desk.posture().unmitigated_high() == threats);
    }
    BOOST_TEST(works[1].written == works[0].written);
    BOOST_TEST(works[1].read == works[0].read);
}

BOOST_AUTO_TEST_CASE(the_cost_of_a_policy_does_not_depend_on_its_products) {
    const auto definition = [](std::uint64_t limit) {
        DefinePolicy change{"web", {}};
        change.definition.texts.set(PolicyField::title, "T");
        change.definition.rules = {{.kind = RuleKind::max_unscored, .limit = limit}};
        return Desk::about(0, Desk::item_of(std::move(change)));
    };
    const std::vector<std::string_view> shapes{"defined anew", "assigned", "reviewed",
                                               "not assigned"};
    std::vector<std::vector<CommandWork>> works;
    for (const std::size_t products : {2U, 300U}) {
        CostDesk desk;
        desk.measure(definition(1));
        for (ProductId product = 2; product < 2 + products; ++product) {
            desk.register_product();
            desk.run(Desk::about(product, Desk::item_of(AssignPolicy{"web", true})));
        }
        desk.write_group();
        works.push_back({desk.measure(definition(2)), desk.measure(AssignPolicy{"web", true}),
                         desk.measure(ReviewProduct{}), desk.measure(AssignPolicy{})});
    }
    for (std::size_t i = 0; i < shapes.size(); ++i) {
        check(works[0][i], shapes[i]);
        check(works[1][i], shapes[i]);
        BOOST_TEST(works[1][i].written == works[0][i].written, shapes[i]);
        BOOST_TEST(works[1][i].read == works[0][i].read, shapes[i]);
    }
}

// The response lists the mitigations that cover a threat, up to a limit.
BOOST_AUTO_TEST_CASE(the_cost_of_changing_a_threat_does_not_depend_on_its_mitigations) {
    std::vector<CommandWork> works;
    const std::size_t listed = events::limits::covered_by_ids_max;
    for (const std::size_t mitigations : {listed, 2 * listed, 30 * listed}) {
        CostDesk desk;
        desk.add(2, [](std::size_t) { return threat_on("e"); });
        desk.add(mitigations, [](std::size_t) {
            return mitigation_of({{}, "", "e"}, implemented);
        });
        desk.add(mitigations, [](std::size_t) {
            return mitigation_of({{2}, "", ""}, implemented);
        });
        desk.add(mitigations, [](std::size_t) { return mitigation_of({{}, "", "e"}); });
        for (const ThreatId id : {1U, 2U}) {
            works.push_back(desk.measure(scored(id, Severity::low)));
            const auto body = body_of(desk.last());
            const std::size_t covering = id * mitigations;
            BOOST_TEST(body.at("covered") == true);
            BOOST_TEST(body.at("covered_by").size() == std::min(listed, covering));
            BOOST_TEST(body.at("covered_by").front() == 1);
            BOOST_TEST(body.contains("covered_by_count") == (covering > listed));
            if (covering > listed) {
                BOOST_TEST(body.at("covered_by_count") == covering);
            }
        }
    }
    for (const std::size_t other : {2U, 4U}) {
        for (const std::size_t threat : {0U, 1U}) {
            BOOST_TEST(works[other + threat].written == works[threat].written);
            BOOST_TEST(works[other + threat].read == works[threat].read);
        }
    }
}

BOOST_AUTO_TEST_CASE(the_cost_of_archiving_a_product_does_not_depend_on_its_objects) {
    std::vector<CommandWork> works;
    for (const std::size_t objects : {1U, 2'000U}) {
        CostDesk desk;
        desk.add(objects, [](std::size_t) { return threat_on("e"); });
        desk.add(objects, [](std::size_t i) { return mitigation_of({{i}, "", ""}, implemented); });
        works.push_back(desk.measure(ArchiveProduct{}));
    }
    BOOST_TEST(works[1].written == works[0].written);
    BOOST_TEST(works[1].read == works[0].read);
}

// --- Many events ---------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_full_body_of_plain_events_is_within_the_limit) {
    CostDesk desk;
    check(desk.measure(
              events::limits::bulk_items_max,
              [](std::size_t i) { return threat_on(element_id(i, ElementNames::short_ones)); }),
          "threats");
    check(desk.measure(events::limits::bulk_items_max,
                       [](std::size_t i) { return scored(i, Severity::critical); }),
          "scores");
    check(desk.measure(events::limits::bulk_items_max,
                       [](std::size_t i) {
                           return mitigation_of({{}, "", element_id(i, ElementNames::short_ones)},
                                                implemented);
                       }),
          "mitigations on elements");
    check(desk.measure(events::limits::bulk_items_max,
                       [](std::size_t i) {
                           const ThreatId first = i % (events::limits::bulk_items_max - 4) + 1;
                           return mitigation_of({{first, first + 1, first + 2, first + 3}, "", ""},
                                                implemented);
                       }),
          "mitigations of four links");
    check(desk.measure(events::limits::bulk_items_max,
                       [](std::size_t i) { return turned(i, retired); }),
          "mitigations turned off");
}

// Coverage is counted once per transaction, regardless of how often the mitigation is turned.
BOOST_AUTO_TEST_CASE(toggling_a_mitigation_often_costs_as_much_as_once) {
    CostDesk desk;
    desk.add(events::limits::threat_ids_max,
             [](std::size_t i) { return threat_on(element_id(i, ElementNames::longest)); });
    desk.measure(mitigation_of({ids_from_1(events::limits::threat_ids_max), "", ""}));
    const CommandWork once = desk.measure(turned(1, implemented));
    // The last turn restores the original status, or leaves the opposite one.
    for (const std::size_t turns :
         {events::limits::bulk_items_max, events::limits::bulk_items_max - 1}) {
        const CommandWork often =
            desk.measure(turns, [](std::size_t i) { return turned(1, by_turns(i + 1)); });
        check(often, "turned often");
        BOOST_TEST(often.written <= once.written + turns);
        BOOST_TEST(often.read <= once.read + 10);
        BOOST_TEST(desk.posture().unmitigated_high() ==
                   (turns % 2 == 0 ? 0U : events::limits::threat_ids_max));
    }
}

BOOST_AUTO_TEST_CASE(a_too_costly_command_is_refused_and_changes_nothing) {
    const std::size_t rows_of_turn = 6 + 3 * events::limits::threat_ids_max;
    const std::size_t most = events::limits::transaction_rows_max / rows_of_turn;
    CostDesk desk;
    desk.add(events::limits::threat_ids_max + 1,
             [](std::size_t i) { return threat_on(std::to_string(i)); });
    const CoverageScope scope{ids_from_1(events::limits::threat_ids_max), "", ""};
    for (std::size_t made = 0; made <= most; ++made) {
        desk.run(Desk::about(1, Desk::item_of(mitigation_of(scope))));
    }
    desk.write_group();

    Command command = CostDesk::batch();
    command.items.push_back(Desk::item_of(scored(1, Severity::critical)));
    for (std::size_t id = 1; id <= most + 1; ++id) {
        command.items.push_back(Desk::item_of(turned(id, implemented)));
        command.items.back().pointer = "/" + std::to_string(id) + "/data";
    }
    const Position next = desk.next_position();
    try {
        desk.run(command);
        BOOST_FAIL("not refused");
    } catch (const Refusal& refusal) {
        BOOST_CHECK(refusal.kind() == RefusalKind::unacceptable);
        const std::string& detail = refusal.detail();
        for (const std::string& part :
             {std::to_string(events::limits::transaction_rows_max), std::to_string(rows_of_turn),
              std::string("split it"), std::string("number 2"), std::string("mitigation 1")}) {
            BOOST_TEST((detail.find(part) != std::string::npos), detail << " lacks " << part);
        }
        BOOST_REQUIRE(refusal.errors().size() == 1U);
        BOOST_TEST(refusal.errors().front().name == "/1/data");
    }
    BOOST_TEST(desk.next_position() == next);
    BOOST_TEST(!desk.has_changes());

    // As many as fit within the limit.
    const CommandWork work =
        desk.measure(most, [](std::size_t id) { return turned(id, implemented); });
    check(work, "as much as is allowed");
    check_bytes(work);
    BOOST_TEST(work.reckoned + rows_of_turn > events::limits::transaction_rows_max);
    BOOST_TEST(desk.posture().unmitigated_high() == 1U);
}

BOOST_AUTO_TEST_CASE(every_list_of_links_counts_towards_the_cost) {
    CostDesk desk;
    desk.add(events::limits::threat_ids_max, [](std::size_t) { return threat_on("e"); });
    desk.measure(mitigation_of({{}, "", ""}, implemented));
    const auto linked = [](std::size_t i) {
        ChangeMitigation change;
        change.mitigation_id = 1;
        change.scope.threat_ids = ids_from_1(i % 2 == 1 ? events::limits::threat_ids_max : 1);
        return change;
    };
    check(desk.measure(101, linked), "linked anew");
    BOOST_TEST(desk.posture().unmitigated_high() == 0U);
    Command command = CostDesk::batch();
    for (std::size_t i = 1;
         i <= 2 * events::limits::transaction_rows_max / events::limits::threat_ids_max / 3; ++i) {
        command.items.push_back(Desk::item_of(linked(1)));
    }
    BOOST_CHECK_THROW(desk.run(command), Refusal);
}

BOOST_AUTO_TEST_CASE(long_texts_cost_in_proportion_to_their_size) {
    CostDesk desk;
    const std::string text = widest_text(events::limits::description_points_max, 1);
    desk.add(100, [&](std::size_t) { return threat_on("e", text); });
    const CommandWork work =
        desk.measure(100, [](std::size_t i) { return scored(i, Severity::low); });
    check(work, "long texts");
    check_bytes(work);
    BOOST_TEST(work.reckoned >= 100 * (text.size() / events::limits::row_bytes));
    // The same threats again: each row is written once.
    const CommandWork again = desk.measure(
        300, [](std::size_t i) { return scored(i % 100 + 1, static_cast<Severity>(i / 100)); });
    check(again, "long texts, changed often");
    check_bytes(again);
    BOOST_TEST(again.reckoned <= work.reckoned + 300 * 6);
}

BOOST_AUTO_TEST_SUITE_END()
