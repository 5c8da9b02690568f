// The Word document and the ZIP bundle, parsed as their readers do.

#include <map>
#include <set>

#include <boost/test/unit_test.hpp>
#include <pugixml.hpp>

#include "export/archive.hpp"
#include "unit/export/reports.hpp"

BOOST_AUTO_TEST_SUITE(docx_test)

using namespace threatatlas;
using namespace threatatlas::exports;
using namespace threatatlas::query;
using namespace threatatlas::testing;

namespace {

struct Docx {
    explicit Docx(const ReportInputs& inputs) {
        for (const auto& [name, bytes] : read_zip(written(inputs, "docx"))) {
            order.push_back(name);
            const auto result = parts[name].load_string(bytes.c_str(), pugi::parse_full);
            BOOST_TEST_REQUIRE(static_cast<bool>(result), name << ": " << result.description());
        }
    }

    std::size_t count(const char* query, const char* part = "word/document.xml") {
        return parts[part].select_nodes(query).size();
    }

    std::vector<std::string> order;
    std::map<std::string, pugi::xml_document> parts;
};

}  // namespace

BOOST_AUTO_TEST_CASE(every_part_has_a_type_and_every_relation_a_part) {
    Docx docx(sample_inputs());
    // Word expects this part first.
    BOOST_TEST(docx.order.front() == "[Content_Types].xml");
    std::set<std::string> typed;
    for (const auto& type :
         docx.parts["[Content_Types].xml"].select_nodes("//Override/@PartName")) {
        typed.insert(std::string(type.attribute().value()).substr(1));
    }
    for (const auto& [name, part] : docx.parts) {
        const bool is_relations = name.ends_with(".rels") || name.starts_with("[");
        BOOST_TEST((typed.contains(name) || is_relations), name);
    }
    for (const std::string& name : typed) {
        BOOST_TEST(docx.parts.contains(name), name);
    }
    for (const auto& [relations, folder] :
         {std::pair("_rels/.rels", ""), std::pair("word/_rels/document.xml.rels", "word/")}) {
        for (const auto& target : docx.parts[relations].select_nodes("//@Target")) {
            BOOST_TEST(docx.parts.contains(std::string(folder) + target.attribute().value()));
        }
    }
    std::set<std::string> ids;
    for (const auto& id : docx.parts["word/_rels/document.xml.rels"].select_nodes("//@Id")) {
        ids.insert(id.attribute().value());
    }
    for (const auto& id : docx.parts["word/document.xml"].select_nodes("//@r:id")) {
        BOOST_TEST(ids.contains(id.attribute().value()));
    }
    std::set<std::string> styles;
    for (const auto& id : docx.parts["word/styles.xml"].select_nodes("//@w:styleId")) {
        styles.insert(id.attribute().value());
    }
    for (const char* part : {"word/document.xml", "word/header1.xml", "word/footer1.xml"}) {
        for (const auto& used :
             docx.parts[part].select_nodes("//w:pStyle/@w:val|//w:tblStyle/@w:val")) {
            BOOST_TEST(styles.contains(used.attribute().value()), used.attribute().value());
        }
    }
}

BOOST_AUTO_TEST_CASE(the_document_has_structure) {
    Docx docx(sample_inputs());
    BOOST_TEST(docx.count("//w:p[w:pPr/w:pStyle/@w:val='Title']") == 1u);
    BOOST_TEST(docx.count("//w:p[w:pPr/w:pStyle/@w:val='Heading1']") == 9u);
    // The table of contents links to every chapter.
    BOOST_TEST(docx.count("//w:instrText[contains(.,'TOC')]") == 1u);
    for (const auto& anchor : docx.parts["word/document.xml"].select_nodes("//@w:anchor")) {
        const std::string name = anchor.attribute().value();
        BOOST_TEST(docx.count(("//w:bookmarkStart[@w:name='" + name + "']").c_str()) == 1u);
    }
    BOOST_TEST(docx.count("//@w:anchor") == 9u);
    for (const char* part : {"word/document.xml", "word/footer1.xml"}) {
        const auto marks = docx.count("//w:fldChar", part);
        for (const char* type : {"begin", "separate", "end"}) {
            const std::string query = std::string("//w:fldChar[@w:fldCharType='") + type + "']";
            BOOST_TEST(docx.count(query.c_str(), part) * 3 == marks);
        }
    }
    BOOST_TEST(docx.count("//w:instrText[.=' PAGE ']", "word/footer1.xml") == 1u);
    BOOST_TEST(docx.count("//w:instrText[.=' NUMPAGES ']", "word/footer1.xml") == 1u);
    BOOST_TEST(docx.count("//w:t[.='Payments API']", "word/header1.xml") == 1u);
    BOOST_TEST(docx.count("//w:t[contains(.,'2026-03-31')]", "word/header1.xml") == 1u);
    // The first row of every table, and no other row, is repeated on each page.
    BOOST_TEST(docx.count("//w:tbl") == docx.count("//w:tbl/w:tr[1]/w:trPr/w:tblHeader"));
    BOOST_TEST(docx.count("//w:tbl") == docx.count("//w:tblHeader"));
    // Wide tables are on landscape pages; the last section is in portrait format.
    BOOST_TEST(docx.count("//w:sectPr/w:pgSz[@w:orient='landscape']") == 1u);
    BOOST_TEST(docx.count("/w:document/w:body/w:sectPr[not(w:pgSz/@w:orient)]") == 1u);
    BOOST_TEST(docx.count("//w:tc[w:tcPr/w:shd]//w:color") > 20u);
}

