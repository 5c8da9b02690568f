// Open Threat Models in JSON and YAML.

#include <boost/test/unit_test.hpp>

#include "import/formats.hpp"
#include "unit/import/contains.hpp"
#include "unit/import/model_files.hpp"

BOOST_AUTO_TEST_SUITE(otm_test)

using namespace threatatlas;
using namespace threatatlas::imports;
using namespace threatatlas::imports::testing;
using events::MitigationField;
using events::MitigationStatus;
using events::Severity;
using events::ThreatField;
using events::ThreatStatus;

namespace {

// The scoring of a threat with this risk, in this state.
events::Scoring scoring_of(std::string_view likelihood, std::string_view impact,
                           std::string_view state = "exposed") {
    std::string text = "otmVersion: 0.2.0\ncomponents: [{id: c, threats: [{threat: t, state: ";
    text += state;
    text += "}]}]\nthreats: [{id: t, name: T, risk: {likelihood: ";
    text += likelihood;
    text += ", impact: ";
    text += impact;
    text += "}}]\n";
    return read_otm(text).threats.at(0).scoring;
}

}  // namespace

BOOST_AUTO_TEST_CASE(json_is_counted) {
    const ImportedModel model = read_otm(model_file("otm.json"));
    BOOST_TEST(model.format == "otm");
    BOOST_TEST(model.title == "Library");
    BOOST_TEST(model.threats.size() == 8U);
    BOOST_TEST(scored(model, Severity::critical) == 2U);
    BOOST_TEST(scored(model, Severity::low) == 2U);
    BOOST_TEST(scored(model, std::nullopt) == 4U);
    BOOST_TEST(with_status(model, ThreatStatus::identified) == 5U);
    BOOST_TEST(with_status(model, ThreatStatus::in_progress) == 1U);
    BOOST_TEST(with_status(model, ThreatStatus::mitigated) == 1U);
    BOOST_TEST(with_status(model, ThreatStatus::not_applicable) == 1U);
    BOOST_TEST(model.mitigations.size() == 4U);
    BOOST_TEST(with_status(model, MitigationStatus::proposed) == 3U);
    BOOST_TEST(with_status(model, MitigationStatus::implemented) == 1U);
    BOOST_TEST(link_count(model) == 4U);
    check_equal(keys_of(model), {"reading-room/noise", "catalogue/injection", "catalogue/generated",
                                 "catalogue/noise", "desk/missing-definition", "desk/own",
                                 "desk/odd", "lending/injection"});
    std::vector<std::string> paths;
    for (const ImportWarning& warning : model.warnings) {
        paths.push_back(warning.path);
    }
    check_equal(paths, {"/components/0/threats/0/mitigations/2/mitigation",
                        "/components/0/threats/1/mitigations/0/state",
                        "/components/2/threats/0/threat", "/components/2/threats/2/state",
                        "/components/2/threats/2", "/components/2/threats/2"});
}

BOOST_AUTO_TEST_CASE(instances_take_their_texts_from_definitions) {
    const ImportedModel model = read_otm(model_file("otm.json"));
    const ImportedThreat& threat = model.threats[1];
    BOOST_TEST(threat.path == "/components/0/threats/0");
    BOOST_TEST(threat.texts[ThreatField::name] == "SQL injection");
    BOOST_TEST(threat.texts[ThreatField::description] == "In the search field.\n\nCWE-89");
    BOOST_TEST(threat.texts[ThreatField::category] == "Tampering, Information disclosure");
    BOOST_TEST(threat.texts[ThreatField::element_id] == "catalogue");
    BOOST_TEST(threat.texts[ThreatField::element_name] == "Catalogue");
    BOOST_TEST(threat.texts[ThreatField::diagram] == "Overview");
    BOOST_TEST(threat.texts[ThreatField::comments] == "The field is public.");
    BOOST_TEST(model.threats[4].texts[ThreatField::name] == "missing-definition");
    BOOST_TEST(model.threats[4].texts[ThreatField::diagram] == "unnamed-diagram");
    BOOST_TEST(model.threats[5].texts[ThreatField::name] ==
               "Threat without a definition of its own");
    BOOST_TEST(model.threats[5].texts[ThreatField::description] == "Inline.");

    const ImportedMitigation& mitigation = model.mitigations[0];
    BOOST_TEST(mitigation.key == "catalogue/injection/prepared");
    BOOST_TEST(mitigation.texts[MitigationField::name] == "Prepared statements");
    BOOST_TEST(mitigation.texts[MitigationField::description] == "Everywhere.");
    BOOST_TEST(mitigation.threats == std::vector<std::size_t>{1});
    BOOST_TEST(model.mitigations[2].texts[MitigationField::name] == "unknown-measure");
    BOOST_TEST(model.mitigations[3].threats == std::vector<std::size_t>{2});
}

