// Threat Composer files: statements, statuses of the tool and of people, links, metadata.

#include <boost/test/unit_test.hpp>

#include "import/formats.hpp"
#include "unit/import/model_files.hpp"

BOOST_AUTO_TEST_SUITE(threat_composer_test)

using namespace threatatlas;
using namespace threatatlas::imports;
using namespace threatatlas::imports::testing;
using events::MitigationField;
using events::MitigationStatus;
using events::Severity;
using events::ThreatField;
using events::ThreatStatus;

BOOST_AUTO_TEST_CASE(a_model_is_counted) {
    const ImportedModel model = read_threat_composer(model_file("threat-composer.json"));
    BOOST_TEST(model.format == "threat-composer");
    BOOST_TEST(model.title == "Photo prints");
    BOOST_TEST(model.threats.size() == 6U);
    BOOST_TEST(scored(model, Severity::critical) == 0U);
    BOOST_TEST(scored(model, Severity::high) == 1U);
    BOOST_TEST(scored(model, Severity::medium) == 1U);
    BOOST_TEST(scored(model, Severity::low) == 1U);
    BOOST_TEST(scored(model, std::nullopt) == 3U);
    BOOST_TEST(with_status(model, ThreatStatus::identified) == 4U);
    BOOST_TEST(with_status(model, ThreatStatus::mitigated) == 1U);
    BOOST_TEST(with_status(model, ThreatStatus::not_applicable) == 1U);
    // The ninth has no content.
    BOOST_TEST(model.mitigations.size() == 8U);
    BOOST_TEST(with_status(model, MitigationStatus::proposed) == 5U);
    BOOST_TEST(with_status(model, MitigationStatus::implemented) == 2U);
    BOOST_TEST(with_status(model, MitigationStatus::retired) == 1U);
    BOOST_TEST(link_count(model) == 3U);
    BOOST_TEST((model.mitigations.at(0).threats == std::vector<std::size_t>{0, 1}));
    BOOST_TEST((model.mitigations.at(1).threats == std::vector<std::size_t>{2}));
}

BOOST_AUTO_TEST_CASE(keys_are_ids) {
    const ImportedModel model = read_threat_composer(model_file("threat-composer.json"));
    auto keys = keys_of(model);
    BOOST_TEST(keys.back().starts_with("sha256:"));
    keys.pop_back();
    check_equal(keys, {"t-1", "t-2", "t-3", "t-4", "t-5"});
    BOOST_TEST(model.mitigations.at(0).key == "m-1");
    BOOST_TEST(model.mitigations.at(7).key == "m-8");
    BOOST_TEST(model.threats.at(5).path == "/threats/5");
    BOOST_TEST(model.mitigations.at(7).path == "/mitigations/7");
}

BOOST_AUTO_TEST_CASE(statements_are_names_or_composed) {
    const ImportedModel model = read_threat_composer(model_file("threat-composer.json"));
    check_equal(
        all_of(model, ThreatField::name),
        {"A stranger can upload a program, which leads to loss of control",
         "an insider with access to the bucket can copy pictures, which leads to disclosure, "
         "resulting in reduced confidentiality, privacy of pictures",
         "guess links, negatively impacting links, pictures", "Bots exhaust the budget",
         "Invoices are forged", "Orders are lost"});
    check_equal(
        all_of(model, ThreatField::category),
        {"Tampering, Elevation of privilege", "Information disclosure", "", "", "Spoofing, X", ""});
    check_equal(all_of(model, ThreatField::comments),
                {"Seen in 2025\nTags: upload, web", "", "", "", "", ""});
    BOOST_TEST(model.mitigations.at(0).texts[MitigationField::comments] ==
               "Since spring\nTags: upload");
    BOOST_TEST(model.mitigations.at(1).texts[MitigationField::name] == "Links expire.");
    BOOST_TEST(model.mitigations.at(1).texts[MitigationField::description] ==
               "Links expire.\nAfter an hour.");
}

