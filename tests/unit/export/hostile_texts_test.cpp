// Hostile texts in every report form, checked by parsing the result.

#include <regex>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>

#include "export/csv_text.hpp"
#include "unit/export/reports.hpp"

BOOST_AUTO_TEST_SUITE(hostile_texts_test)

using namespace threatatlas;
using namespace threatatlas::exports;
using namespace threatatlas::testing;

namespace {

// Number of cells in a table row, split as GitHub does.
std::size_t count_cells(const std::string& line) {
    std::size_t bars = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] == '\\') {
            ++i;
        } else if (line[i] == '|') {
            ++bars;
        }
    }
    return bars - 1;
}

}  // namespace

BOOST_AUTO_TEST_CASE(rows_of_markdown_keep_their_cells) {
    for (const std::string& hostile : hostile_texts()) {
        const std::string text = written(inputs_full_of(hostile), "md");
        const std::string harmless = written(inputs_full_of("harmless"), "md");
        std::istringstream lines(text);
        std::istringstream expected(harmless);
        std::string line;
        std::string other;
        while (std::getline(expected, other)) {
            BOOST_REQUIRE(std::getline(lines, line));
            // Every line begins the same kind of block as with a harmless text.
            BOOST_TEST_REQUIRE(line.substr(0, 2) == other.substr(0, 2), line);
            if (other.starts_with("|")) {
                BOOST_TEST_REQUIRE(count_cells(line) == count_cells(other), line);
            }
        }
        BOOST_TEST(!std::getline(lines, line));
    }
}

BOOST_AUTO_TEST_CASE(texts_add_no_markup_to_markdown) {
    for (const std::string& hostile : hostile_texts()) {
        const std::string text = written(inputs_full_of(hostile), "md");
        // The only tags are line breaks, and there are no links.
        BOOST_TEST(!std::regex_search(text, std::regex("<(?!br>)")), hostile);
        BOOST_TEST(!std::regex_search(text, std::regex(R"((^|[^\\])[\[`$])")), hostile);
        BOOST_TEST(text.find("https://") == std::string::npos);
        BOOST_TEST(text.find("www.") == std::string::npos);
    }
}

// Names of elements and attributes in document order, and the texts separately.
struct Skeleton final : pugi::xml_tree_walker {
    bool for_each(pugi::xml_node& node) override {
        if (node.type() == pugi::node_element) {
            shape += std::string(node.name()) + "(";
            for (const pugi::xml_attribute attribute : node.attributes()) {
                shape += std::string(attribute.name()) + " ";
            }
            shape += ")";
        } else {
            texts.emplace_back(node.value());
        }
        return true;
    }
    std::string shape;
    std::vector<std::string> texts;
};

Skeleton skeleton_of(const std::string& xml) {
    pugi::xml_document document;
    const auto result = document.load_string(
        xml.c_str(), pugi::parse_default | pugi::parse_ws_pcdata | pugi::parse_doctype);
    BOOST_TEST_REQUIRE(static_cast<bool>(result), result.description());
    Skeleton skeleton;
    document.traverse(skeleton);
    return skeleton;
}

BOOST_AUTO_TEST_CASE(a_page_keeps_its_elements_for_any_texts) {
    const Skeleton harmless = skeleton_of(written(inputs_full_of("harmless"), "html"));
    for (const std::string& hostile : hostile_texts()) {
        const std::string page = written(inputs_full_of(hostile), "html");
        const Skeleton skeleton = skeleton_of(page);
        BOOST_TEST(skeleton.shape == harmless.shape, hostile);
        BOOST_TEST(page.find("\uFFFE") == std::string::npos);
        BOOST_TEST(page.find("\uFFFF") == std::string::npos);
        const bool is_changed = hostile.find("\uFFFE") != std::string::npos ||
                                hostile.find("\u202E") != std::string::npos;
        BOOST_TEST((std::count(skeleton.texts.begin(), skeleton.texts.end(), hostile) > 20) ==
                   !is_changed);
    }
}

BOOST_AUTO_TEST_CASE(a_page_refers_to_nothing_and_runs_nothing) {
    for (const std::string& hostile : hostile_texts()) {
        pugi::xml_document page;
        page.load_string(written(inputs_full_of(hostile), "html").c_str());
        BOOST_TEST(page.select_nodes("//script|//link|//img|//iframe|//object").size() == 0u);
        BOOST_TEST(page.select_nodes("//@src|//@style|//@onclick|//@onload").size() == 0u);
        for (const auto& link : page.select_nodes("//a/@href")) {
            const std::string target = link.attribute().value();
            BOOST_TEST_REQUIRE(target.starts_with("#"));
            BOOST_TEST(page.select_nodes(("//*[@id='" + target.substr(1) + "']").c_str()).size() ==
                       1u);
        }
        // Every text of the model is isolated in a bdi element.
        BOOST_TEST(page.select_nodes("//bdi").size() > 20u);
    }
}

