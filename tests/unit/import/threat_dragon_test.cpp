// Threat Dragon files of both versions, and of programs that write something like them.

#include <boost/test/unit_test.hpp>

#include "import/formats.hpp"
#include "unit/import/model_files.hpp"

BOOST_AUTO_TEST_SUITE(threat_dragon_test)

using namespace threatatlas;
using namespace threatatlas::imports;
using namespace threatatlas::imports::testing;
using events::MitigationField;
using events::MitigationStatus;
using events::Severity;
using events::ThreatField;
using events::ThreatStatus;

namespace {

// A model whose only diagram has these cells.
std::string with_cells(std::string_view cells) {
    return R"({"summary":{"title":"T"},"detail":{"diagrams":[{"id":0,"title":"D","cells":)" +
           std::string(cells) + "}]}}";
}

}  // namespace

BOOST_AUTO_TEST_CASE(version_1_is_counted) {
    const ImportedModel model = read_threat_dragon(model_file("threat-dragon-v1.json"));
    BOOST_TEST(model.format == "threat-dragon");
    BOOST_TEST(model.title == "Ticket shop");
    BOOST_TEST(model.threats.size() == 7U);
    BOOST_TEST(scored(model, Severity::critical) == 0U);
    BOOST_TEST(scored(model, Severity::high) == 1U);
    BOOST_TEST(scored(model, Severity::medium) == 1U);
    BOOST_TEST(scored(model, Severity::low) == 2U);
    BOOST_TEST(scored(model, std::nullopt) == 3U);
    BOOST_TEST(with_status(model, ThreatStatus::identified) == 5U);
    BOOST_TEST(with_status(model, ThreatStatus::mitigated) == 1U);
    BOOST_TEST(with_status(model, ThreatStatus::not_applicable) == 1U);
    BOOST_TEST(model.mitigations.size() == 3U);
    BOOST_TEST(with_status(model, MitigationStatus::proposed) == 3U);
    BOOST_TEST(link_count(model) == 3U);
    check_equal(
        all_of(model, ThreatField::diagram),
        {"Checkout", "Checkout", "Checkout", "Checkout", "Checkout", "Checkout", "Refunds"});
    check_equal(all_of(model, ThreatField::element_id),
                {"c-buyer", "c-shop", "c-shop", "c-shop", "c-shop", "c-flow", "c-buyer"});
    check_equal(all_of(model, ThreatField::element_name),
                {"Buyer", "Shop\nserver", "Shop\nserver", "Shop\nserver", "Shop\nserver", "order",
                 "Buyer"});
    check_equal(
        warnings_of(model),
        {"/detail/diagrams/0/diagramJson/cells/2: The element is out of scope in Threat Dragon; "
         "its threats are imported with the statuses that they have."});
}

BOOST_AUTO_TEST_CASE(threats_without_ids_have_keys_of_title_and_type) {
    const ImportedModel model = read_threat_dragon(model_file("threat-dragon-v1.json"));
    check_equal(keys_of(model), {"0/c-buyer/c5754ce972dc5e0c", "0/c-shop/c5481157fb51806a",
                                 "0/c-shop/e0cec794fa6fe1a9", "0/c-shop/c5481157fb51806a#2",
                                 "0/c-shop/0ebc81166c821898", "0/c-flow/a034c25d0e16a875",
                                 "1/c-buyer/c5754ce972dc5e0c"});
    // Neither the title of the diagram nor anything but title and type of the threat matters.
    std::string renamed = model_file("threat-dragon-v1.json");
    renamed.replace(renamed.find("\"Checkout\""), 10, "\"Paying\"");
    renamed.replace(renamed.find("Accounts are"), 12, "Passwords are");
    renamed.replace(renamed.find("\"High\""), 6, "\"Low\"");
    check_equal(keys_of(read_threat_dragon(renamed)), keys_of(model));
}

