// Threagile's risks.json and its models in YAML.

#include <boost/test/unit_test.hpp>

#include "import/formats.hpp"
#include "unit/import/contains.hpp"
#include "unit/import/model_files.hpp"

BOOST_AUTO_TEST_SUITE(threagile_test)

using namespace threatatlas;
using namespace threatatlas::imports;
using namespace threatatlas::imports::testing;
using events::Severity;
using events::ThreatField;
using events::ThreatStatus;

BOOST_AUTO_TEST_CASE(risks_are_counted) {
    const ImportedModel model = read_threagile(model_file("threagile-risks.json"));
    BOOST_TEST(model.format == "threagile");
    BOOST_TEST(model.threats.size() == 7U);
    BOOST_TEST(scored(model, Severity::critical) == 1U);
    BOOST_TEST(scored(model, Severity::high) == 2U);
    BOOST_TEST(scored(model, Severity::medium) == 2U);
    BOOST_TEST(scored(model, Severity::low) == 1U);
    BOOST_TEST(scored(model, std::nullopt) == 1U);
    BOOST_TEST(with_status(model, ThreatStatus::identified) == 3U);
    BOOST_TEST(with_status(model, ThreatStatus::in_progress) == 1U);
    BOOST_TEST(with_status(model, ThreatStatus::accepted) == 1U);
    BOOST_TEST(with_status(model, ThreatStatus::mitigated) == 1U);
    BOOST_TEST(with_status(model, ThreatStatus::not_applicable) == 1U);
    BOOST_TEST(model.mitigations.empty());
    BOOST_REQUIRE_EQUAL(model.warnings.size(), 2U);
    BOOST_TEST(model.warnings[0].path == "/6/risk_status");
    BOOST_TEST(contains(model.warnings[0].detail, "postponed"));
    BOOST_TEST(model.warnings[1].path == "/6/severity");
    BOOST_TEST(contains(model.warnings[1].detail, "severe"));
}

BOOST_AUTO_TEST_CASE(the_texts_of_a_risk_are_imported) {
    const ImportedModel model = read_threagile(model_file("threagile-risks.json"));
    const ImportedThreat& risk = model.threats.front();
    BOOST_TEST(risk.key == "missing-hardening@parcel-store");
    BOOST_TEST(risk.path == "/0");
    BOOST_TEST(risk.texts[ThreatField::name] == "Missing Hardening risk at Parcel Store");
    BOOST_TEST(risk.texts[ThreatField::category] == "missing-hardening");
    BOOST_TEST(risk.texts[ThreatField::comments] == "Severity in Threagile: elevated");
    BOOST_TEST(risk.texts[ThreatField::description] ==
               "Exploitation likelihood: likely\n"
               "Exploitation impact: medium\n"
               "Data breach probability: improbable\n"
               "Data breach at: label-printer, parcel-store");
    check_equal(all_of(model, ThreatField::element_id),
                {"parcel-store", "parcel-store", "label-printer", "depot", "courier>scan",
                 "addresses", ""});
    BOOST_TEST(model.threats[4].texts[ThreatField::description] == "The scanner needs no login.");
}

// Rules may give risks the same id. Neither their order nor that of their lists lasts.
BOOST_AUTO_TEST_CASE(keys_do_not_depend_on_the_order) {
    const std::string first =
        R"({"synthetic_id":"push@agent","title":"To A","most_relevant_technical_asset":"a",)"
        R"("data_breach_technical_assets":["x","y"]})";
    const std::string second =
        R"({"synthetic_id":"push@agent","title":"To B","most_relevant_technical_asset":"a"})";
    const std::string first_again =
        R"({"synthetic_id":"push@agent","title":"To A","most_relevant_technical_asset":"a",)"
        R"("data_breach_technical_assets":["y","x"]})";
    const ImportedModel before = read_threagile("[" + first + "," + second + "]");
    const ImportedModel after = read_threagile("[" + second + "," + first_again + "]");
    BOOST_TEST(before.threats[0].key.starts_with("push@agent/a/"));
    BOOST_TEST(before.threats[0].key != before.threats[1].key);
    BOOST_TEST(before.threats[0].key == after.threats[1].key);
    BOOST_TEST(before.threats[1].key == after.threats[0].key);
    BOOST_TEST((before.threats[0].texts == after.threats[1].texts));
    // An id that occurs once is the key as it is.
    BOOST_TEST(read_threagile("[" + first + "]").threats[0].key == "push@agent");
}

