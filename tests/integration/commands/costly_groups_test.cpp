// Costly commands and abandoned commands in the groups of the sequencer.

#include <atomic>

#include <boost/test/unit_test.hpp>

#include "events/limits.hpp"
#include "integration/commands/cost_desk.hpp"
#include "support/sequencer_fixture.hpp"

BOOST_AUTO_TEST_SUITE(costly_groups_test)

using namespace threatatlas;
using namespace threatatlas::commands;
using namespace threatatlas::events;
using namespace threatatlas::testing;

// Commands before a costly one do not wait for it, and commands after it are not in its group.
BOOST_FIXTURE_TEST_CASE(a_costly_command_is_a_group_of_its_own, SequencerFixture) {
    const std::size_t mitigations =
        events::limits::group_rows_max / (3 * events::limits::threat_ids_max) + 1;
    Command threats = CostDesk::batch();
    for (std::size_t i = 1; i <= events::limits::threat_ids_max; ++i) {
        threats.items.push_back(Desk::item_of(threat_on("e")));
    }
    (*writer)->execute(std::move(threats));
    Command costly = CostDesk::batch();
    for (std::size_t id = 1; id <= mitigations; ++id) {
        (*writer)->execute(Desk::about(
            1, Desk::item_of(mitigation_of({ids_from_1(events::limits::threat_ids_max), "", ""}))));
        costly.items.push_back(Desk::item_of(turned(id, implemented)));
    }
    const auto groups_before = (*writer)->counts().group_sizes.count();
    writer->hold();
    auto first = writer->submit(Writer::identify_in(2));
    writer->wait_until_held();
    auto before = writer->submit(Writer::identify_in(2));
    auto expensive = writer->submit(std::move(costly));
    auto after = writer->submit(Writer::identify_in(2));
    writer->release();
    accepted_in(first);
    BOOST_TEST(accepted_in(before).position + mitigations == accepted_in(expensive).position);
    accepted_in(after);
    // The first two may share a group.
    BOOST_TEST((*writer)->counts().group_sizes.count() - groups_before >= 3U);
    check_log(*writer);
}

BOOST_FIXTURE_TEST_CASE(an_abandoned_command_is_not_begun, SequencerFixture) {
    std::atomic<bool> is_awaited{true};
    const auto submit = [&] {
        auto promise = std::make_shared<std::promise<Outcome>>();
        (*writer)->submit(
            Writer::identify_in(1),
            [promise](Outcome outcome) { promise->set_value(std::move(outcome)); },
            [&] { return is_awaited.load(); });
        return promise->get_future();
    };
    auto awaited = submit();
    accepted_in(awaited);
    writer->hold();
    auto first = writer->submit(Writer::identify_in(1));
    writer->wait_until_held();
    auto given_up = submit();
    is_awaited = false;
    (*writer)->stop_accepting();
    writer->release();
    accepted_in(first);
    BOOST_CHECK(refusal_in(given_up.get()) == RefusalKind::busy);
    BOOST_TEST((*writer)->end().position == 4U);
    check_log(*writer);
}

BOOST_AUTO_TEST_SUITE_END()