BOOST_AUTO_TEST_CASE(risks_become_scores) {
    const events::Scoring medium = scoring_of("50", "100");
    BOOST_TEST(*medium.likelihood == 2);
    BOOST_TEST(*medium.impact == 5);
    BOOST_TEST((medium.severity == Severity::medium));
    BOOST_TEST((scoring_of("100", "70").severity == Severity::high));
    BOOST_TEST((scoring_of("90", "100").severity == Severity::critical));
    BOOST_TEST((scoring_of("0", "0").severity == Severity::low));
    BOOST_TEST(*scoring_of("0", "0").likelihood == 1);
    BOOST_TEST((scoring_of("33.5", "99.9").severity == Severity::low));
    for (const std::string_view odd : {"-1", "101", "high", "50%", "nan", "[]", ""}) {
        BOOST_TEST((scoring_of(odd, "50") == events::Scoring{}));
    }
}

// Converters write 100 for every risk.
BOOST_AUTO_TEST_CASE(generated_risks_are_no_scores) {
    BOOST_TEST((scoring_of("100", "100", "AutoGenerated") == events::Scoring{}));
    BOOST_TEST((scoring_of("100", "100", "exposed").severity == Severity::critical));
    BOOST_TEST((scoring_of("100", "80", "AutoGenerated").severity == Severity::critical));
}

BOOST_AUTO_TEST_CASE(yaml_is_read_like_json) {
    const ImportedModel model = read_otm(model_file("otm.yaml"));
    BOOST_TEST(model.title == "Kiosk");
    BOOST_REQUIRE_EQUAL(model.threats.size(), 1U);
    BOOST_TEST(model.threats[0].key == "till/theft");
    BOOST_TEST((model.threats[0].scoring.severity == Severity::medium));
    BOOST_REQUIRE_EQUAL(model.mitigations.size(), 1U);
    BOOST_TEST(model.mitigations[0].texts[MitigationField::name] == "A lock");
    BOOST_TEST((model.mitigations[0].status == MitigationStatus::proposed));
    BOOST_TEST(model.warning_count == 0U);
}

BOOST_AUTO_TEST_CASE(odd_shapes_do_no_harm) {
    const ImportedModel model = read_otm(
        R"({"otmVersion":1,"project":[],"components":{"a":1},"trustZones":[1,null,)"
        R"({"threats":[null,7,{"mitigations":[null,{"mitigation":{}}]}]}],"threats":"x"})");
    BOOST_TEST(model.threats.size() == 3U);
    BOOST_TEST(model.mitigations.empty());
}

BOOST_AUTO_TEST_CASE(other_files_are_refused) {
    BOOST_TEST(contains(refusal(read_otm, R"({"version":"2.0"})"), "it has no otmVersion"));
    BOOST_TEST(contains(refusal(read_otm, "[1]"), "it has no otmVersion"));
    BOOST_TEST(contains(refusal(read_otm, "otmVersion: [0\n", ImportFault::malformed),
                        "The YAML is broken at line 1"));
}

BOOST_AUTO_TEST_SUITE_END()