BOOST_AUTO_TEST_CASE(a_model_is_counted) {
    const ImportedModel model = read_threagile(model_file("threagile.yaml"));
    BOOST_TEST(model.format == "threagile");
    BOOST_TEST(model.title == "Parcel depot");
    BOOST_TEST(model.threats.size() == 8U);
    BOOST_TEST(scored(model, Severity::high) == 1U);
    BOOST_TEST(scored(model, Severity::low) == 1U);
    BOOST_TEST(scored(model, std::nullopt) == 6U);
    BOOST_TEST(with_status(model, ThreatStatus::identified) == 6U);
    BOOST_TEST(with_status(model, ThreatStatus::mitigated) == 1U);
    BOOST_TEST(with_status(model, ThreatStatus::in_progress) == 1U);
    BOOST_TEST(model.mitigations.empty());
    check_equal(
        keys_of(model),
        {"custom/plain-labels/Labels can be read at the door",
         "custom/plain-labels/Labels can be photographed", "custom/doors/The back door stays open",
         "custom/lorries/Lorries are left unlocked", "tracking/missing-hardening@parcel-store",
         "tracking/push-deployment@*", "tracking/missing-vault@*@depot",
         "tracking/dos@parcel-store"});
    BOOST_REQUIRE_EQUAL(model.warnings.size(), 3U);
    BOOST_TEST(model.warnings[0].path ==
               "/individual_risk_categories/Labels in plain text/risks_identified/"
               "Labels can be photographed/severity");
    BOOST_TEST(model.warnings[1].path == "/risk_tracking/missing-vault@*@depot/status");
    BOOST_TEST(model.warnings[2].path == "/risk_tracking");
    BOOST_TEST(contains(model.warnings[2].detail, "import risks.json"));
}

BOOST_AUTO_TEST_CASE(the_risks_of_a_model_are_imported) {
    const ImportedModel model = read_threagile(model_file("threagile.yaml"));
    const ImportedThreat& custom = model.threats[0];
    BOOST_TEST(custom.texts[ThreatField::name] == "Labels can be read at the door");
    BOOST_TEST(custom.texts[ThreatField::category] == "plain-labels");
    BOOST_TEST(custom.texts[ThreatField::element_id] == "parcel-store");
    BOOST_TEST(custom.texts[ThreatField::element_name] == "Parcel Store");
    BOOST_TEST(custom.texts[ThreatField::comments] == "Severity in Threagile: elevated");
    BOOST_TEST(custom.texts[ThreatField::description] ==
               "Labels show names and addresses.\n\n"
               "Impact: Anybody at the door can read them.\n\n"
               "Mitigation: Print a code instead.\n\n"
               "Exploitation likelihood: likely\n"
               "Exploitation impact: low\n"
               "Data breach at: parcel-store");
    BOOST_TEST(model.threats[3].path ==
               "/custom_risk_categories/0/risks_identified/Lorries are left unlocked");

    const ImportedThreat& tracked = model.threats[4];
    BOOST_TEST(tracked.texts[ThreatField::name] == "missing-hardening@parcel-store");
    BOOST_TEST(tracked.texts[ThreatField::category] == "missing-hardening");
    BOOST_TEST(tracked.texts[ThreatField::element_id] == "parcel-store");
    BOOST_TEST(tracked.texts[ThreatField::element_name] == "Parcel Store");
    BOOST_TEST(tracked.texts[ThreatField::description] == "Hardened with the company's baseline.");
    BOOST_TEST(tracked.texts[ThreatField::comments] ==
               "Ticket: DEPOT-7\nDate: 2026-02-03\nChecked by: Ada");
    BOOST_TEST(model.threats[5].texts[ThreatField::element_id].empty());
}

BOOST_AUTO_TEST_CASE(a_model_without_risks_is_empty) {
    const ImportedModel model =
        read_threagile("threagile_version: 1.0.0\ntitle: T\nrisk_tracking: null\n");
    BOOST_TEST(model.threats.empty());
    BOOST_TEST(model.warning_count == 1U);
    BOOST_TEST(read_threagile("[]").warning_count == 1U);
}

BOOST_AUTO_TEST_CASE(odd_shapes_do_no_harm) {
    const ImportedModel risks = read_threagile(
        R"([{"synthetic_id":"a@b","title":7,"severity":{},"risk_status":[]},null,"text",)"
        R"({"title":"No id","data_breach_technical_assets":"x"}])");
    BOOST_TEST(risks.threats.size() == 4U);
    BOOST_TEST(risks.threats[0].texts[ThreatField::name] == "7");
    const ImportedModel model = read_threagile(
        "technical_assets: [a, b]\n"
        "individual_risk_categories: text\n"
        "custom_risk_categories: {a: {risks_identified: [{title: In a list}, x]}}\n"
        "risk_tracking: [{status: accepted}]\n");
    BOOST_TEST(model.threats.size() == 3U);
    BOOST_TEST(model.threats[0].texts[ThreatField::name] == "In a list");
    BOOST_TEST((model.threats[2].status == ThreatStatus::accepted));
}

BOOST_AUTO_TEST_CASE(other_files_are_refused) {
    BOOST_TEST(contains(refusal(read_threagile, R"([{"id":1}])"), "no element has a synthetic_id"));
    BOOST_TEST(contains(refusal(read_threagile, R"({"otmVersion":"0.2.0"})"),
                        "has no threagile_version and no technical_assets"));
    BOOST_TEST(contains(refusal(read_threagile, "just a text\n"), "has no threagile_version"));
    BOOST_TEST(
        contains(refusal(read_threagile, "[{\"synthetic_id\": \"a\"\n", ImportFault::malformed),
                 "The JSON is broken at line 2"));
    BOOST_TEST(contains(refusal(read_threagile, "title: \"x\n", ImportFault::malformed),
                        "The YAML is broken at line 1"));
}

BOOST_AUTO_TEST_SUITE_END()
