// Models of the OWASP Threat Model Library, and its other files.

#include <boost/test/unit_test.hpp>

#include "import/formats.hpp"
#include "unit/import/model_files.hpp"

BOOST_AUTO_TEST_SUITE(tm_bom_test)

using namespace threatatlas;
using namespace threatatlas::imports;
using namespace threatatlas::imports::testing;
using events::MitigationField;
using events::MitigationStatus;
using events::Severity;
using events::ThreatField;
using events::ThreatStatus;

BOOST_AUTO_TEST_CASE(a_model_is_counted) {
    const ImportedModel model = read_tm_bom(model_file("tm-bom.json"));
    BOOST_TEST(model.format == "tm-bom");
    BOOST_TEST(model.title == "Door locks");
    BOOST_TEST(model.threats.size() == 5U);
    // Of two risks with a level the more severe counts, and one without a level not at all.
    BOOST_TEST(scored(model, Severity::high) == 1U);
    BOOST_TEST(scored(model, Severity::medium) == 1U);
    BOOST_TEST(scored(model, std::nullopt) == 3U);
    BOOST_TEST((model.threats.at(0).scoring == events::Scoring{Severity::medium, {}, {}}));
    BOOST_TEST((model.threats.at(1).scoring == events::Scoring{Severity::high, {}, {}}));
    // An implemented control covers its threats, but does not make them mitigated.
    BOOST_TEST(with_status(model, ThreatStatus::identified) == 5U);
    BOOST_TEST(model.mitigations.size() == 11U);
    BOOST_TEST(with_status(model, MitigationStatus::implemented) == 1U);
    BOOST_TEST(with_status(model, MitigationStatus::proposed) == 8U);
    BOOST_TEST(with_status(model, MitigationStatus::retired) == 2U);
    BOOST_TEST(link_count(model) == 10U);
    BOOST_TEST((model.mitigations.at(0).threats == std::vector<std::size_t>{0, 1}));
    BOOST_TEST(model.mitigations.at(2).threats.empty());
}

BOOST_AUTO_TEST_CASE(keys_are_symbolic_names) {
    const ImportedModel model = read_tm_bom(model_file("tm-bom.json"));
    auto keys = keys_of(model);
    BOOST_TEST(keys.back().starts_with("sha256:"));
    keys.pop_back();
    check_equal(keys, {"replay", "code-theft", "power-cut", "jamming"});
    BOOST_TEST(model.mitigations.at(10).key == "review");
    BOOST_TEST(model.threats.at(1).path == "/threats/1");
    BOOST_TEST(model.mitigations.at(10).path == "/controls/10");
}

BOOST_AUTO_TEST_CASE(texts_are_imported) {
    const ImportedModel model = read_tm_bom(model_file("tm-bom.json"));
    const auto& replay = model.threats.at(0).texts;
    BOOST_TEST(replay[ThreatField::name] == "Radio messages are replayed");
    BOOST_TEST(replay[ThreatField::description] == "Messages have no counter.");
    BOOST_TEST(replay[ThreatField::element_id] == "lock");
    BOOST_TEST(replay[ThreatField::element_name] == "Lock");
    BOOST_TEST(replay[ThreatField::diagram] == "");
    BOOST_TEST(replay[ThreatField::comments] ==
               "Event: An old message opens the door\n"
               "Threat persona: Burglar with a laptop\n"
               "Sources: adversary, failure\n"
               "Attack mechanisms: CAPEC-60 Reusing Session IDs\n"
               "Weaknesses: CWE-294 Authentication Bypass, CWE-323\n"
               "Components affected: lock, hub\n"
               "Risk: Burglary (likelihood possible, impact severe, score 15)");
    BOOST_TEST(model.threats.at(1).texts[ThreatField::comments] ==
               "Threat persona: unknown-person\n"
               "Sources: adversary\n"
               "Risk: Theft of codes (likelihood rare, impact minor, score 2)");
    BOOST_TEST(model.threats.at(2).texts[ThreatField::comments] == "Risk: Being locked out");
    BOOST_TEST(model.threats.at(3).texts[ThreatField::comments] == "");
    const auto& counter = model.mitigations.at(0).texts;
    BOOST_TEST(counter[MitigationField::name] == "Add a counter");
    BOOST_TEST(counter[MitigationField::description] == "To messages");
    BOOST_TEST(counter[MitigationField::comments] == "Priority: high");
}

BOOST_AUTO_TEST_CASE(unknown_words_and_links_to_nothing_give_warnings) {
    const ImportedModel model = read_tm_bom(model_file("tm-bom.json"));
    check_equal(
        warnings_of(model),
        {"/risks/1/threats/1: The file has no threat of this name; the risk does not apply to "
         "it.",
         "/risks/2/level: level is \"colossal\", which this format does not have; taken as "
         "unscored.",
         "/controls/2/threats/0: The file has no threat of this name; the link is left out.",
         "/controls/5/status: The control is only assumed to be active; it is imported as "
         "proposed.",
         "/controls/7/status: status is \"barking\", which this format does not have; taken as "
         "proposed."});
}

BOOST_AUTO_TEST_CASE(anything_may_be_absent_or_odd) {
    BOOST_TEST(read_tm_bom(R"({"scope":{},"components":[]})").threats.empty());
    const ImportedModel model = read_tm_bom(
        R"({"scope":{"title":[]},"threats":[7,{"symbolic_name":{},"components_affected":[7,"",{}],
            "weaknesses":[{},7,{"cwe_id":1}]}],"controls":[{},{"title":"c","threats":[{},7]}],
            "risks":[null,{"threats":"x","level":7}],"actors":[7],"components":{}})");
    check_equal(all_of(model, ThreatField::name), {"Unnamed threat"});
    check_equal(all_of(model, ThreatField::comments), {"Weaknesses: CWE-1"});
    BOOST_TEST(model.mitigations.size() == 1U);
    BOOST_TEST(link_count(model) == 0U);
}

BOOST_AUTO_TEST_CASE(other_files_of_the_library_are_named) {
    BOOST_TEST(
        refusal(read_tm_bom,
                R"({"version":"1.0","threat-models":[{"symbolic_name":"a","path":"a.json"}]})") ==
        "The file is the index of a threat model library: it lists threat models, but is not "
        "one. Import the files that it lists.");
    const std::string schema =
        "The file is a JSON schema: it describes a format, but is not a threat model.";
    BOOST_TEST(
        refusal(read_tm_bom,
                R"({"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object"})") ==
        schema);
    BOOST_TEST(refusal(read_tm_bom, R"({"$defs":{"scope":{}},"properties":{"threats":{}}})") ==
               schema);
    BOOST_TEST(refusal(read_tm_bom, R"({"bomFormat":"CycloneDX","components":[]})")
                   .starts_with("The file is a CycloneDX bill of materials."));
}

BOOST_AUTO_TEST_CASE(other_files_are_refused) {
    for (const std::string_view bytes : {"{}", "[]", "7", R"({"scope":{}})",
                                         R"({"scope":"x","threats":[]})", R"({"threats":[]})"}) {
        BOOST_TEST(
            refusal(read_tm_bom, bytes) ==
            "The file is JSON, but not a model of the OWASP Threat Model Library, which has a "
            "\"scope\" and lists such as \"components\", \"threats\" and \"controls\".");
    }
    BOOST_TEST(!refusal(read_tm_bom, "{\"scope\": {", ImportFault::malformed).empty());
}

BOOST_AUTO_TEST_SUITE_END()
