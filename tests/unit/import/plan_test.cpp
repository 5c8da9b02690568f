// What an import makes of a product, rule by rule.

#include "import/plan.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "events/limits.hpp"
#include "unit/import/model_files.hpp"
#include "unit/import/plan_product.hpp"

BOOST_AUTO_TEST_SUITE(plan_test)

using namespace threatatlas;
using namespace threatatlas::imports;
using namespace threatatlas::imports::testing;
using events::MitigationField;
using events::MitigationStatus;
using events::Severity;
using events::ThreatField;
using events::ThreatStatus;

namespace {

ImportedThreat threat(std::string_view key, std::string_view name, std::string_view element_id = "",
                      std::string_view element_name = "") {
    ImportedThreat made;
    made.key = key;
    made.texts = {{name, "", "", "", element_id, element_name}};
    return made;
}

ImportedMitigation mitigation(std::string_view key, std::string_view name,
                              std::vector<std::size_t> threats = {}) {
    ImportedMitigation made;
    made.key = key;
    made.texts = {{name}};
    made.threats = std::move(threats);
    return made;
}

ImportedModel model(std::vector<ImportedThreat> threats,
                    std::vector<ImportedMitigation> mitigations = {}) {
    ImportedModel made;
    made.threats = std::move(threats);
    made.mitigations = std::move(mitigations);
    return made;
}

const events::Scoring high{Severity::high, std::nullopt, std::nullopt};
const events::Scoring low{Severity::low, std::nullopt, std::nullopt};
const events::Scoring medium{Severity::medium, std::uint8_t{3}, std::uint8_t{2}};

// A product, and imports of a file into it.
struct Fixture {
    PlanProduct product;

    // After each import, the same file changes nothing.
    ImportPlan import(const ImportedModel& file, MissingObjects missing = MissingObjects::keep,
                      const std::string& source = "file") {
        const PlanOptions options{source, missing};
        ImportPlan plan = plan_import(file, product.current(source), options);
        product.apply(source, plan);
        const ImportPlan again = plan_import(file, product.current(source), options);
        BOOST_TEST(again.events.empty());
        BOOST_TEST(again.seen_threats.empty());
        BOOST_TEST(again.seen_mitigations.empty());
        BOOST_TEST(again.conflicts.empty());
        BOOST_TEST(again.unchanged == file.threats.size() + file.mitigations.size());
        return plan;
    }

    void add_threat(const events::ThreatTexts& texts) {
        product.apply(events::ThreatIdentified{
            product.last_threat_id + 1, texts, {}, ThreatStatus::identified});
    }
    void describe(ThreatId id, ThreatField field, std::string_view text) {
        events::ThreatDescribed event{id, {}};
        event.changes.set(field, text);
        product.apply(event);
    }
    void set_status(ThreatId id, ThreatStatus status) {
        product.apply(events::ThreatStatusChanged{id, status, product.threats.at(id).status});
    }

