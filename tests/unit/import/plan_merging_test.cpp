// What an import records of new objects, and of objects that the file, a person or both have
// changed.

#include <boost/test/unit_test.hpp>

#include "events/limits.hpp"
#include "import/plan.hpp"
#include "unit/import/model_files.hpp"
#include "unit/import/plan_fixture.hpp"

BOOST_AUTO_TEST_SUITE(plan_merging_test)

using namespace threatatlas;
using namespace threatatlas::imports;
using namespace threatatlas::imports::testing;
using events::MitigationField;
using events::MitigationStatus;
using events::Severity;
using events::ThreatField;
using events::ThreatStatus;

BOOST_FIXTURE_TEST_CASE(new_objects_get_the_next_ids_in_the_order_of_the_file, PlanFixture) {
    product.last_threat_id = 7;
    product.last_mitigation_id = 2;
    ImportedModel file = model({threat("b", "Spoofing"), threat("a", "Tampering")},
                               {mitigation("m", "TLS", {0, 1}), mitigation("n", "Log")});
    file.threats[0].scoring = high;
    file.threats[1].status = ThreatStatus::accepted;
    file.mitigations[0].status = MitigationStatus::verified;
    file.mitigations[1].diagram = "d";
    file.mitigations[1].element_id = "e";
    const ImportPlan plan = import(file);
    check_equal(shown(plan.added), {"threat 8", "threat 9", "mitigation 3", "mitigation 4"});
    BOOST_TEST(plan.added.at(0).name == "Spoofing");
    BOOST_TEST(plan.added.at(0).external_id == "file/b");
    BOOST_TEST(plan.events.size() == 4U);
    BOOST_TEST(plan.unchanged == 0U);
    BOOST_TEST(external_id(9) == "file/a");
    BOOST_TEST((product.threats.at(8).scoring == high));
    BOOST_TEST((product.threats.at(9).status == ThreatStatus::accepted));
    BOOST_TEST((product.mitigations.at(3).status == MitigationStatus::verified));
    BOOST_TEST((product.mitigations.at(3).texts[MitigationField::external_id] == "file/m"));
    check_ids(links(3), {8, 9});
    BOOST_TEST((product.mitigations.at(4).scope == events::CoverageScope{{}, "d", "e"}));
}

BOOST_FIXTURE_TEST_CASE(changes_of_the_file_are_applied, PlanFixture) {
    ImportedModel file =
        model({threat("1", "Spoofing"), threat("2", "Tampering")}, {mitigation("m", "TLS", {0})});
    import(file);
    file.threats[0].texts = {{"Spoofing of users", "text", "S", "d", "e", "E", "note"}};
    file.threats[0].scoring = high;
    file.threats[0].status = ThreatStatus::mitigated;
    file.mitigations[0].texts = {{"mTLS", "text", "c", "note"}};
    file.mitigations[0].status = MitigationStatus::implemented;
    file.mitigations[0].threats = {0, 1};
    const ImportPlan plan = import(file);
    check_equal(shown(plan.changed),
                {"threat 1 name description category diagram element_id element_name comments "
                 "scoring status",
                 "mitigation 1 name description category comments scope status"});
    BOOST_TEST(plan.changed.at(0).name == "Spoofing of users");
    BOOST_TEST(plan.events.size() == 6U);
    BOOST_TEST(plan.unchanged == 1U);
    BOOST_TEST(plan.conflicts.empty());
    BOOST_TEST(text(1, ThreatField::comments) == "note");
    check_ids(links(1), {1, 2});
}

BOOST_FIXTURE_TEST_CASE(only_changed_texts_are_described, PlanFixture) {
    ImportedModel file = model({threat("1", "Spoofing", "e")});
    import(file);
    file.threats[0].texts.set(ThreatField::element_id, "");
    const ImportPlan plan = import(file);
    BOOST_REQUIRE(plan.events.size() == 1U);
    events::ThreatDescribed expected{1, {}};
    expected.changes.set(ThreatField::element_id, "");
    BOOST_TEST((plan.events.at(0) == events::EventData(expected)));
}