BOOST_AUTO_TEST_CASE(unknown_words_and_links_to_nothing_give_warnings) {
    const ImportedModel model = read_threat_composer(model_file("threat-composer.json"));
    check_equal(
        warnings_of(model),
        {"/threats/4/metadata/0/value: Priority is \"Urgent\", which this format does not have; "
         "taken as unscored.",
         "/threats/4/metadata/1/value/1: STRIDE is \"X\", which this format does not have; "
         "taken as the name of a category.",
         "/threats/4/status: status is \"doubtful\", which this format does not have; taken as "
         "identified.",
         "/mitigationLinks/5/linkedId: The file has no threat with this id; the link is left "
         "out.",
         "/mitigationLinks/6/mitigationId: The file has no mitigation with this id; the link is "
         "left out.",
         "/mitigationLinks/7: This is not an object; it is left out.",
         "/mitigations/7/status: status is \"halfway\", which this format does not have; taken "
         "as proposed."});
}

BOOST_AUTO_TEST_CASE(a_long_statement_is_kept_whole_in_the_description) {
    std::string statement = "A long one";
    while (statement.size() < 1'400) {
        statement += " goes on";
    }
    const ImportedModel model = read_threat_composer(
        R"({"schema":1,"threats":[{"id":"1","statement":")" + statement + R"("}]})");
    BOOST_TEST(model.threats.at(0).texts[ThreatField::name].size() <= 502U);
    BOOST_TEST(model.threats.at(0).texts[ThreatField::description] == statement);
    BOOST_TEST(model.warning_count == 1U);
    BOOST_TEST(model.warnings.at(0).path == "/threats/0");
}

BOOST_AUTO_TEST_CASE(repeated_ids_link_to_the_first) {
    const ImportedModel model = read_threat_composer(
        R"({"threats":[{"id":"1","statement":"a"},{"id":"1","statement":"b"}],
            "mitigations":[{"id":"1","content":"x"},{"id":"1","content":"y"}],
            "mitigationLinks":[{"mitigationId":"1","linkedId":"1"}]})");
    check_equal(keys_of(model), {"1", "1#2"});
    BOOST_TEST((model.mitigations.at(0).threats == std::vector<std::size_t>{0}));
    BOOST_TEST(model.mitigations.at(1).key == "1#2");
    BOOST_TEST(model.mitigations.at(1).threats.empty());
}

BOOST_AUTO_TEST_CASE(anything_may_be_absent_or_odd) {
    BOOST_TEST(read_threat_composer(R"({"schema":1,"applicationInfo":{}})").threats.empty());
    const ImportedModel model = read_threat_composer(
        R"({"applicationInfo":{"name":{}},"threats":[null,{"metadata":[7,{"key":"STRIDE","value":[7,{}]},
            {"key":"Priority"}],"tags":{},"status":""},{"threatSource":"nobody"}],
            "mitigations":{"a":1},"mitigationLinks":[{},{"linkedId":"1"}]})");
    check_equal(all_of(model, ThreatField::name), {"Unnamed threat", "Unnamed threat"});
    BOOST_TEST(model.title == "");
    BOOST_TEST(model.mitigations.empty());
    BOOST_TEST(scored(model, std::nullopt) == 2U);
}

BOOST_AUTO_TEST_CASE(other_files_are_refused) {
    for (const std::string_view bytes :
         {"{}", "[]", "null", R"({"threats":[]})", R"({"schema":1,"threats":{}})",
          R"({"summary":{},"detail":{"diagrams":[]}})"}) {
        BOOST_TEST(refusal(read_threat_composer, bytes) ==
                   "The file is JSON, but not a Threat Composer model, which has \"schema\", "
                   "\"applicationInfo\", \"threats\" and \"mitigationLinks\".");
    }
    BOOST_TEST(
        refusal(read_threat_composer, "{\"schema\": 1,\n", ImportFault::malformed).find("line") !=
        std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