BOOST_AUTO_TEST_CASE(texts_of_version_1_are_imported) {
    const ImportedModel model = read_threat_dragon(model_file("threat-dragon-v1.json"));
    const ImportedThreat& spoofing = model.threats.at(0);
    BOOST_TEST(spoofing.texts[ThreatField::name] == "Someone buys in another's name");
    BOOST_TEST(spoofing.texts[ThreatField::description] == "Accounts are\nguessed.");
    BOOST_TEST(spoofing.texts[ThreatField::category] == "Spoofing");
    BOOST_TEST(spoofing.texts[ThreatField::comments] == "");
    BOOST_TEST(spoofing.path == "/detail/diagrams/0/diagramJson/cells/0/threats/0");
    BOOST_TEST(model.threats.at(2).texts[ThreatField::name] == "Prices are changed");
    BOOST_TEST(model.threats.at(5).texts[ThreatField::comments] ==
               "The element is out of scope.\nReason: The provider's affair");

    const ImportedMitigation& factor = model.mitigations.at(0);
    BOOST_TEST(factor.key == spoofing.key);
    BOOST_TEST(factor.texts[MitigationField::name] == "Ask for a second factor");
    BOOST_TEST(factor.path == spoofing.path + "/mitigation");
    BOOST_TEST(factor.element_id == "c-buyer");
    BOOST_TEST(factor.diagram == "Checkout");
    BOOST_TEST((factor.threats == std::vector<std::size_t>{0}));
    BOOST_TEST((model.mitigations.at(1).threats == std::vector<std::size_t>{2}));
    BOOST_TEST(model.mitigations.at(1).texts[MitigationField::name] == "Sign the cart.");
    BOOST_TEST(model.mitigations.at(1).texts[MitigationField::description] ==
               "Sign the cart.\nCheck it at payment.");
}

BOOST_AUTO_TEST_CASE(versions_are_decided_by_diagram_and_by_cell) {
    const ImportedModel model = read_threat_dragon(model_file("threat-dragon-v2.json"));
    BOOST_TEST(model.title == "Meter readings");
    BOOST_TEST(model.threats.size() == 9U);
    BOOST_TEST(scored(model, Severity::critical) == 2U);
    BOOST_TEST(scored(model, Severity::high) == 2U);
    BOOST_TEST(scored(model, Severity::medium) == 3U);
    BOOST_TEST(scored(model, Severity::low) == 1U);
    BOOST_TEST(scored(model, std::nullopt) == 1U);
    BOOST_TEST(with_status(model, ThreatStatus::identified) == 6U);
    BOOST_TEST(with_status(model, ThreatStatus::mitigated) == 1U);
    BOOST_TEST(with_status(model, ThreatStatus::not_applicable) == 1U);
    BOOST_TEST(with_status(model, ThreatStatus::accepted) == 1U);
    BOOST_TEST(model.mitigations.size() == 4U);
    BOOST_TEST(with_status(model, MitigationStatus::proposed) == 4U);
    BOOST_TEST(link_count(model) == 4U);
    check_equal(keys_of(model), {"0/p-1/t-1", "0/p-1/t-2", "0/p-1/t-3", "0/p-2/t-1", "0/f-1/t-9",
                                 "1/p-1/t-1", "2/kinesis/kinesis_disclosure_1",
                                 "2/kinesis/kinesis_2", "3/s-1/8b3e4083c3be38ea"});
    check_equal(all_of(model, ThreatField::element_name),
                {"Gateway", "Gateway", "Gateway", "Gateway copy", "readings", "Gateway", "Stream",
                 "Stream", "Backups"});
    check_equal(all_of(model, ThreatField::diagram),
                {"Gateway", "Gateway", "Gateway", "Gateway", "Gateway", "Copy of Gateway",
                 "Written by a program", "Written by a program", "Not opened since version 1"});
    BOOST_TEST(model.threats.at(0).texts[ThreatField::comments] == "Score: 9.1");
    BOOST_TEST(model.threats.at(0).path == "/detail/diagrams/0/cells/0/data/threats/0");
    BOOST_TEST(model.threats.at(3).texts[ThreatField::comments] == "The element is out of scope.");
    BOOST_TEST(model.threats.at(6).path == "/detail/diagrams/2/cells/0/threats/0");
    BOOST_TEST(model.threats.at(8).path == "/detail/diagrams/3/diagramJson/cells/0/threats/0");
}