BOOST_FIXTURE_TEST_CASE(a_persons_change_stays_if_the_file_did_not_change_the_field, PlanFixture) {
    ImportedModel file = model({threat("1", "Spoofing")}, {mitigation("m", "TLS", {0})});
    import(file);
    describe(1, ThreatField::name, "Forged identity");
    describe(1, ThreatField::external_id, "JIRA-7");
    product.apply(events::ThreatScored{1, high});
    set_status(1, ThreatStatus::accepted);
    product.apply(events::MitigationLinked{1, {{}, "d", "e"}});
    ImportPlan plan = import(file);
    BOOST_TEST(plan.events.empty());
    BOOST_TEST(plan.unchanged == 2U);
    file.threats[0].texts.set(ThreatField::comments, "note");
    plan = import(file);
    check_equal(shown(plan.changed), {"threat 1 comments"});
    BOOST_TEST(plan.changed.at(0).name == "Forged identity");
    BOOST_TEST(plan.conflicts.empty());
    BOOST_TEST(text(1, ThreatField::name) == "Forged identity");
    BOOST_TEST(external_id(1) == "JIRA-7");
}

BOOST_FIXTURE_TEST_CASE(the_file_wins_conflicts_over_texts_and_scope, PlanFixture) {
    ImportedModel file =
        model({threat("1", "Spoofing"), threat("2", "Theft")}, {mitigation("m", "TLS", {0})});
    import(file);
    describe(1, ThreatField::name, "Forged identity");
    product.apply(events::MitigationLinked{1, {{}, "d", "e"}});
    file.threats[0].texts.set(ThreatField::name, "Spoofed user");
    file.mitigations[0].threats = {1};
    const ImportPlan plan = import(file);
    check_equal(shown(plan.conflicts), {"threat 1 name: file", "mitigation 1 scope: file"});
    BOOST_TEST(plan.conflicts.at(0).name == "Spoofed user");
    BOOST_TEST(text(1, ThreatField::name) == "Spoofed user");
    check_ids(links(1), {2});
    BOOST_TEST(plan.unchanged == 1U);
}

BOOST_FIXTURE_TEST_CASE(the_person_wins_conflicts_over_scoring_and_status, PlanFixture) {
    ImportedModel file = model({threat("1", "Spoofing")}, {mitigation("m", "TLS")});
    import(file);
    product.apply(events::ThreatScored{1, high});
    set_status(1, ThreatStatus::accepted);
    product.apply(
        events::MitigationStatusChanged{1, MitigationStatus::verified, MitigationStatus::proposed});
    file.threats[0].scoring = low;
    file.threats[0].status = ThreatStatus::mitigated;
    file.mitigations[0].status = MitigationStatus::implemented;
    ImportPlan plan = import(file);
    check_equal(shown(plan.conflicts), {"threat 1 scoring: person", "threat 1 status: person",
                                        "mitigation 1 status: person"});
    BOOST_TEST(plan.events.empty());
    BOOST_TEST(plan.changed.empty());
    BOOST_TEST(plan.unchanged == 0U);
    // The next change of the file is another conflict: the product still has the person's value.
    file.threats[0].scoring = medium;
    plan = import(file);
    check_equal(shown(plan.conflicts), {"threat 1 scoring: person"});
    BOOST_TEST((product.threats.at(1).scoring == high));
    // Once both agree, the file may change it again.
    file.threats[0].scoring = high;
    BOOST_TEST(import(file).events.empty());
    file.threats[0].scoring = low;
    check_equal(shown(import(file).changed), {"threat 1 scoring"});
}

BOOST_FIXTURE_TEST_CASE(likelihood_and_impact_are_part_of_the_scoring, PlanFixture) {
    ImportedModel file = model({threat("1", "Spoofing")});
    file.threats[0].scoring = {Severity::medium, std::uint8_t{2}, std::uint8_t{3}};
    import(file);
    file.threats[0].scoring = medium;
    check_equal(shown(import(file).changed), {"threat 1 scoring"});
}

BOOST_FIXTURE_TEST_CASE(used_up_ids_are_reported, PlanFixture) {
    product.last_threat_id = events::limits::id_max - 1;
    import(model({threat("1", "Spoofing")}));
    BOOST_CHECK_THROW(import(model({threat("1", "Spoofing"), threat("2", "Theft")})), ImportError);
    product.last_mitigation_id = events::limits::id_max;
    BOOST_CHECK_THROW(import(model({}, {mitigation("m", "TLS")})), ImportError);
}

BOOST_AUTO_TEST_SUITE_END()
