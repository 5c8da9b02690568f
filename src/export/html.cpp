// The HTML page. It is self-contained: no scripts, no external references. It is also well-formed
// XML, so that other programs can parse it.

#include <array>

#include <fmt/format.h>

#include "base/base64.hpp"
#include "export/bidi.hpp"
#include "export/chart.hpp"
#include "export/contents.hpp"
#include "export/forms.hpp"
#include "export/xml_text.hpp"

namespace threatatlas::exports {
namespace {

// Contains no `<`, `>` or `&`, which HTML and XML would interpret differently.
constexpr std::string_view page_style = R"(
:root{color-scheme:light dark;--ground:#fff;--text:#1f2328;--quiet:#57606a;--line:#d0d7de;--head:#f6f8fa;--critical:#b3261e;--high:#b54708;--medium:#7a5b00;--low:#1f5fa8;--unscored:#57606a;--pass:#116329;--fail:#b3261e}
@media (prefers-color-scheme:dark){:root{--ground:#0d1117;--text:#e6edf3;--quiet:#9da7b3;--line:#30363d;--head:#161b22;--critical:#ff8a80;--high:#ffb74d;--medium:#f2cc60;--low:#79b8ff;--unscored:#9da7b3;--pass:#56d364;--fail:#ff8a80}}
body{margin:2rem auto;max-width:90rem;padding:0 1.5rem;font:16px/1.5 system-ui,-apple-system,'Segoe UI',sans-serif;color:var(--text);background:var(--ground)}
h1{font-size:2rem;line-height:1.2}
h2{margin-top:3rem;border-bottom:1px solid var(--line)}
bdi{white-space:pre-wrap;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%;margin:1rem 0;font-size:.875rem}
th,td{border:1px solid var(--line);padding:.35rem .6rem;text-align:start;vertical-align:top}
th{background:var(--head)}
.number{text-align:end;font-variant-numeric:tabular-nums}
a{color:inherit}
.critical,.high,.medium,.low,.unscored,.pass,.fail{font-weight:600}
.critical{color:var(--critical)}
.high{color:var(--high)}
.medium{color:var(--medium)}
.low{color:var(--low)}
.unscored{color:var(--unscored)}
.pass{color:var(--pass)}
.fail{color:var(--fail)}
p.pass,p.fail{font-size:1.5rem}
.chart{max-width:100%;height:auto}
@page{size:A4;margin:18mm 15mm}
@page across{size:A4 landscape}
@media print{body{margin:0;padding:0;max-width:none;font-size:10pt}.across{page:across}table{font-size:8pt}thead{display:table-header-group}tr,.chart{break-inside:avoid}h2,h3,h4{break-after:avoid}a{text-decoration:none}}
)";

std::string style_sheet() {
    return std::string(page_style) + std::string(chart_style());
}

// The hash of the style sheet in the page's Content-Security-Policy.
std::string style_digest() {
    return base::base64_of(base::sha256(style_sheet()));
}

// What the page may do, both as a saved file and as a response.
std::string page_policy() {
    return fmt::format(
        "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; "
        "form-action 'none'",
        style_digest());
}

std::string_view class_of(Tone tone) {
    constexpr std::array<std::string_view, 8> names{"",    "critical", "high", "medium",
                                                    "low", "unscored", "pass", "fail"};
    return names[static_cast<std::size_t>(tone)];
}

void set_class(pugi::xml_node element, std::string_view name) {
    if (!name.empty()) {
        element.append_attribute("class") = std::string(name).c_str();
    }
}

void set_text(pugi::xml_node element, std::string_view text) {
    element.append_child(pugi::node_pcdata).set_value(std::string(text).c_str());
}

void append_phrases(pugi::xml_node parent, const Words& words) {
    for (const Piece& piece : words.pieces()) {
        if (piece.kind == Piece::Kind::line_break) {
            parent.append_child("br");
            continue;
        }
        pugi::xml_node element = parent;
        if (piece.kind == Piece::Kind::theirs) {
            element = parent.append_child("bdi");
        } else if (piece.strong) {
            element = parent.append_child("strong");
        } else if (!piece.target.empty()) {
            element = parent.append_child("a");
            element.append_attribute("href") = ("#" + piece.target).c_str();
        }
        const bool is_theirs = piece.kind == Piece::Kind::theirs;
        set_text(element, is_theirs ? xml_characters(self_contained(piece.text)) : piece.text);
    }
}

class Page final : public Document {
  public:
    explicit Page(std::string& out) : xml_(out) {}

    void title(const Words& words) override {
        xml_.begin(html_element());
        xml_.add(head(words));
        xml_.begin("body");
        add("h1", words);
    }
    void chapter(const Chapter& chapter) override {
        end_list();
        if (in_chapter_) {
            xml_.end();
        }
        in_chapter_ = true;
        const auto section = xml_.make("section");
        set_class(section, chapter.layout == Layout::across ? "across" : "upright");
        xml_.begin(section);
        add("h2", chapter.title);
    }
    void heading(int level, const Words& words) override {
        end_list();
        add(level == 1 ? "h3" : "h4", words);
    }
    void paragraph(const Words& words, Tone tone) override {
        end_list();
        add("p", words, class_of(tone));
    }
    void bullet(const Words& words) override {
        if (!in_list_) {
            xml_.begin("ul");
            in_list_ = true;
        }
        add("li", words);
    }

    void begin_table(std::span<const Column> columns) override {
        end_list();
        columns_.assign(columns.begin(), columns.end());
        xml_.begin("table");
        auto head = xml_.make("thead");
        auto titles = head.append_child("tr");
        for (const Column& column : columns) {
            auto cell = titles.append_child("th");
            cell.append_attribute("scope") = "col";
            set_class(cell, column.is_number ? "number" : "");
            set_text(cell, column.title);
        }
        xml_.add(head);
        xml_.begin("tbody");
    }
    void row(std::span<const Cell> cells, std::string_view anchor) override {
        auto row = xml_.make("tr");
        if (!anchor.empty()) {
            row.append_attribute("id") = std::string(anchor).c_str();
        }
        for (std::size_t i = 0; i < cells.size(); ++i) {
            auto cell = row.append_child("td");
            const Tone tone = cells[i].tone;
            set_class(cell,
                      tone == Tone::none && columns_[i].is_number ? "number" : class_of(tone));
            if (cells[i].words.empty()) {
                set_text(cell, "–");
            }
            append_phrases(cell, cells[i].words);
        }
        xml_.add(row);
    }
    void end_table() override {
        xml_.end();
        xml_.end();
    }

    void chart(std::span<const query::CoursePoint> course) override {
        std::vector<ChartPoint> points;
        for (const query::CoursePoint& point : course) {
            points.push_back({point.at, {}, point.mitigated_threats, point.total_threats});
            std::copy(point.open.by_severity.begin(), point.open.by_severity.end(),
                      points.back().threats.begin());
            points.back().threats.back() = point.open.unscored;
        }
        xml_.add_made(threats_chart({"Open threats", "Open threats by severity over time"}, points,
                                    course.back().at, ChartPlace::page));
    }

    void finish() {
        end_list();
        xml_.end();  // section
        xml_.end();  // body
        xml_.end();  // html
    }

  private:
    pugi::xml_node html_element() {
        auto html = xml_.make("html");
        html.append_attribute("lang") = "en";
        return html;
    }
    pugi::xml_node head(const Words& title) {
        auto head = xml_.make("head");
        head.append_child("meta").append_attribute("charset") = "utf-8";
        auto policy = head.append_child("meta");
        policy.append_attribute("http-equiv") = "Content-Security-Policy";
        policy.append_attribute("content") = page_policy().c_str();
        auto viewport = head.append_child("meta");
        viewport.append_attribute("name") = "viewport";
        viewport.append_attribute("content") = "width=device-width, initial-scale=1";
        std::string text;
        for (const Piece& piece : title.pieces()) {
            text += piece.kind == Piece::Kind::theirs ? isolated(piece.text) : piece.text;
        }
        set_text(head.append_child("title"), xml_characters(text));
        set_text(head.append_child("style"), style_sheet());
        return head;
    }

    void add(const char* name, const Words& words, std::string_view class_name = {}) {
        const auto element = xml_.make(name);
        set_class(element, class_name);
        append_phrases(element, words);
        xml_.add(element);
    }
    void end_list() {
        if (in_list_) {
            xml_.end();
            in_list_ = false;
        }
    }

    XmlText xml_;
    std::vector<Column> columns_;  // columns of the open table
    bool in_chapter_ = false;
    bool in_list_ = false;
};

}  // namespace

std::string report_as_html(const ReportView& view) {
    std::string out;
    out.reserve(report_bytes_estimate(view, {.bytes_for_an_object = 1'536, .times_each_text = 2}));
    out = "<!DOCTYPE html>\n";
    Page page(out);
    write_contents(view, page);
    page.finish();
    out += '\n';
    return out;
}

std::string report_page_policy() {
    return page_policy() + "; frame-ancestors 'none'; sandbox";
}

}  // namespace threatatlas::exports