// Removes the apostrophes that keep spreadsheets from evaluating a cell as a formula.
std::string without_guards(std::string text) {
    for (const std::string beginning :
         {"=", "+", "-", "@", "\t", "\uFF1D", "\uFF0B", "\uFF0D", "\uFF20"}) {
        const std::string guarded = "'" + beginning;
        for (auto at = text.find(guarded); at != std::string::npos; at = text.find(guarded, at)) {
            text.erase(at, 1);
        }
    }
    return text;
}

BOOST_AUTO_TEST_CASE(cells_of_csv_are_read_back) {
    for (const std::string& hostile : hostile_texts()) {
        const auto rows = read_csv(written(inputs_full_of(hostile), "csv"));
        BOOST_TEST_REQUIRE(rows.size() == 6u);
        for (const auto& row : rows) {
            BOOST_TEST_REQUIRE(row.size() == rows.front().size());
        }
        BOOST_TEST(without_guards(rows[2][2]) == without_guards(hostile));
    }
}

BOOST_AUTO_TEST_CASE(no_spreadsheet_evaluates_a_cell_with_any_separator) {
    for (const std::string& hostile : hostile_texts()) {
        const std::string csv = written(inputs_full_of(hostile), "csv");
        for (const std::string separators : {",", ";", "\t", "|", ",;", ",;\t|"}) {
            for (const std::string& cell : spreadsheet_cells(csv, separators)) {
                BOOST_TEST(!is_formula(cell), "\"" << separators << "\": " << cell);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_cell_is_guarded_only_if_it_begins_a_formula) {
    const std::vector<std::pair<std::string, std::string>> cells{
        {"", ""},
        {"plain - text = more + less @ home", "plain - text = more + less @ home"},
        {"a-b; c=d, e@f", "\"a-b; c=d, e@f\""},
        {"it's; fine", "\"it's; fine\""},
        {"=1+1", "'=1+1"},
        {"+1+1", "'+1+1"},
        {"-1+1", "'-1+1"},
        {"@SUM(1)", "'@SUM(1)"},
        {"\t1+1", "\"'\t1+1\""},
        {"\n1+1", "\"'\n1+1\""},
        {"  =1", "  '=1"},
        {"\uFF1D1", "'\uFF1D1"},
        {"x;=cmd|' /C calc'!A0;y", "\"x;'=cmd|' /C calc'!A0;y\""},
        {"x; \"=1\"", "\"x; \"\"'=1\"\"\""},
        {"x\t@y", "\"x\t'@y\""},
        {"Steps:\n- one", "\"Steps:\n'- one\""},
        {"a,-1", "\"a,'-1\""},
        {"a|+1", "\"a|'+1\""}};
    for (const auto& [text, expected] : cells) {
        std::string cell;
        append_csv_cell(cell, text);
        BOOST_TEST(cell == expected);
    }
}

BOOST_AUTO_TEST_CASE(json_contains_the_exact_texts) {
    for (const std::string& hostile : hostile_texts()) {
        const auto json = nlohmann::json::parse(written(inputs_full_of(hostile), "json"));
        BOOST_TEST(json["threats"][1]["name"] == hostile);
        BOOST_TEST(json["product"]["description"] == hostile);
        BOOST_TEST(json["mitigations"][0]["comments"] == hostile);
        for (const char* member : {"actor", "on_behalf_of", "reason"}) {
            BOOST_TEST(json["accepted_threats"][0]["decision"][member] == hostile);
            BOOST_TEST(json["recorded_changes"][0][member] == hostile);
        }
        for (const char* member : {"justification", "conditions", "reference"}) {
            BOOST_TEST(json["acceptances"][0][member] == hostile);
        }
        for (const char* member : {"actor", "on_behalf_of", "note"}) {
            BOOST_TEST(json["acceptances"][0]["decided"][member] == hostile);
        }
        BOOST_TEST(json["accepted_threats"].size() == 1u);
        BOOST_TEST(json["not_applicable_threats"].size() == 1u);
    }
}

BOOST_AUTO_TEST_SUITE_END()
