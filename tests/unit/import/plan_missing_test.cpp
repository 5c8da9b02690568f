// What an import does about objects that are missing from the file, and about those that a person
// has removed.

#include <boost/test/unit_test.hpp>

#include "import/plan.hpp"
#include "unit/import/model_files.hpp"
#include "unit/import/plan_fixture.hpp"

BOOST_AUTO_TEST_SUITE(plan_missing_test)

using namespace threatatlas;
using namespace threatatlas::imports;
using namespace threatatlas::imports::testing;
using events::MitigationStatus;
using events::ThreatField;
using events::ThreatStatus;

BOOST_FIXTURE_TEST_CASE(objects_removed_by_a_person_stay_removed, PlanFixture) {
    ImportedModel file = model({threat("1", "Spoofing")}, {mitigation("m", "TLS")});
    import(file);
    product.apply(events::ThreatRemoved{1});
    product.apply(events::MitigationRemoved{1});
    ImportPlan plan = import(file, MissingObjects::remove);
    BOOST_TEST(plan.events.empty());
    BOOST_TEST(plan.unchanged == 2U);
    file.threats[0].texts.set(ThreatField::comments, "note");
    file.mitigations[0].status = MitigationStatus::implemented;
    plan = import(file);
    check_equal(shown(plan.conflicts),
                {"threat 1 removed: person", "mitigation 1 removed: person"});
    BOOST_TEST(plan.conflicts.at(0).name == "Spoofing");
    BOOST_TEST(plan.events.empty());
    BOOST_TEST(plan.unchanged == 0U);
    BOOST_TEST(import(model({}), MissingObjects::remove).seen_threats.empty());
    BOOST_TEST(import(file).events.empty());
}

BOOST_FIXTURE_TEST_CASE(a_removed_threat_is_left_out_of_new_links, PlanFixture) {
    ImportedModel file =
        model({threat("1", "Spoofing"), threat("2", "Theft"), threat("3", "Denial")},
              {mitigation("m", "TLS", {0, 1})});
    import(file);
    product.apply(events::ThreatRemoved{1});
    // The mitigation keeps naming it.
    BOOST_TEST(import(file).events.empty());
    check_ids(links(1), {1, 2});
    file.mitigations[0].threats = {0, 1, 2};
    file.mitigations.push_back(mitigation("n", "Log", {0, 2}));
    file.mitigations.push_back(mitigation("o", "Backup", {0}));
    file.mitigations[2].diagram = "d";
    file.mitigations[2].element_id = "e";
    const ImportPlan plan = import(file);
    check_equal(shown(plan.changed), {"mitigation 1 scope"});
    BOOST_TEST(plan.conflicts.empty());
    check_ids(links(1), {1, 2, 3});
    check_ids(links(2), {3});
    // The mitigation must not cover the whole element instead.
    BOOST_TEST((product.mitigations.at(3).scope == events::CoverageScope{{}, "d", ""}));
}

BOOST_FIXTURE_TEST_CASE(missing_objects_are_kept_and_listed, PlanFixture) {
    const ImportedModel file =
        model({threat("1", "Spoofing"), threat("2", "Theft")}, {mitigation("m", "TLS", {0})});
    import(file);
    const ImportPlan plan = import(model({threat("2", "Theft")}));
    check_equal(shown(plan.missing), {"mitigation 1", "threat 1"});
    BOOST_TEST(plan.missing.at(1).name == "Spoofing");
    BOOST_TEST(plan.missing.at(1).external_id == "file/1");
    BOOST_TEST(plan.events.empty());
    BOOST_TEST(plan.seen_threats.empty());
    const ImportPlan again = import(file);
    BOOST_TEST(again.unchanged == 3U);
    BOOST_TEST(again.missing.empty());
}

BOOST_FIXTURE_TEST_CASE(missing_objects_are_removed_and_return_as_new_objects, PlanFixture) {
    const ImportedModel file = model({threat("1", "Spoofing"), threat("2", "Theft")},
                                     {mitigation("m", "TLS", {0}), mitigation("n", "Log", {0, 1})});
    import(file);
    const ImportPlan plan =
        import(model({threat("2", "Theft"), threat("3", "Denial")}, {mitigation("n", "Log", {0})}),
               MissingObjects::remove);
    check_equal(shown(plan.removed), {"mitigation 1", "threat 1"});
    // Additions, changes, then removals: of mitigations before threats.
    BOOST_REQUIRE(plan.events.size() == 4U);
    BOOST_TEST(std::holds_alternative<events::ThreatIdentified>(plan.events.at(0)));
    BOOST_TEST(std::holds_alternative<events::MitigationLinked>(plan.events.at(1)));
    BOOST_TEST(std::holds_alternative<events::MitigationRemoved>(plan.events.at(2)));
    BOOST_TEST(std::holds_alternative<events::ThreatRemoved>(plan.events.at(3)));
    BOOST_REQUIRE(plan.seen_threats.size() == 2U);
    BOOST_TEST(plan.seen_threats.at(0).threat_id == 1U);
    BOOST_TEST(!plan.seen_threats.at(0).digests.has_value());
    const ImportPlan back = import(file);
    check_equal(shown(back.added), {"threat 4", "mitigation 3"});
    check_ids(links(2), {2, 4});
}

BOOST_FIXTURE_TEST_CASE(missing_objects_become_not_applicable_and_return_with_the_file,
                        PlanFixture) {
    const ImportedModel file =
        model({threat("1", "Spoofing"), threat("2", "Theft")}, {mitigation("m", "TLS", {0})});
    import(file);
    set_status(2, ThreatStatus::not_applicable);
    ImportPlan plan = import(model({}), MissingObjects::not_applicable);
    check_equal(shown(plan.removed), {"mitigation 1", "threat 1"});
    check_equal(shown(plan.missing), {"threat 2"});
    BOOST_TEST((product.threats.at(1).status == ThreatStatus::not_applicable));
    BOOST_TEST((product.mitigations.at(1).status == MitigationStatus::retired));
    plan = import(file);
    check_equal(shown(plan.changed), {"threat 1 status", "mitigation 1 status"});
    BOOST_TEST(plan.conflicts.empty());
    BOOST_TEST((product.threats.at(1).status == ThreatStatus::identified));
    // A person's decision about the other threat stays.
    BOOST_TEST((product.threats.at(2).status == ThreatStatus::not_applicable));
}

BOOST_FIXTURE_TEST_CASE(adopted_objects_are_never_removed, PlanFixture) {
    add_threat({{"Spoofing"}});
    import(model({threat("1", "Spoofing"), threat("2", "Theft")}));
    set_status(2, ThreatStatus::accepted);
    ImportPlan plan = import(model({}), MissingObjects::not_applicable);
    check_equal(shown(plan.missing), {"threat 1", "threat 2"});
    BOOST_TEST(plan.events.empty());
    plan = import(model({}), MissingObjects::remove);
    check_equal(shown(plan.missing), {"threat 1"});
    check_equal(shown(plan.removed), {"threat 2"});
}

BOOST_AUTO_TEST_SUITE_END()
