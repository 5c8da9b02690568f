// Exports of OWASP ThreatAtlas: the canvas of a diagram, its API's lists, its CSV.

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "import/formats.hpp"
#include "unit/import/model_files.hpp"

BOOST_AUTO_TEST_SUITE(threatatlas_test)

using namespace threatatlas;
using namespace threatatlas::imports;
using namespace threatatlas::imports::testing;
using events::MitigationField;
using events::MitigationStatus;
using events::Severity;
using events::ThreatField;
using events::ThreatStatus;

namespace {

std::string threats(std::size_t count) {
    std::string list;
    for (std::size_t i = 1; i <= count; ++i) {
        list += fmt::format(R"({}{{"id": {}, "diagram_id": 5, "threat": {{"name": "t"}}}})",
                            i == 1 ? "" : ",", i);
    }
    return list;
}

constexpr std::string_view mitigation_of_1 =
    R"({"id": 9, "diagram_id": 5, "element_id": "n", "status": "verified", "threat_id": 1,
        "mitigation": {"name": "m"}})";

}  // namespace

BOOST_AUTO_TEST_CASE(canvas_export) {
    const ImportedModel model = read_threatatlas(model_file("threatatlas-canvas.json"));
    BOOST_TEST(model.format == "threatatlas");
    BOOST_TEST(model.title == "Ticket shop");
    check_equal(keys_of(model), {"31", "32", "33", "34"});
    check_equal(all_of(model, ThreatField::name), {"SQL injection", "Orders read on the way",
                                                   "Visitor impersonated", "=HYPERLINK(\"x\")"});
    check_equal(all_of(model, ThreatField::diagram),
                {"Ticket shop (5)", "Ticket shop (5)", "Ticket shop (5)", "Ticket shop (5)"});
    check_equal(all_of(model, ThreatField::element_id), {"n-2", "e-1", "n-1", "gone-9"});
    check_equal(all_of(model, ThreatField::element_name),
                {"Shop \"API\"", "1. Order", "Visitor", ""});
    check_equal(all_of(model, ThreatField::description),
                {"' OR 1=1 --\nsecond line", "", "", "like a formula"});
    check_equal(all_of(model, ThreatField::comments),
                {"found by \"tests\"",
                 "known\n\nAccepted because: rare\nAccepted by: Ada\n"
                 "Accepted at: 2026-02-01T00:00:00Z\nReview of the acceptance due: 2026-09-01",
                 "", ""});
    BOOST_TEST((model.threats.at(0).scoring == events::Scoring{Severity::high, 4, 4}));
    BOOST_TEST((model.threats.at(1).scoring == events::Scoring{Severity::medium, 2, 3}));
    BOOST_TEST(scored(model, std::nullopt) == 2U);
    BOOST_TEST(with_status(model, ThreatStatus::identified) == 2U);
    BOOST_TEST(with_status(model, ThreatStatus::accepted) == 1U);
    BOOST_TEST(with_status(model, ThreatStatus::not_applicable) == 1U);

    BOOST_TEST(model.mitigations.size() == 3U);
    BOOST_TEST(link_count(model) == 1U);
    BOOST_TEST(model.mitigations.at(0).threats.at(0) == 0U);
    BOOST_TEST(model.mitigations.at(0).texts[MitigationField::comments] == "since 4.1");
    // Without a threat it covers its element.
    BOOST_TEST(model.mitigations.at(1).diagram == "Ticket shop (5)");
    BOOST_TEST(model.mitigations.at(1).element_id == "e-1");
    // Its threat is not in the file: it must not cover the other threats of the element.
    BOOST_TEST(model.mitigations.at(2).element_id.empty());
    BOOST_TEST((model.mitigations.at(2).status == MitigationStatus::proposed));
    check_equal(
        warnings_of(model),
        {"/threats/2: There is a likelihood without the impact; it is left out.",
         "/threats/2: status is \"transferred\", which this format does not have; taken as "
         "identified.",
         "/mitigations/2: The mitigation covers threat 99, which is not in the file; it covers "
         "nothing.",
         "/mitigations/2: status of the mitigation is \"rejected\", which this format does not "
         "have; "
         "taken as proposed."});
}

// The canvas export is cut at 100 without a notice; the lists of the API are not.
BOOST_AUTO_TEST_CASE(a_canvas_of_exactly_100_threats_is_reported) {
    const std::string canvas = R"({{"name": "d", "nodes": [], "edges": [], "threats": [{}]}})";
    for (const std::size_t count : {99U, 100U, 101U}) {
        const ImportedModel model =
            read_threatatlas(fmt::format(fmt::runtime(canvas), threats(count)));
        BOOST_TEST(model.threats.size() == count);
        BOOST_TEST(model.warning_count == (count == 100 ? 1U : 0U));
        BOOST_TEST(read_threatatlas("[" + threats(count) + "]").warning_count == 0U);
    }
}

