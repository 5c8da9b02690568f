#include "export/docx_parts.hpp"

#include <algorithm>
#include <sstream>

#include <fmt/format.h>

#include "export/bidi.hpp"
#include "export/contents.hpp"
#include "export/docx_nodes.hpp"
#include "export/xml_text.hpp"

namespace threatatlas::exports {
namespace {

constexpr const char* package_namespace = "http://schemas.openxmlformats.org/package/2006/";
constexpr const char* word_type = "application/vnd.openxmlformats-officedocument.wordprocessingml.";
constexpr const char* package_type = "application/vnd.openxmlformats-package.";

// Makes a part; `fill` adds its root element.
template <class Fill>
DocxPart part(std::string name, const Fill& fill) {
    pugi::xml_document document;
    auto declaration = document.append_child(pugi::node_declaration);
    declaration.append_attribute("version") = "1.0";
    declaration.append_attribute("encoding") = "UTF-8";
    declaration.append_attribute("standalone") = "yes";
    fill(document.root());
    std::ostringstream text;
    document.save(text, "", pugi::format_raw, pugi::encoding_utf8);
    return {std::move(name), text.str()};
}

pugi::xml_node text_root(pugi::xml_node document, const char* name) {
    auto root = document.append_child(name);
    root.append_attribute("xmlns:w") = docx_text_namespace;
    return root;
}

// --- Package structure ---------------------------------------------------------------------------

DocxPart content_types() {
    return part("[Content_Types].xml", [](pugi::xml_node document) {
        auto types = document.append_child("Types");
        types.append_attribute("xmlns") =
            (std::string(package_namespace) + "content-types").c_str();
        const auto by_suffix = [&](const char* suffix, const std::string& type) {
            auto entry = types.append_child("Default");
            entry.append_attribute("Extension") = suffix;
            entry.append_attribute("ContentType") = type.c_str();
        };
        const auto by_name = [&](const char* name, const std::string& type) {
            auto entry = types.append_child("Override");
            entry.append_attribute("PartName") = name;
            entry.append_attribute("ContentType") = type.c_str();
        };
        const std::string word = word_type;
        by_suffix("rels", std::string(package_type) + "relationships+xml");
        by_suffix("xml", "application/xml");
        by_name("/word/document.xml", word + "document.main+xml");
        by_name("/word/styles.xml", word + "styles+xml");
        by_name("/word/settings.xml", word + "settings+xml");
        by_name("/word/header1.xml", word + "header+xml");
        by_name("/word/footer1.xml", word + "footer+xml");
        by_name("/docProps/core.xml", std::string(package_type) + "core-properties+xml");
    });
}

struct Relation {
    const char* id;
    std::string type;
    const char* target;
};

DocxPart relations(std::string name, const std::vector<Relation>& all) {
    return part(std::move(name), [&](pugi::xml_node document) {
        auto root = document.append_child("Relationships");
        root.append_attribute("xmlns") = (std::string(package_namespace) + "relationships").c_str();
        for (const Relation& one : all) {
            auto relation = root.append_child("Relationship");
            relation.append_attribute("Id") = one.id;
            relation.append_attribute("Type") = one.type.c_str();
            relation.append_attribute("Target") = one.target;
        }
    });
}

std::string office(const char* kind) {
    return fmt::format("{}/{}", docx_relation_namespace, kind);
}

DocxPart core_properties(const ReportView& view) {
    return part("docProps/core.xml", [&](pugi::xml_node document) {
        auto root = document.append_child("cp:coreProperties");
        root.append_attribute("xmlns:cp") =
            (std::string(package_namespace) + "metadata/core-properties").c_str();
        root.append_attribute("xmlns:dc") = "http://purl.org/dc/elements/1.1/";
        root.append_attribute("xmlns:dcterms") = "http://purl.org/dc/terms/";
        root.append_attribute("xmlns:xsi") = "http://www.w3.org/2001/XMLSchema-instance";
        const auto add = [&](const char* name, const std::string& text) {
            auto element = root.append_child(name);
            element.append_child(pugi::node_pcdata).set_value(xml_characters(text).c_str());
            return element;
        };
        add("dc:title",
            "Threat model of " + isolated(view.product().texts[events::ProductField::name]));
        add("dc:creator", "ThreatAtlas");
        // The time of the reported state, not of the report's creation.
        const std::string second = base::format_instant(view.inputs.as_of).substr(0, 19) + "Z";
        add("dcterms:created", second).append_attribute("xsi:type") = "dcterms:W3CDTF";
    });
}

// --- Styles --------------------------------------------------------------------------------------

struct Style {
    const char* id;
    const char* name;
    int half_points;  // font size
    bool is_bold;
    const char* colour;    // nullptr: inherited
    int before, after;     // spacing, in twentieths of a point
    int outline;           // heading level from 0; -1: not a heading
    int indent;            // in twentieths of a point
    bool keeps_with_next;  // keep on the same page as the next paragraph
};

constexpr Style paragraph_styles[]{
    {"Title", "Title", 56, true, "1F2328", 0, 240, -1, 0, true},
    {"Heading1", "heading 1", 36, true, "1F2328", 360, 160, 0, 0, true},
    {"Heading2", "heading 2", 28, true, "1F2328", 280, 120, 1, 0, true},
    {"Heading3", "heading 3", 22, true, "1F2328", 200, 60, 2, 0, true},
    {"TOC1", "toc 1", 21, false, nullptr, 0, 60, -1, 0, false},
    {"TOC2", "toc 2", 21, false, nullptr, 0, 40, -1, 280, false},
    {"ListBullet", "List Bullet", 21, false, nullptr, 0, 60, -1, 280, false},
    {"Verdict", "Verdict", 40, true, nullptr, 60, 120, -1, 0, false},
    {"BodyText", "Body Text", 21, false, nullptr, 0, 120, -1, 0, false},
    {"TableHead", "Table Head", 17, true, nullptr, 20, 20, -1, 0, true},
    {"Header", "header", 17, false, "57606A", 0, 0, -1, 0, false},
    {"Footer", "footer", 17, false, "57606A", 0, 0, -1, 0, false},
};

void add_paragraph_style(pugi::xml_node styles, const Style& style) {
    auto element = styles.append_child("w:style");
    element.append_attribute("w:type") = "paragraph";
    element.append_attribute("w:styleId") = style.id;
    add_value(element, "w:name", style.name);
    add_value(element, "w:basedOn", "Normal");
    element.append_child("w:qFormat");
    auto paragraph = element.append_child("w:pPr");
    if (style.keeps_with_next) {
        paragraph.append_child("w:keepNext");
    }
    auto spacing = paragraph.append_child("w:spacing");
    spacing.append_attribute("w:before") = style.before;
    spacing.append_attribute("w:after") = style.after;
    if (style.indent > 0) {
        paragraph.append_child("w:ind").append_attribute("w:left") = style.indent;
    }
    if (style.outline >= 0) {
        add_value(paragraph, "w:outlineLvl", fmt::to_string(style.outline));
    }
    auto run = element.append_child("w:rPr");
    if (style.is_bold) {
        run.append_child("w:b");
    }
    if (style.colour != nullptr) {
        add_value(run, "w:color", style.colour);
    }
    add_value(run, "w:sz", fmt::to_string(style.half_points));
    add_value(run, "w:szCs", fmt::to_string(style.half_points));
}

void add_table_style(pugi::xml_node styles) {
    auto element = styles.append_child("w:style");
    element.append_attribute("w:type") = "table";
    element.append_attribute("w:styleId") = "Report";
    add_value(element, "w:name", "Report");
    auto table = element.append_child("w:tblPr");
    auto borders = table.append_child("w:tblBorders");
    for (const char* side : {"w:top", "w:left", "w:bottom", "w:right", "w:insideH", "w:insideV"}) {
        auto border = add_value(borders, side, "single");
        border.append_attribute("w:sz") = 4;
        border.append_attribute("w:space") = 0;
        border.append_attribute("w:color") = "D0D7DE";
    }
    auto margins = table.append_child("w:tblCellMar");
    for (const char* side : {"w:left", "w:right"}) {
        auto margin = margins.append_child(side);
        margin.append_attribute("w:w") = 80;
        margin.append_attribute("w:type") = "dxa";
    }
}

DocxPart styles_part() {
    return part("word/styles.xml", [](pugi::xml_node document) {
        auto styles = text_root(document, "w:styles");
        auto run =
            styles.append_child("w:docDefaults").append_child("w:rPrDefault").append_child("w:rPr");
        auto fonts = run.append_child("w:rFonts");
        for (const char* script : {"w:ascii", "w:hAnsi", "w:cs"}) {
            fonts.append_attribute(script) = "Calibri";
        }
        add_value(run, "w:sz", "17");
        add_value(run, "w:szCs", "17");
        auto language = run.append_child("w:lang");
        language.append_attribute("w:val") = "en-GB";
        auto normal = styles.append_child("w:style");
        normal.append_attribute("w:type") = "paragraph";
        normal.append_attribute("w:default") = "1";
        normal.append_attribute("w:styleId") = "Normal";
        add_value(normal, "w:name", "Normal");
        // The defaults are those of table cells, which are the most numerous, so cells need no
        // properties.
        auto spacing = normal.append_child("w:pPr").append_child("w:spacing");
        spacing.append_attribute("w:before") = 20;
        spacing.append_attribute("w:after") = 20;
        for (const Style& style : paragraph_styles) {
            add_paragraph_style(styles, style);
        }
        add_table_style(styles);
    });
}

DocxPart settings_part() {
    return part("word/settings.xml", [](pugi::xml_node document) {
        auto settings = text_root(document, "w:settings");
        auto compatibility = settings.append_child("w:compat");
        auto mode = compatibility.append_child("w:compatSetting");
        mode.append_attribute("w:name") = "compatibilityMode";
        mode.append_attribute("w:uri") = "http://schemas.microsoft.com/office/word";
        mode.append_attribute("w:val") = "15";
    });
}

// --- Header and footer ---------------------------------------------------------------------------

DocxPart header_part(const ReportView& view) {
    return part("word/header1.xml", [&](pugi::xml_node document) {
        auto paragraph = add_paragraph(text_root(document, "w:hdr"), "Header");
        // A name may have several lines; the header shows them as one.
        std::string name = isolated(view.product().texts[events::ProductField::name]);
        std::replace(name.begin(), name.end(), '\n', ' ');
        add_run(paragraph, name);
        add_run(paragraph, " · as of " + date_of(view.inputs.as_of));
    });
}

DocxPart footer_part() {
    return part("word/footer1.xml", [](pugi::xml_node document) {
        auto paragraph = add_paragraph(text_root(document, "w:ftr"), "Footer");
        add_run(paragraph, "Page ");
        add_field(paragraph, " PAGE ", "1");
        add_run(paragraph, " of ");
        add_field(paragraph, " NUMPAGES ", "1");
    });
}

}  // namespace

std::vector<DocxPart> docx_parts(const ReportView& view) {
    const std::string core =
        std::string(package_namespace) + "relationships/metadata/core-properties";
    return {content_types(),
            relations("_rels/.rels", {{"rId1", office("officeDocument"), "word/document.xml"},
                                      {"rId2", core, "docProps/core.xml"}}),
            core_properties(view),
            relations("word/_rels/document.xml.rels",
                      {{"rId1", office("styles"), "styles.xml"},
                       {"rId2", office("settings"), "settings.xml"},
                       {docx_header_relation, office("header"), "header1.xml"},
                       {docx_footer_relation, office("footer"), "footer1.xml"}}),
            styles_part(),
            settings_part(),
            header_part(view),
            footer_part()};
}

}  // namespace threatatlas::exports
