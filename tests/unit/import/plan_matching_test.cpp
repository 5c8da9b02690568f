// Which objects of a product the objects of a file are.

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "import/plan.hpp"
#include "unit/import/model_files.hpp"
#include "unit/import/plan_fixture.hpp"

BOOST_AUTO_TEST_SUITE(plan_matching_test)

using namespace threatatlas;
using namespace threatatlas::imports;
using namespace threatatlas::imports::testing;
using events::MitigationField;
using events::ThreatField;
using events::ThreatStatus;

BOOST_FIXTURE_TEST_CASE(objects_of_clients_are_found_by_external_id, PlanFixture) {
    add_threat({{"Spoofing", "", "", "", "", "", "", "file/2"}});
    add_threat({{"Tampering", "here", "", "", "", "", "kept", "file/1"}});
    product.apply(events::ThreatScored{2, high});
    ImportedModel file = model({threat("1", "Tampering"), threat("2", "Spoofing")});
    file.threats[0].scoring = low;
    file.threats[0].texts.set(ThreatField::description, "there");
    const ImportPlan plan = import(file);
    BOOST_TEST(plan.added.empty());
    // The previous content of the file is not known.
    check_equal(shown(plan.conflicts), {"threat 2 description: file", "threat 2 scoring: person"});
    check_equal(shown(plan.changed), {"threat 2 description"});
    BOOST_TEST(plan.seen_threats.size() == 2U);
    BOOST_TEST(plan.seen_threats.at(0).threat_id == 1U);
    // A text that the file never had belongs to the people who edit the product.
    BOOST_TEST(text(2, ThreatField::comments) == "kept");
    BOOST_TEST(import(file).events.empty());
    BOOST_TEST(text(2, ThreatField::comments) == "kept");
}

BOOST_FIXTURE_TEST_CASE(the_key_takes_precedence_over_the_external_id, PlanFixture) {
    import(model({threat("1", "Spoofing"), threat("2", "Tampering")}));
    describe(1, ThreatField::external_id, "file/2");
    describe(2, ThreatField::external_id, "file/1");
    const ImportPlan plan = import(model({threat("1", "Spoofing"), threat("2", "Tampering")}));
    BOOST_TEST(plan.events.empty());
    // The external_id may give another object the key of a missing one.
    describe(1, ThreatField::external_id, "file/3");
    check_equal(shown(import(model({threat("2", "Tampering"), threat("3", "Forgery")})).changed),
                {"threat 1 name"});
}

BOOST_FIXTURE_TEST_CASE(objects_of_another_source_are_not_changed, PlanFixture) {
    import(model({threat("1", "Spoofing")}, {mitigation("m", "TLS", {0})}));
    describe(1, ThreatField::external_id, "other/1");
    const ImportPlan plan = import(model({threat("1", "Spoofing")}, {mitigation("m", "TLS", {0})}),
                                   MissingObjects::remove, "other");
    check_equal(shown(plan.added), {"threat 2", "mitigation 2"});
    BOOST_TEST(plan.removed.empty());
    check_ids(links(2), {2});
}

BOOST_FIXTURE_TEST_CASE(changed_keys_are_matched_by_element_then_by_name, PlanFixture) {
    import(model(
        {threat("1", "Spoofing", "a", "A"), threat("2", "Spoofing", "b", "B"),
         threat("3", "Spoofing", "c", "C"), threat("4", "Theft", "d", "D")},
        {mitigation("m", "TLS", {0}), mitigation("n", "TLS", {1}), mitigation("o", "Log", {2})}));
    const ImportPlan plan = import(
        model({threat("w", "Theft", "y", "Y"), threat("x", "Spoofing", "c", "C"),
               threat("y", "Spoofing", "b2", "B"), threat("z", "Spoofing", "a", "A2")},
              {mitigation("p", "Log"), mitigation("q", "TLS", {2}), mitigation("r", "TLS", {3})}));
    BOOST_TEST(plan.added.empty());
    check_equal(
        shown(plan.changed),
        {"threat 4 element_id element_name external_id", "threat 3 external_id",
         "threat 2 element_id external_id", "threat 1 element_name external_id",
         "mitigation 3 external_id scope", "mitigation 2 external_id", "mitigation 1 external_id"});
    BOOST_TEST(external_id(3) == "file/x");
    BOOST_TEST(plan.conflicts.empty());
    check_equal(shown(import(model({threat("y", "Denial", "b2", "B")})).changed),
                {"threat 2 name"});
}

BOOST_FIXTURE_TEST_CASE(ambiguous_objects_are_not_matched_by_content, PlanFixture) {
    import(model({threat("1", "Spoofing"), threat("2", "Spoofing"), threat("3", "Theft")},
                 {mitigation("m", "TLS")}));
    const ImportPlan plan =
        import(model({threat("4", "Spoofing"), threat("5", "Theft"), threat("6", "Theft")},
                     {mitigation("n", "TLS"), mitigation("o", "TLS")}));
    check_equal(shown(plan.added),
                {"threat 4", "threat 5", "threat 6", "mitigation 2", "mitigation 3"});
    check_equal(shown(plan.missing), {"mitigation 1", "threat 1", "threat 2", "threat 3"});
}

// An earlier step leaves a single pair.
BOOST_FIXTURE_TEST_CASE(uniqueness_is_judged_among_unmatched_objects, PlanFixture) {
    import(model({threat("1", "Spoofing", "a"), threat("2", "Spoofing", "b")}));
    const ImportPlan plan = import(model({threat("3", "Spoofing", "b"), threat("4", "Spoofing")}));
    check_equal(shown(plan.changed), {"threat 2 external_id", "threat 1 element_id external_id"});
}