    std::string_view text(ThreatId id, ThreatField field) const {
        return product.threats.at(id).texts[field];
    }
    std::string_view external_id(ThreatId id) const { return text(id, ThreatField::external_id); }
    const std::vector<ThreatId>& links(MitigationId id) const {
        return product.mitigations.at(id).scope.threat_ids;
    }
};

void check_ids(const std::vector<ThreatId>& found, const std::vector<ThreatId>& expected) {
    BOOST_CHECK_EQUAL_COLLECTIONS(found.begin(), found.end(), expected.begin(), expected.end());
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(new_objects_get_the_next_ids_in_the_order_of_the_file, Fixture) {
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

BOOST_FIXTURE_TEST_CASE(what_the_file_changes_is_taken, Fixture) {
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

BOOST_FIXTURE_TEST_CASE(only_changed_texts_are_described, Fixture) {
    ImportedModel file = model({threat("1", "Spoofing", "e")});
    import(file);
    file.threats[0].texts.set(ThreatField::element_id, "");
    const ImportPlan plan = import(file);
    BOOST_REQUIRE(plan.events.size() == 1U);
    events::ThreatDescribed expected{1, {}};
    expected.changes.set(ThreatField::element_id, "");
    BOOST_TEST((plan.events.at(0) == events::EventData(expected)));
}

BOOST_FIXTURE_TEST_CASE(what_somebody_changed_here_stays_if_the_file_has_not_changed_it, Fixture) {
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

BOOST_FIXTURE_TEST_CASE(both_changed_the_file_wins_texts_and_scope, Fixture) {
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

BOOST_FIXTURE_TEST_CASE(both_changed_the_person_wins_scoring_and_status, Fixture) {
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

BOOST_FIXTURE_TEST_CASE(likelihood_and_impact_are_part_of_the_scoring, Fixture) {
    ImportedModel file = model({threat("1", "Spoofing")});
    file.threats[0].scoring = {Severity::medium, std::uint8_t{2}, std::uint8_t{3}};
    import(file);
    file.threats[0].scoring = medium;
    check_equal(shown(import(file).changed), {"threat 1 scoring"});
}

BOOST_FIXTURE_TEST_CASE(objects_of_clients_are_found_by_external_id, Fixture) {
    add_threat({{"Spoofing", "", "", "", "", "", "", "file/2"}});
    add_threat({{"Tampering", "here", "", "", "", "", "kept", "file/1"}});
    product.apply(events::ThreatScored{2, high});
    ImportedModel file = model({threat("1", "Tampering"), threat("2", "Spoofing")});
    file.threats[0].scoring = low;
    file.threats[0].texts.set(ThreatField::description, "there");
    const ImportPlan plan = import(file);
    BOOST_TEST(plan.added.empty());
    // What the file had before is not known.
    check_equal(shown(plan.conflicts), {"threat 2 description: file", "threat 2 scoring: person"});
    check_equal(shown(plan.changed), {"threat 2 description"});
    BOOST_TEST(plan.seen_threats.size() == 2U);
    BOOST_TEST(plan.seen_threats.at(0).threat_id == 1U);
    // A text that the file never had is nobody's but of the people here.
    BOOST_TEST(text(2, ThreatField::comments) == "kept");
    BOOST_TEST(import(file).events.empty());
    BOOST_TEST(text(2, ThreatField::comments) == "kept");
}

BOOST_FIXTURE_TEST_CASE(the_key_counts_more_than_the_external_id, Fixture) {
    import(model({threat("1", "Spoofing"), threat("2", "Tampering")}));
    describe(1, ThreatField::external_id, "file/2");
    describe(2, ThreatField::external_id, "file/1");
    const ImportPlan plan = import(model({threat("1", "Spoofing"), threat("2", "Tampering")}));
    BOOST_TEST(plan.events.empty());
    // The key of an object that is gone may be given to another by its external_id.
    describe(1, ThreatField::external_id, "file/3");
    check_equal(shown(import(model({threat("2", "Tampering"), threat("3", "Forgery")})).changed),
                {"threat 1 name"});
}

BOOST_FIXTURE_TEST_CASE(objects_of_another_source_are_left_alone, Fixture) {
    import(model({threat("1", "Spoofing")}, {mitigation("m", "TLS", {0})}));
    describe(1, ThreatField::external_id, "other/1");
    const ImportPlan plan = import(model({threat("1", "Spoofing")}, {mitigation("m", "TLS", {0})}),
                                   MissingObjects::remove, "other");
    check_equal(shown(plan.added), {"threat 2", "mitigation 2"});
    BOOST_TEST(plan.removed.empty());
    check_ids(links(2), {2});
}

BOOST_FIXTURE_TEST_CASE(changed_keys_are_found_again_by_element_then_by_name, Fixture) {
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

BOOST_FIXTURE_TEST_CASE(what_is_not_unique_is_not_matched_by_content, Fixture) {
    import(model({threat("1", "Spoofing"), threat("2", "Spoofing"), threat("3", "Theft")},
                 {mitigation("m", "TLS")}));
    const ImportPlan plan =
        import(model({threat("4", "Spoofing"), threat("5", "Theft"), threat("6", "Theft")},
                     {mitigation("n", "TLS"), mitigation("o", "TLS")}));
    check_equal(shown(plan.added),
                {"threat 4", "threat 5", "threat 6", "mitigation 2", "mitigation 3"});
    check_equal(shown(plan.missing), {"mitigation 1", "threat 1", "threat 2", "threat 3"});
}

// An earlier step leaves a single pair behind.
BOOST_FIXTURE_TEST_CASE(uniqueness_is_counted_among_what_is_left, Fixture) {
    import(model({threat("1", "Spoofing", "a"), threat("2", "Spoofing", "b")}));
    const ImportPlan plan = import(model({threat("3", "Spoofing", "b"), threat("4", "Spoofing")}));
    check_equal(shown(plan.changed), {"threat 2 external_id", "threat 1 element_id external_id"});
}

BOOST_FIXTURE_TEST_CASE(content_must_be_equal_with_its_category, Fixture) {
    add_threat({{"Spoofing", "", "S"}});
    add_threat({{"Theft", "", "", "", "", "", "", "JIRA-1"}});
    const ImportPlan plan = import(model({threat("1", "Spoofing"), threat("2", "Theft")}));
    // An external_id says that the object is something else.
    check_equal(shown(plan.added), {"threat 3", "threat 4"});
    BOOST_TEST(plan.missing.empty());
}

BOOST_FIXTURE_TEST_CASE(an_object_without_a_source_is_adopted_by_content, Fixture) {
    add_threat({{"Spoofing"}});
    set_status(1, ThreatStatus::accepted);
    const ImportPlan plan = import(model({threat("1", "Spoofing")}));
    check_equal(shown(plan.changed), {"threat 1 external_id"});
    check_equal(shown(plan.conflicts), {"threat 1 status: person"});
    BOOST_TEST(external_id(1) == "file/1");
}

BOOST_FIXTURE_TEST_CASE(an_external_id_that_somebody_chose_stays, Fixture) {
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

BOOST_FIXTURE_TEST_CASE(what_was_removed_here_stays_removed, Fixture) {
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

BOOST_FIXTURE_TEST_CASE(a_removed_threat_is_left_out_of_new_links, Fixture) {
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

BOOST_FIXTURE_TEST_CASE(missing_objects_are_kept_and_listed, Fixture) {
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

BOOST_FIXTURE_TEST_CASE(missing_objects_are_removed_and_come_back_as_new_ones, Fixture) {
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

BOOST_FIXTURE_TEST_CASE(missing_objects_are_set_aside_and_come_back_with_the_file, Fixture) {
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
    // Somebody's own decision about the other threat stays.
    BOOST_TEST((product.threats.at(2).status == ThreatStatus::not_applicable));
}

BOOST_FIXTURE_TEST_CASE(external_ids_of_our_own_file_stay_as_they_are, Fixture) {
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

BOOST_FIXTURE_TEST_CASE(our_own_file_tells_equal_objects_apart_by_their_ids, Fixture) {
    add_threat({{"Spoofing"}});
    add_threat({{"Spoofing"}});
    ImportedModel download =
        model({threat("threat 2", "Spoofing"), threat("threat 1", "Spoofing")});
    download.keeps_external_ids = true;
    BOOST_TEST(import(download).events.empty());
    // An id alone says nothing: the file may be of another product.
    download = model({threat("threat 1", "Theft")});
    download.keeps_external_ids = true;
    BOOST_TEST(import(download, MissingObjects::keep, "other").added.size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(what_the_source_has_adopted_is_never_missing_for_good, Fixture) {
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

BOOST_FIXTURE_TEST_CASE(our_own_file_names_the_objects_of_all_sources, Fixture) {
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

BOOST_FIXTURE_TEST_CASE(used_up_ids_are_reported, Fixture) {
    product.last_threat_id = events::limits::id_max - 1;
    import(model({threat("1", "Spoofing")}));
    BOOST_CHECK_THROW(import(model({threat("1", "Spoofing"), threat("2", "Theft")})), ImportError);
    product.last_mitigation_id = events::limits::id_max;
    BOOST_CHECK_THROW(import(model({}, {mitigation("m", "TLS")})), ImportError);
}

// Each step takes time in proportion to the number of objects: with a quadratic one, this test
// would take minutes.
BOOST_FIXTURE_TEST_CASE(large_files_are_planned_quickly, Fixture) {
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
