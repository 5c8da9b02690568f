// Files of Microsoft's Threat Modeling Tool.

#include <boost/test/unit_test.hpp>

#include "import/formats.hpp"
#include "unit/import/contains.hpp"
#include "unit/import/model_files.hpp"

BOOST_AUTO_TEST_SUITE(tm7_test)

using namespace threatatlas;
using namespace threatatlas::imports;
using namespace threatatlas::imports::testing;
using events::MitigationField;
using events::MitigationStatus;
using events::Severity;
using events::ThreatField;
using events::ThreatStatus;

BOOST_AUTO_TEST_CASE(a_model_is_counted) {
    const ImportedModel model = read_tm7(model_file("tool.tm7"));
    BOOST_TEST(model.format == "tm7");
    BOOST_TEST(model.title == "Kiosk");
    BOOST_TEST(model.threats.size() == 6U);
    BOOST_TEST(scored(model, Severity::high) == 1U);
    BOOST_TEST(scored(model, Severity::medium) == 1U);
    BOOST_TEST(scored(model, Severity::low) == 2U);
    BOOST_TEST(scored(model, std::nullopt) == 2U);
    BOOST_TEST(with_status(model, ThreatStatus::identified) == 2U);
    BOOST_TEST(with_status(model, ThreatStatus::in_progress) == 1U);
    BOOST_TEST(with_status(model, ThreatStatus::mitigated) == 2U);
    BOOST_TEST(with_status(model, ThreatStatus::not_applicable) == 1U);
    BOOST_TEST(model.mitigations.size() == 1U);
    BOOST_TEST(with_status(model, MitigationStatus::proposed) == 1U);
    BOOST_TEST(link_count(model) == 1U);
    check_equal(keys_of(model),
                {"T1e1f1e2", "T2e1f1e2", "T3e1f1e2", "T4e1f1e2", "T5e1f1e2", "T6e1f1e2"});
    BOOST_REQUIRE_EQUAL(model.warnings.size(), 2U);
    BOOST_TEST(model.warnings[0].path == "/ThreatModel/ThreatInstances/*[4]/Value/Properties");
    BOOST_TEST(contains(model.warnings[0].detail, "highest"));
    BOOST_TEST(model.warnings[1].path == "/ThreatModel/ThreatInstances/*[5]/Value/State");
    BOOST_TEST(contains(model.warnings[1].detail, "Settled"));
}

BOOST_AUTO_TEST_CASE(the_texts_of_a_threat_are_imported) {
    const ImportedModel model = read_tm7(model_file("tool.tm7"));
    const ImportedThreat& threat = model.threats[0];
    BOOST_TEST(threat.path == "/ThreatModel/ThreatInstances/*[1]");
    BOOST_TEST(threat.texts[ThreatField::name] == "Browser may be spoofed");
    BOOST_TEST(threat.texts[ThreatField::description] ==
               "First line.\nSecond line.\n\nPossible mitigations: Authenticate.");
    BOOST_TEST(threat.texts[ThreatField::category] == "Spoofing");
    BOOST_TEST(threat.texts[ThreatField::diagram] == "Kiosk & till");
    BOOST_TEST(threat.texts[ThreatField::element_id] == "f1");
    BOOST_TEST(threat.texts[ThreatField::element_name] == "Order");
    // The property, not the element.
    BOOST_TEST((threat.scoring.severity == Severity::high));
}

BOOST_AUTO_TEST_CASE(justifications_are_kept) {
    const ImportedModel model = read_tm7(model_file("tool.tm7"));
    const ImportedMitigation& mitigation = model.mitigations.at(0);
    BOOST_TEST(mitigation.key == "T2e1f1e2");
    BOOST_TEST(mitigation.texts[MitigationField::name] == "TLS 1.3 only");
    BOOST_TEST(mitigation.threats == std::vector<std::size_t>{1});
    BOOST_TEST(model.threats[1].texts[ThreatField::comments].empty());
    BOOST_TEST(model.threats[2].texts[ThreatField::name] == "Nobody sees the till");
    BOOST_TEST(model.threats[2].texts[ThreatField::comments] == "The kiosk has no till");
    // A diagram without a name, and a flow that is no longer drawn.
    BOOST_TEST(model.threats[2].texts[ThreatField::diagram] == "d2");
    BOOST_TEST(model.threats[2].texts[ThreatField::element_id] == "f9");
    BOOST_TEST(model.threats[2].texts[ThreatField::element_name].empty());
}

BOOST_AUTO_TEST_CASE(old_versions_have_elements_instead_of_properties) {
    const ImportedModel model = read_tm7(model_file("tool.tm7"));
    BOOST_TEST(model.threats[4].texts[ThreatField::name] == "From an old version");
    BOOST_TEST(model.threats[4].texts[ThreatField::comments] == "Settled");
    BOOST_TEST((model.threats[4].scoring.severity == Severity::low));
}

BOOST_AUTO_TEST_CASE(odd_shapes_do_no_harm) {
    const ImportedModel model = read_tm7(
        "<ThreatModel><DrawingSurfaceList>text<a/></DrawingSurfaceList><ThreatInstances>text"
        "<!-- comment --><a/><a><Value/></a><a><Key>k</Key></a></ThreatInstances></ThreatModel>");
    BOOST_TEST(model.threats.size() == 3U);
    BOOST_TEST(model.threats[2].key == "k");
    BOOST_TEST(read_tm7("<ThreatModel><ThreatInstances/></ThreatModel>").threats.empty());
}

BOOST_AUTO_TEST_CASE(other_files_are_refused) {
    using namespace std::string_view_literals;
    BOOST_TEST(contains(refusal(read_tm7, "<mxfile/>"), "its root is <mxfile>"));
    BOOST_TEST(contains(refusal(read_tm7, "<ThreatModel/>"), "not a model of Microsoft's"));
    BOOST_TEST(contains(refusal(read_tm7, "PK\x03\x04\x14\0"sv), "ZIP archive"));
    BOOST_TEST(contains(refusal(read_tm7, "<!DOCTYPE a><ThreatModel/>"), "DOCTYPE"));
    BOOST_TEST(contains(refusal(read_tm7, "<ThreatModel>\n<a>", ImportFault::malformed),
                        "The XML is broken at line 2"));
}

BOOST_AUTO_TEST_SUITE_END()