BOOST_AUTO_TEST_CASE(values_that_are_changed_give_a_warning) {
    const ImportedModel model = read_threat_dragon(model_file("threat-dragon-v2.json"));
    const std::string severe = "/detail/diagrams/0/cells/0/data/threats/2/";
    check_equal(warnings_of(model),
                {severe + "severity: severity is \"Severe\", which this format does not have; "
                          "taken as unscored.",
                 severe + "status: status is \"Deferred\", which this format does not have; taken "
                          "as identified.",
                 "/detail/diagrams/0/cells/1: The element is out of scope in Threat Dragon; its "
                 "threats are "
                 "imported with the statuses that they have.",
                 "/detail/diagrams/2/cells/0/threats/1: This is not an object; it is left out.",
                 "/detail/diagrams/2/cells/0/threats/2: The threat has no name."});
    BOOST_TEST(model.warning_count == 5U);
}

BOOST_AUTO_TEST_CASE(every_status_of_the_tool_is_known) {
    const ImportedModel model = read_threat_dragon(with_cells(R"([{"id":"1","threats":[
        {"title":"a","status":"Open"},{"title":"b","status":"Mitigated"},
        {"title":"c","status":"NotApplicable"},{"title":"d","status":"NA"},
        {"title":"e","status":"N/A"},{"title":"f","status":"Accepted"},
        {"title":"g","status":"Transferred","score":"7"},{"title":"h","status":"Avoided"},
        {"title":"i","status":"Eliminated"}]}])"));
    BOOST_TEST(model.warning_count == 3U);
    BOOST_TEST(model.warnings.at(1).path == "/detail/diagrams/0/cells/0/threats/7/status");
    BOOST_TEST(with_status(model, ThreatStatus::identified) == 1U);
    BOOST_TEST(with_status(model, ThreatStatus::mitigated) == 2U);
    BOOST_TEST(with_status(model, ThreatStatus::not_applicable) == 4U);
    BOOST_TEST(with_status(model, ThreatStatus::accepted) == 2U);
    check_equal(all_of(model, ThreatField::comments),
                {"", "", "", "", "", "", "Status in Threat Dragon: Transferred\nScore: 7",
                 "Status in Threat Dragon: Avoided", "Status in Threat Dragon: Eliminated"});
}

BOOST_AUTO_TEST_CASE(a_placeholder_is_not_a_description) {
    const ImportedModel model = read_threat_dragon(with_cells(
        R"([{"threats":[{"title":"a","description":"Provide a description for this threat"}]}])"));
    BOOST_TEST(model.threats.at(0).texts[ThreatField::description].empty());
}

BOOST_AUTO_TEST_CASE(a_placeholder_in_any_language_is_not_a_mitigation) {
    for (const std::string_view filler :
         {"Provide remediation for this threat or a reason if status is N/A",
          "Provide mitigation or prevention for this threat",
          "Mitigation or prevention for the threat",
          "Anna uhkalle hallintakeino tai perustele miksi ei ole sovellettavissa (N/A)",
          "脅威の解決策を指定するか、ステータスがN/Aの場合に理由を指定してください"}) {
        const ImportedModel model = read_threat_dragon(with_cells(
            R"([{"threats":[{"title":"a","mitigation":")" + std::string(filler) + R"("}]}])"));
        BOOST_TEST(model.threats.size() == 1U);
        BOOST_TEST(model.mitigations.empty(), filler);
    }
}

BOOST_AUTO_TEST_CASE(cells_without_names_get_those_of_the_drawing) {
    const ImportedModel model = read_threat_dragon(with_cells(R"([
        {"id":"1","attrs":{"text":{"text":"text"},"label":{"text":"label"}},"threats":[{"title":"a"}]},
        {"id":"2","attrs":{"label":{"text":"label"}},"threats":[{"title":"a"}]},
        {"id":"3","labels":[{},"x",{"attrs":{"text":{"text":"third"}}}],"threats":[{"title":"a"}]},
        {"id":"4","data":{"name":" "},"name":"cell","threats":[{"title":"a"}]},
        {"id":"5","attrs":[],"labels":{},"threats":[{"title":"a"}]}])"));
    check_equal(all_of(model, ThreatField::element_name), {"text", "label", "third", "cell", ""});
}