BOOST_AUTO_TEST_CASE(rows_have_the_cells_of_their_grid_for_any_texts) {
    const auto shape = [](Docx& docx) {
        std::vector<std::size_t> cells;
        for (const auto& found : docx.parts["word/document.xml"].select_nodes("//w:tbl")) {
            const auto columns = found.node().select_nodes("w:tblGrid/w:gridCol").size();
            for (const auto row : found.node().children("w:tr")) {
                cells.push_back(row.select_nodes("w:tc").size());
                BOOST_TEST_REQUIRE(cells.back() == columns);
            }
        }
        return cells;
    };
    Docx harmless(inputs_full_of("harmless"));
    for (const std::string& hostile : hostile_texts()) {
        Docx docx(inputs_full_of(hostile));
        BOOST_TEST((shape(docx) == shape(harmless)), hostile);
        std::string text;
        auto runs = docx.parts["word/document.xml"].select_nodes(
            "//w:tbl[7]/w:tr[2]/w:tc[2]//*[self::w:t or self::w:br or self::w:tab]");
        runs.sort();
        for (const auto& run : runs) {
            const std::string name = run.node().name();
            text += name == "w:br" ? "\n" : name == "w:tab" ? "\t" : run.node().child_value();
        }
        const bool is_changed = hostile.find("\uFFFE") != std::string::npos ||
                                hostile.find("\u202E") != std::string::npos ||
                                hostile.find("שלום") != std::string::npos;
        BOOST_TEST((is_changed || text == hostile + hostile || text == hostile), text);
        for (const char* never : {"\uFFFE", "\uFFFF"}) {
            BOOST_TEST(text.find(never) == std::string::npos);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_bundle_contains_the_same_files) {
    const auto files = read_zip(written(sample_inputs(), "zip"));
    BOOST_TEST_REQUIRE(files.size() == report_forms().size());
    BOOST_TEST(files[0].first == "README.txt");
    BOOST_TEST(files[0].second.find("2026-03-31T23:59:59.999999Z") != std::string::npos);
    for (std::size_t i = 1; i < files.size(); ++i) {
        const ReportForm& form = report_forms()[i - 1];
        BOOST_TEST(files[i].first == std::string(report_file_stem) + std::string(form.suffix));
        BOOST_TEST((files[i].second == written(sample_inputs(), form.word)), form.word);
        BOOST_TEST(files[0].second.find(files[i].first) != std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(an_archive_rethrows_the_error_of_a_file) {
    Archive archive;
    archive.add("first", [] { return std::string("fine"); });
    archive.add("second", []() -> std::string { throw std::domain_error("not fine"); });
    BOOST_CHECK_THROW(archive.finish(), std::domain_error);
}

BOOST_AUTO_TEST_CASE(an_archive_may_be_abandoned_and_may_contain_an_empty_file) {
    {
        Archive given_up;
        given_up.add("one", [] { return std::string("1"); });
    }
    Archive archive;
    archive.add(
        "empty", [] { return std::string(); }, Archive::Packing::stored);
    const auto files = read_zip(archive.finish());
    BOOST_TEST_REQUIRE(files.size() == 1u);
    BOOST_TEST(files[0].second.empty());
}

// Generating a file is most of the work, and only one file may be in memory at a time.
BOOST_AUTO_TEST_CASE(files_are_generated_once_and_in_order) {
    Archive archive;
    std::string order;
    for (const char letter : {'a', 'b', 'c'}) {
        archive.add(std::string(1, letter), [letter, &order] {
            order += letter;
            return std::string(100'000, letter);
        });
    }
    BOOST_TEST(order.empty());
    BOOST_TEST(read_zip(archive.finish()).size() == 3u);
    BOOST_TEST(order == "abc");
}

BOOST_AUTO_TEST_SUITE_END()
