// CSV files of threats, and this program's own CSV download.

#include <boost/test/unit_test.hpp>

#include "base/csv_guard.hpp"
#include "export/csv_text.hpp"
#include "import/formats.hpp"
#include "support/random.hpp"
#include "unit/import/downloads.hpp"
#include "unit/import/model_files.hpp"

BOOST_AUTO_TEST_SUITE(csv_test)

using namespace threatatlas;
using namespace threatatlas::imports;
using namespace threatatlas::imports::testing;
using events::MitigationField;
using events::MitigationStatus;
using events::Severity;
using events::ThreatField;
using events::ThreatStatus;

BOOST_AUTO_TEST_CASE(columns_in_any_order) {
    const ImportedModel model = read_csv(model_file("threats.csv"));
    BOOST_TEST(model.format == "csv");
    check_equal(keys_of(model), {"T-1", "T-2", "T-3", "T-4"});
    check_equal(all_of(model, ThreatField::name),
                {"Tokens in logs", "Queue floods; at night", "Old cipher", "=2+3"});
    check_equal(all_of(model, ThreatField::element_name), {"API gateway", "Queue", "", ""});
    BOOST_TEST(scored(model, Severity::high) == 1U);
    BOOST_TEST(scored(model, Severity::critical) == 1U);
    BOOST_TEST(scored(model, Severity::medium) == 1U);
    BOOST_TEST(scored(model, std::nullopt) == 1U);
    BOOST_TEST(with_status(model, ThreatStatus::identified) == 2U);
    BOOST_TEST(with_status(model, ThreatStatus::in_progress) == 1U);
    BOOST_TEST(with_status(model, ThreatStatus::accepted) == 1U);
    BOOST_TEST(model.mitigations.size() == 2U);
    BOOST_TEST(model.mitigations.at(0).key == "T-1 / mitigation");
    BOOST_TEST(model.mitigations.at(0).texts[MitigationField::name] == "Mask tokens");
    BOOST_TEST((model.mitigations.at(0).status == MitigationStatus::implemented));
    BOOST_TEST(model.mitigations.at(1).texts[MitigationField::name] == "Newer cipher");
    BOOST_TEST(link_count(model) == 2U);
    BOOST_TEST(model.threats.at(3).path == "line 6");
    check_equal(
        warnings_of(model),
        {"line 4: status of the mitigation is \"planned\", which this format does not have; "
         "taken as proposed.",
         "line 6: severity is \"Severe\", which this format does not have; taken as unscored.",
         "line 6: There is a likelihood without the impact; it is left out.",
         "line 6: status is \"gone\", which this format does not have; taken as identified."});
}

BOOST_AUTO_TEST_CASE(scores_determine_the_severity) {
    const ImportedModel model =
        read_csv("name,severity,likelihood,impact\na,low,5,5\nb,,0,3\nc,,3,3.5\nd,, 3 ,4\n");
    BOOST_TEST((model.threats.at(0).scoring == events::Scoring{Severity::critical, 5, 5}));
    BOOST_TEST((model.threats.at(1).scoring == events::Scoring{}));
    BOOST_TEST((model.threats.at(2).scoring == events::Scoring{}));
    BOOST_TEST((model.threats.at(3).scoring == events::Scoring{Severity::high, 3, 4}));
    BOOST_TEST(model.warning_count == 5U);
}

// The same rows in another order have the same keys.
BOOST_AUTO_TEST_CASE(rows_without_an_id_are_known_by_their_texts) {
    const ImportedModel model = read_csv("name,element\na,x\nb,x\na,y\n");
    const ImportedModel other = read_csv("element,name\ny,a\nx,a\nx,b\n");
    BOOST_TEST(model.threats.at(0).key == other.threats.at(1).key);
    BOOST_TEST(model.threats.at(1).key == other.threats.at(2).key);
    BOOST_TEST(model.threats.at(2).key == other.threats.at(0).key);
}

BOOST_AUTO_TEST_CASE(a_header_without_names_is_refused) {
    BOOST_TEST(refusal(read_csv, "severity,status\nhigh,open\n").find("no column \"name\"") !=
               std::string::npos);
    BOOST_TEST(read_csv("name\n").warning_count == 1U);
}

BOOST_AUTO_TEST_CASE(a_download_is_imported_unchanged) {
    events::ThreatIdentified injection{1,
                                       {{"=cmd|' /C calc'!A0", "\ttab\n-minus\n\"+plus\"", "@cat",
                                         "+dia", "el", "<b>Element</b>", " two  blanks ", "T-9"}},
                                       {Severity::high, 3, 4},
                                       ThreatStatus::in_progress};
    events::ThreatIdentified plain{2, {{"Plain, \"quoted\"; name"}}, {}, ThreatStatus::accepted};
    events::MitigationProposed linked{
        7, {{"Use TLS; M9 (new)"}}, MitigationStatus::implemented, {{1, 2}, "", ""}};
    events::MitigationProposed other{8, {{"Later"}}, MitigationStatus::proposed, {{1}, "", ""}};
    const ImportedModel model = read_csv(download_of(
        {events::ProductRegistered{{{"Shop"}}}, injection, plain, linked, other}, "csv"));
    check_equal(keys_of(model), {"T-9", "threat 2"});
    injection.texts.set(ThreatField::external_id, "");
    BOOST_TEST((model.threats.at(0).texts == injection.texts));
    BOOST_TEST((model.threats.at(0).scoring == injection.scoring));
    BOOST_TEST((model.threats.at(0).status == injection.status));
    BOOST_TEST((model.threats.at(1).texts == plain.texts));
    BOOST_TEST((model.threats.at(1).status == plain.status));
    BOOST_TEST(model.mitigations.size() == 2U);
    BOOST_TEST(model.mitigations.at(0).key == "mitigation 7");
    BOOST_TEST(model.mitigations.at(0).texts[MitigationField::name] == "Use TLS; M9 (new)");
    BOOST_TEST((model.mitigations.at(0).status == MitigationStatus::implemented));
    BOOST_TEST(model.mitigations.at(0).threats.size() == 2U);
    BOOST_TEST(model.mitigations.at(1).texts[MitigationField::name] == "Later");
    BOOST_TEST(model.warning_count == 1U);  // what the CSV does not have
}

// The import removes what the export puts in, and nothing else.
BOOST_AUTO_TEST_CASE(guards_are_removed) {
    threatatlas::testing::Random random(threatatlas::testing::test_seed());
    const std::vector<std::string> parts{"=",  "+", "-",      "@",      "\uFF1D", ";", ",",  "|",
                                         "\t", "a", "\u00A0", "\u200B", "\u2028", " ", "\n", "b"};
    for (auto round = threatatlas::testing::test_rounds(3'000); round > 0; --round) {
        std::string text;
        for (std::size_t i = random.below(12); i > 0; --i) {
            text += random.pick(parts);
        }
        std::string cell;
        exports::append_csv_cell(cell, text);
        if (cell.starts_with('"')) {
            cell = cell.substr(1, cell.size() - 2);  // there are no quotation marks in the parts
        }
        BOOST_TEST(base::without_csv_guards(cell) == text);
    }
    BOOST_TEST(base::without_csv_guards("'a' =b 'c'") == "'a' =b 'c'");
    BOOST_TEST(base::without_csv_guards("it's -5") == "it's -5");
    BOOST_TEST(base::without_csv_guards("'").size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