BOOST_FIXTURE_TEST_CASE(content_must_be_equal_with_its_category, PlanFixture) {
    add_threat({{"Spoofing", "", "S"}});
    add_threat({{"Theft", "", "", "", "", "", "", "JIRA-1"}});
    const ImportPlan plan = import(model({threat("1", "Spoofing"), threat("2", "Theft")}));
    // An external_id means that the object is another one.
    check_equal(shown(plan.added), {"threat 3", "threat 4"});
    BOOST_TEST(plan.missing.empty());
}

BOOST_FIXTURE_TEST_CASE(an_object_without_a_source_is_adopted_by_content, PlanFixture) {
    add_threat({{"Spoofing"}});
    set_status(1, ThreatStatus::accepted);
    const ImportPlan plan = import(model({threat("1", "Spoofing")}));
    check_equal(shown(plan.changed), {"threat 1 external_id"});
    check_equal(shown(plan.conflicts), {"threat 1 status: person"});
    BOOST_TEST(external_id(1) == "file/1");
}

BOOST_FIXTURE_TEST_CASE(an_external_id_set_by_a_person_stays, PlanFixture) {
    import(model({threat("1", "Spoofing"), threat("2", "Theft"), threat("3", "Denial")}));
    describe(1, ThreatField::external_id, "JIRA-1");
    describe(2, ThreatField::external_id, "file/7");
    describe(3, ThreatField::external_id, "");
    const ImportPlan plan =
        import(model({threat("4", "Spoofing"), threat("5", "Theft"), threat("6", "Denial")}));
    BOOST_TEST(plan.added.empty());
    BOOST_TEST(external_id(1) == "JIRA-1");
    BOOST_TEST(external_id(2) == "file/7");
    BOOST_TEST(external_id(3) == "file/6");
}

BOOST_FIXTURE_TEST_CASE(external_ids_of_a_download_are_kept, PlanFixture) {
    const auto own_threat = [](std::string_view key, std::string_view name,
                               std::string_view external_id) {
        ImportedThreat made = threat(key, name);
        made.texts.set(ThreatField::external_id, external_id);
        return made;
    };
    add_threat({{"Forgery", "", "", "", "", "", "", "td/1"}});
    ImportedModel file =
        model({own_threat("td/1", "Spoofing", "td/1"), own_threat("threat 2", "Theft", ""),
               own_threat("td/3", "Denial", "td/3")});
    file.keeps_external_ids = true;
    check_equal(shown(import(file).changed), {"threat 1 name"});
    BOOST_TEST(external_id(2).empty());
    BOOST_TEST(external_id(3) == "td/3");
    // Keys change with ids and with external_ids.
    file = model({own_threat("td/1", "Spoofing", "td/1"), own_threat("td/2", "Theft", "td/2"),
                  own_threat("threat 3", "Denial", "")});
    file.keeps_external_ids = true;
    check_equal(shown(import(file).changed), {"threat 2 external_id", "threat 3 external_id"});
    BOOST_TEST(external_id(2) == "td/2");
    BOOST_TEST(external_id(3).empty());
}

BOOST_FIXTURE_TEST_CASE(equal_objects_of_a_download_are_matched_by_id, PlanFixture) {
    add_threat({{"Spoofing"}});
    add_threat({{"Spoofing"}});
    ImportedModel download =
        model({threat("threat 2", "Spoofing"), threat("threat 1", "Spoofing")});
    download.keeps_external_ids = true;
    BOOST_TEST(import(download).events.empty());
    // An id alone is not sufficient: the file may be of another product.
    download = model({threat("threat 1", "Theft")});
    download.keeps_external_ids = true;
    BOOST_TEST(import(download, MissingObjects::keep, "other").added.size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_download_matches_the_objects_of_all_sources, PlanFixture) {
    import(model({threat("1", "Spoofing")}, {mitigation("m", "TLS", {0})}));
    ImportedModel download =
        model({threat("file/1", "Spoofing")}, {mitigation("file/m", "TLS", {0})});
    download.threats[0].texts.set(ThreatField::external_id, "file/1");
    download.mitigations[0].texts.set(MitigationField::external_id, "file/m");
    download.keeps_external_ids = true;
    const ImportPlan plan = import(download, MissingObjects::keep, "model.json");
    BOOST_TEST(plan.events.empty());
    BOOST_TEST(plan.unchanged == 2U);
}

// Each step takes time in proportion to the number of objects: with a quadratic one, this test
// would take minutes.
BOOST_FIXTURE_TEST_CASE(large_files_are_planned_quickly, PlanFixture) {
    ImportedModel file;
    ImportedModel rekeyed;
    for (int i = 0; i < 20'000; ++i) {
        // Half of the names are the same: those threats are matched by nothing but their key.
        const std::string name = i % 2 == 0 ? fmt::format("Threat {}", i) : "Threat";
        file.threats.push_back(threat(fmt::format("{}", i), name, "e", "E"));
        rekeyed.threats.push_back(threat(fmt::format("new {}", i), name, "e", "E"));
    }
    import(file);
    const ImportPlan plan = import(rekeyed);
    BOOST_TEST(plan.changed.size() == 10'000U);
    BOOST_TEST(plan.added.size() == 10'000U);
    BOOST_TEST(plan.missing.size() == 10'000U);
}

BOOST_AUTO_TEST_SUITE_END()
