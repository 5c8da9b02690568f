// The Word document (ECMA-376): its main text, and the archive of all parts.

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "export/archive.hpp"
#include "export/bidi.hpp"
#include "export/contents.hpp"
#include "export/docx_nodes.hpp"
#include "export/docx_parts.hpp"
#include "export/forms.hpp"
#include "export/xml_text.hpp"

namespace threatatlas::exports {
namespace {

// A4, in twentieths of a point.
constexpr int page_short = 11'906;
constexpr int page_long = 16'838;
constexpr int page_margin = 1'020;

constexpr int text_width(Layout layout) {
    return (layout == Layout::across ? page_long : page_short) - 2 * page_margin;
}

struct ToneLook {
    const char* colour;  // text colour
    const char* ground;
};
// In the order of Tone.
constexpr std::array<ToneLook, 8> tone_looks{{{"", ""},
                                              {"8C1D18", "FBE3E1"},
                                              {"8F3A00", "FDE7D3"},
                                              {"5F4700", "FDF3CF"},
                                              {"174A85", "DEEBF8"},
                                              {"4B535B", "ECEFF2"},
                                              {"0B4A1F", "DDF4E4"},
                                              {"8C1D18", "FBE3E1"}}};

const ToneLook& look_of(Tone tone) {
    return tone_looks[static_cast<std::size_t>(tone)];
}

void colour_runs(pugi::xml_node paragraph, Tone tone) {
    if (tone == Tone::none) {
        return;
    }
    for (pugi::xml_node run : paragraph.children("w:r")) {
        pugi::xml_node properties = run.child("w:rPr");
        if (!properties) {
            properties = run.prepend_child("w:rPr");
        }
        add_value(properties, "w:color", look_of(tone).colour);
    }
}

void append_words(pugi::xml_node paragraph, const Words& words) {
    for (const Piece& piece : words.pieces()) {
        if (piece.kind == Piece::Kind::line_break) {
            paragraph.append_child("w:r").append_child("w:br");
        } else {
            const bool is_theirs = piece.kind == Piece::Kind::theirs;
            add_run(paragraph, is_theirs ? isolated(piece.text) : piece.text, piece.strong);
        }
    }
}

void add_page_size(pugi::xml_node section, Layout layout) {
    const bool is_across = layout == Layout::across;
    auto size = section.append_child("w:pgSz");
    size.append_attribute("w:w") = is_across ? page_long : page_short;
    size.append_attribute("w:h") = is_across ? page_short : page_long;
    if (is_across) {
        size.append_attribute("w:orient") = "landscape";
    }
    auto margins = section.append_child("w:pgMar");
    for (const char* side : {"w:top", "w:right", "w:bottom", "w:left"}) {
        margins.append_attribute(side) = page_margin;
    }
    for (const char* side : {"w:header", "w:footer"}) {
        margins.append_attribute(side) = page_margin / 2;
    }
    margins.append_attribute("w:gutter") = 0;
}

// Ends a section: the layout applies to the pages up to this point.
void fill_section(pugi::xml_node section, Layout layout) {
    const auto refer = [&](const char* name, const char* relation) {
        auto reference = section.append_child(name);
        reference.append_attribute("w:type") = "default";
        reference.append_attribute("r:id") = relation;
    };
    refer("w:headerReference", docx_header_relation);
    refer("w:footerReference", docx_footer_relation);
    add_value(section, "w:type", "nextPage");
    add_page_size(section, layout);
}

// The table of contents as Word would generate it, except for page numbers, which only Word knows:
// it fills them in when the user updates the field. Automatic updating is not enabled because Word
// would then ask everyone who opens the document whether that is safe.
class Contents {
  public:
    explicit Contents(XmlText& xml) : xml_(xml) {}