BOOST_AUTO_TEST_CASE(anything_may_be_absent_or_odd) {
    const auto is_empty = [](std::string_view bytes) {
        const ImportedModel model = read_threat_dragon(bytes);
        return model.threats.empty() && model.mitigations.empty() && model.warning_count >= 1;
    };
    BOOST_TEST(is_empty(R"({"summary":{},"detail":{}})"));
    BOOST_TEST(is_empty(R"({"detail":{"diagrams":[]}})"));
    BOOST_TEST(is_empty(R"({"summary":{"title":7},"detail":{"diagrams":{"0":{}}}})"));
    BOOST_TEST(is_empty(
        R"({"summary":{},"detail":{"diagrams":[{"id":0},{"diagramJson":{}},{"cells":3}]}})"));
    BOOST_TEST(is_empty(R"({"summary":{},"detail":{"diagrams":[null,7,"x",[]]}})"));
    BOOST_TEST(
        is_empty(with_cells(R"([null,[],{},{"data":7},{"threats":{}},{"data":{"threats":[7]}}])")));

    const ImportedModel model = read_threat_dragon(
        R"({"summary":[],"detail":{"diagrams":[{"cells":[{"threats":[{"title":"only this"},
           {"title":{},"status":[],"severity":null,"mitigation":7,"id":12}]}]}]}})");
    check_equal(all_of(model, ThreatField::name), {"only this", "Unnamed threat"});
    check_equal(keys_of(model), {"//3e117f8b82d7a16c", "//12"});
    BOOST_TEST(model.title == "");
    BOOST_TEST(model.mitigations.at(0).texts[MitigationField::name] == "7");
}

BOOST_AUTO_TEST_CASE(threats_in_data_take_precedence_over_those_of_the_cell) {
    const ImportedModel model = read_threat_dragon(with_cells(
        R"([{"id":"1","data":{"threats":[{"id":"in"}]},"threats":[{"id":"out"}]},
            {"id":"2","data":{"threats":[]},"threats":[{"id":"out"}]}])"));
    check_equal(keys_of(model), {"0/1/in", "0/2/out"});
    const ImportedModel both = read_threat_dragon(
        R"({"summary":{},"detail":{"diagrams":[{"id":0,
            "cells":[{"id":"v2","threats":[{"id":"t"}]}],
            "diagramJson":{"cells":[{"id":"v1","threats":[{"id":"t"}]}]}}]}})");
    check_equal(keys_of(both), {"0/v2/t"});
}

BOOST_AUTO_TEST_CASE(other_files_are_refused) {
    const std::string no_model =
        "The file is JSON, but not a Threat Dragon model, which has the objects \"summary\" and "
        "\"detail\", and its diagrams in \"detail\".";
    for (const std::string_view bytes :
         {"{}", "[]", "7", R"({"summary":{}})", R"({"detail":{}})", R"({"detail":[],"summary":{}})",
          R"({"schema":1,"applicationInfo":{},"threats":[]})"}) {
        BOOST_TEST(refusal(read_threat_dragon, bytes) == no_model);
    }
    // Two versions of a file, run together by a merge.
    BOOST_TEST(refusal(read_threat_dragon, "{\"summary\":{},\n\"detail\":{} \"summary\":{}}",
                       ImportFault::malformed)
                   .find("line 2") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(texts_that_all_threats_share_cost_linear_time) {
    const std::string huge(1'000'000, 'x');
    std::string cells = R"([{"id":")" + huge + R"(","name":")" + huge + R"(","threats":[)";
    for (int i = 0; i < 5'000; ++i) {
        cells += R"({"id":)" + std::to_string(i) + R"(,"title":"t"},)";
    }
    cells.back() = ']';
    const ImportedModel model = read_threat_dragon(with_cells(cells + "}]"));
    BOOST_TEST(model.threats.size() == 5'000U);
    BOOST_TEST(model.threats.at(0).key.starts_with("0/sha256:"));
    BOOST_TEST(model.threats.at(0).key.ends_with("/0"));
    BOOST_TEST(model.warning_count == 5'000U);
}

BOOST_AUTO_TEST_SUITE_END()