BOOST_AUTO_TEST_CASE(lists_of_the_api_in_one_file_are_linked) {
    for (const std::string& file :
         {fmt::format(R"({{"threats": [{}], "mitigations": [{}]}})", threats(2), mitigation_of_1),
          fmt::format("[[{}], [{}]]", mitigation_of_1, threats(2)),
          fmt::format("[{}, {}]", mitigation_of_1, threats(2))}) {
        const ImportedModel model = read_model(file);
        BOOST_TEST(model.format == "threatatlas");
        BOOST_TEST(model.threats.size() == 2U);
        BOOST_TEST(link_count(model) == 1U);
        BOOST_TEST(model.warning_count == 0U);
        BOOST_TEST(model.threats.at(0).texts[ThreatField::diagram] == "diagram 5");
    }
}

BOOST_AUTO_TEST_CASE(a_list_of_mitigations_alone_covers_nothing) {
    const ImportedModel model = read_model(fmt::format("[{}]", mitigation_of_1));
    BOOST_TEST(model.mitigations.size() == 1U);
    BOOST_TEST(model.mitigations.at(0).element_id.empty());
    BOOST_TEST(model.warning_count == 2U);
    BOOST_TEST(model.warnings.at(1).detail.find("Send it together") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(csv_of_two_tables) {
    const ImportedModel model = read_threatatlas(model_file("threatatlas.csv"));
    check_equal(keys_of(model), {"Ticket shop / Shop \"API\" / SQL injection",
                                 "Ticket shop / 1. Order / Orders read on the way",
                                 "Back office / Clerk / SQL injection",
                                 "Ticket shop / Shop \"API\" / SQL injection#2"});
    BOOST_TEST(model.threats.at(0).texts[ThreatField::description] == "' OR 1=1 --\nsecond line");
    BOOST_TEST(scored(model, Severity::high) == 1U);
    BOOST_TEST(scored(model, Severity::medium) == 1U);
    BOOST_TEST(scored(model, std::nullopt) == 2U);
    BOOST_TEST(with_status(model, ThreatStatus::accepted) == 1U);
    BOOST_TEST(with_status(model, ThreatStatus::mitigated) == 1U);
    BOOST_TEST(model.mitigations.size() == 3U);
    BOOST_TEST(model.mitigations.at(0).texts[MitigationField::name] ==
               "Bound parameters; everywhere");
    BOOST_TEST(model.mitigations.at(0).threats == std::vector<std::size_t>{0},
               boost::test_tools::per_element());
    BOOST_TEST(model.mitigations.at(1).threats.size() == 1U);
    BOOST_TEST(model.mitigations.at(2).threats.empty());
    BOOST_TEST(model.mitigations.at(2).element_id == "1. Order");
    check_equal(
        warnings_of(model),
        {"line 6: status is \"transferred\", which this format does not have; taken as "
         "identified.",
         "line 6: \"Ghost (verified)\" is no mitigation of this element in the second table; "
         "it is not linked."});
}

BOOST_AUTO_TEST_CASE(empty_tables) {
    const ImportedModel model = read_model(
        "# Threats\nDiagram,Data Flow / Element,Threat,Category,Status,Severity,Risk "
        "Score,Description,Mitigations\r\n(no threats)\n\n# Mitigations\nDiagram,Data Flow / "
        "Element,Mitigation,Category,Status,Description\r\n(no mitigations)\n");
    BOOST_TEST(model.format == "threatatlas");
    BOOST_TEST(model.threats.empty());
    BOOST_TEST(model.warning_count == 1U);
}

// As a spreadsheet saves it again.
BOOST_AUTO_TEST_CASE(tables_with_semicolons_and_filled_lines) {
    const ImportedModel model = read_model(
        "# Threats;;;;;;;;\r\nDiagram;Data Flow / Element;Threat;Category;Status;Severity;Risk "
        "Score;Description;Mitigations\r\nd;e;t;c;identified;low;1;x;None\r\n;;;;;;;;\r\n"
        "# Mitigations;;;;;;;;\r\nDiagram;Data Flow / Element;Mitigation;Category;Status;"
        "Description;;;\r\nd;e;m;c;proposed;x;;;\r\n");
    BOOST_TEST(model.format == "threatatlas");
    BOOST_TEST(model.threats.size() == 1U);
    BOOST_TEST(model.mitigations.size() == 1U);
}

BOOST_AUTO_TEST_CASE(drawings_are_refused) {
    const std::string detail =
        refusal(read_threatatlas, R"({"product": {"id": 1}, "exported_at": "x", "diagrams": []})");
    BOOST_TEST(detail.find("drawings") != std::string::npos);
    BOOST_TEST(detail.find("canvas") != std::string::npos);
    BOOST_TEST(!refusal(read_threatatlas, R"({"a": 1})").empty());
    BOOST_TEST(!refusal(read_threatatlas, "a,b\nc,d\n").empty());
}

BOOST_AUTO_TEST_CASE(entries_of_other_types_are_reported) {
    const ImportedModel model =
        read_threatatlas(R"([1, {"id": 1}, [2], {"threat": {}}, {"mitigation": 3, "id": []}])");
    BOOST_TEST(model.threats.size() == 1U);
    BOOST_TEST(model.mitigations.empty());
    BOOST_TEST(model.warning_count == 4U);
}

BOOST_AUTO_TEST_SUITE_END()