    void add(std::string_view title, std::string_view bookmark, bool is_last) {
        auto paragraph = make_paragraph();
        if (is_first_) {
            add_field_mark(paragraph, "begin");
            add_field_instruction(paragraph, R"( TOC \o "1-1" \h \z \u )");
            add_field_mark(paragraph, "separate");
            is_first_ = false;
        }
        auto link = paragraph.append_child("w:hyperlink");
        link.append_attribute("w:anchor") = std::string(bookmark).c_str();
        add_run(link, title);
        if (is_last) {
            add_field_mark(paragraph, "end");
        }
        xml_.add(paragraph);
    }

  private:
    pugi::xml_node make_paragraph() {
        auto paragraph = xml_.make("w:p");
        add_value(paragraph.append_child("w:pPr"), "w:pStyle", "TOC1");
        return paragraph;
    }

    XmlText& xml_;
    bool is_first_ = true;
};

class WordText final : public Document {
  public:
    WordText(const ReportView& view, std::string& out) : xml_(out), chapters_(chapters_of(view)) {
        auto document = xml_.make("w:document");
        document.append_attribute("xmlns:w") = docx_text_namespace;
        document.append_attribute("xmlns:r") = docx_relation_namespace;
        xml_.begin(document);
        xml_.begin("w:body");
    }

    void title(const Words& words) override {
        add("Title", words);
        Contents contents(xml_);
        for (std::size_t i = 0; i < chapters_.size(); ++i) {
            contents.add(chapters_[i].title, bookmark_of(i), i + 1 == chapters_.size());
        }
    }
    void chapter(const Chapter& chapter) override {
        if (chapter_ > 0 && chapter.layout != layout_) {
            auto last = xml_.make("w:p");
            fill_section(last.append_child("w:pPr").append_child("w:sectPr"), layout_);
            xml_.add(last);
        }
        layout_ = chapter.layout;
        auto paragraph = make_paragraph("Heading1");
        auto begin = paragraph.append_child("w:bookmarkStart");
        begin.append_attribute("w:id") = static_cast<unsigned long>(chapter_);
        begin.append_attribute("w:name") = bookmark_of(chapter_).c_str();
        add_run(paragraph, chapter.title);
        paragraph.append_child("w:bookmarkEnd").append_attribute("w:id") =
            static_cast<unsigned long>(chapter_);
        xml_.add(paragraph);
        ++chapter_;
    }
    void heading(int level, const Words& words) override {
        add(level == 1 ? "Heading2" : "Heading3", words);
    }
    void paragraph(const Words& words, Tone tone) override {
        if (tone == Tone::none) {
            add("BodyText", words);
            return;
        }
        auto paragraph = make_paragraph("Verdict");
        append_words(paragraph, words);
        colour_runs(paragraph, tone);
        xml_.add(paragraph);
    }
    void bullet(const Words& words) override {
        auto paragraph = make_paragraph("ListBullet");
        add_run(paragraph, "•  ");
        append_words(paragraph, words);
        xml_.add(paragraph);
    }

    void begin_table(std::span<const Column> columns) override {
        columns_.assign(columns.begin(), columns.end());
        auto table = xml_.make("w:tbl");
        auto properties = table.append_child("w:tblPr");
        add_value(properties, "w:tblStyle", "Report");
        auto width = properties.append_child("w:tblW");
        width.append_attribute("w:w") = text_width(layout_);
        width.append_attribute("w:type") = "dxa";
        properties.append_child("w:tblLayout").append_attribute("w:type") = "fixed";
        add_grid(table);
        xml_.begin(table);
        add_head();
    }
    void row(std::span<const Cell> cells, std::string_view) override {
        auto row = xml_.make("w:tr");
        row.append_child("w:trPr").append_child("w:cantSplit");
        for (std::size_t i = 0; i < cells.size(); ++i) {
            add_cell(row, cells[i], columns_[i].is_number);
        }
        // A row longer than a page must be allowed to split.
        constexpr std::size_t characters_max = 1'500;
        const bool is_long = std::ranges::any_of(cells, [](const Cell& cell) {
            std::size_t characters = 0;
            for (const Piece& piece : cell.words.pieces()) {
                constexpr std::size_t line = 40;
                characters += piece.text.size() + line;
                characters += line * static_cast<std::size_t>(
                                         std::count(piece.text.begin(), piece.text.end(), '\n'));
            }
            return characters > characters_max;
        });
        if (is_long) {
            row.remove_child("w:trPr");
        }
        xml_.add(row);
    }
    void end_table() override {
        xml_.end();
        // Word merges adjacent tables, so an empty paragraph separates them.
        add("BodyText", {});
    }
    void chart(std::span<const query::CoursePoint>) override {}

    void finish() {
        auto section = xml_.make("w:sectPr");
        fill_section(section, layout_);
        xml_.add(section);
        xml_.end();
        xml_.end();
    }

  private:
    static std::string bookmark_of(std::size_t chapter) {
        return fmt::format("_Toc{}", chapter + 1);
    }
    pugi::xml_node make_paragraph(const char* style) {
        auto paragraph = xml_.make("w:p");
        add_value(paragraph.append_child("w:pPr"), "w:pStyle", style);
        return paragraph;
    }
    void add(const char* style, const Words& words) {
        auto paragraph = make_paragraph(style);
        append_words(paragraph, words);
        xml_.add(paragraph);
    }

    void add_grid(pugi::xml_node table) const {
        int all = 0;
        for (const Column& column : columns_) {
            all += column.width;
        }
        auto grid = table.append_child("w:tblGrid");
        for (const Column& column : columns_) {
            grid.append_child("w:gridCol").append_attribute("w:w") =
                text_width(layout_) * column.width / all;
        }
    }
    // The header row is repeated on every page of the table.
    void add_head() {
        auto row = xml_.make("w:tr");
        auto properties = row.append_child("w:trPr");
        properties.append_child("w:cantSplit");
        properties.append_child("w:tblHeader");
        for (const Column& column : columns_) {
            auto cell = row.append_child("w:tc");
            add_ground(cell.append_child("w:tcPr"), "F0F3F6");
            auto paragraph = add_paragraph(cell, "TableHead");
            if (column.is_number) {
                add_value(paragraph.child("w:pPr"), "w:jc", "right");
            }
            add_run(paragraph, column.title);
        }
        xml_.add(row);
    }
    static void add_ground(pugi::xml_node properties, const char* colour) {
        auto ground = add_value(properties, "w:shd", "clear");
        ground.append_attribute("w:color") = "auto";
        ground.append_attribute("w:fill") = colour;
    }
    static void add_cell(pugi::xml_node row, const Cell& shown, bool is_number) {
        auto cell = row.append_child("w:tc");
        if (shown.tone != Tone::none) {
            add_ground(cell.append_child("w:tcPr"), look_of(shown.tone).ground);
        }
        auto paragraph = cell.append_child("w:p");
        if (is_number) {
            add_value(paragraph.append_child("w:pPr"), "w:jc", "right");
        }
        if (shown.words.empty()) {
            add_run(paragraph, "–");
        }
        append_words(paragraph, shown.words);
        colour_runs(paragraph, shown.tone);
    }

    XmlText xml_;
    const std::vector<Chapter> chapters_;
    std::vector<Column> columns_;  // columns of the open table
    std::size_t chapter_ = 0;
    Layout layout_ = Layout::upright;
};

}  // namespace

std::string docx_text(const ReportView& view) {
    std::string xml;
    xml.reserve(report_bytes_estimate(view, {.bytes_for_an_object = 3'072, .times_each_text = 2}));
    xml = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
    WordText text(view, xml);
    write_contents(view, text);
    text.finish();
    return xml;
}

std::string report_as_docx(const ReportView& view) {
    Archive archive;
    for (DocxPart& part : docx_parts(view)) {
        archive.add(part.name, [xml = std::move(part.xml)] { return xml; });
    }
    archive.add("word/document.xml", [&view] { return docx_text(view); });
    return archive.finish();
}

}  // namespace threatatlas::exports
