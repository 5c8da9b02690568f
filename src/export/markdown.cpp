#include "export/markdown.hpp"

#include "export/bidi.hpp"
#include "export/contents.hpp"
#include "export/forms.hpp"

namespace threatatlas::exports {
namespace {

// Escapes everything that could be read as markup: not only the beginnings of tags, links and
// cells, but also bare addresses that would become links.
void append_escaped(std::string& out, std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '|':
                // A backslash before `|` has different meanings inside and outside of table cells.
                out += "&#124;";
                break;
            case '\n':
                out += "<br>";
                break;
            case '\t':
                out += ' ';
                break;
            case '\\':
            case '`':
            case '*':
            case '_':
            case '{':
            case '}':
            case '[':
            case ']':
            case '#':
            case '!':
            case '~':
            case '$':
            case '@':
                out += '\\';
                out += c;
                break;
            case ':':
                out += text.substr(i + 1).starts_with("//") ? "\\:" : ":";
                break;
            case '.':
                out += i >= 3 && (text.substr(i - 3, 3) == "www" || text.substr(i - 3, 3) == "WWW")
                           ? "\\."
                           : ".";
                break;
            default:
                out += c;
        }
    }
}

class Markdown final : public Document {
  public:
    explicit Markdown(std::string& out) : out_(out) {}

    void title(const Words& words) override { heading_line("#", words); }
    void chapter(const Chapter& chapter) override { heading_line("##", chapter.title); }
    void heading(int level, const Words& words) override {
        heading_line(level == 1 ? "###" : "####", words);
    }
    void paragraph(const Words& words, Tone) override {
        begin_block(Block::other);
        append(words);
        out_ += '\n';
    }
    void bullet(const Words& words) override {
        begin_block(Block::bullet);
        out_ += "- ";
        append(words);
        out_ += '\n';
    }

    void begin_table(std::span<const Column> columns) override {
        begin_block(Block::other);
        out_ += '|';
        for (const Column& column : columns) {
            out_ += ' ';
            append_escaped(out_, column.title);
            out_ += " |";
        }
        out_ += "\n|";
        for (const Column& column : columns) {
            out_ += column.is_number ? " ---: |" : " --- |";
        }
        out_ += '\n';
    }
    void row(std::span<const Cell> cells, std::string_view) override {
        out_ += '|';
        for (const Cell& cell : cells) {
            out_ += ' ';
            if (cell.words.empty()) {
                out_ += "–";
            }
            append(cell.words);
            out_ += " |";
        }
        out_ += '\n';
    }
    void end_table() override {}
    void chart(std::span<const query::CoursePoint>) override {}

  private:
    enum class Block { none, bullet, other };

    void begin_block(Block block) {
        if (last_ != Block::none && !(block == Block::bullet && last_ == block)) {
            out_ += '\n';
        }
        last_ = block;
    }
    void heading_line(std::string_view marks, const Words& words) {
        begin_block(Block::other);
        out_ += marks;
        out_ += ' ';
        append(words);
        out_ += '\n';
    }
    void append(const Words& words) {
        for (const Piece& piece : words.pieces()) {
            switch (piece.kind) {
                case Piece::Kind::line_break:
                    out_ += "<br>";
                    break;
                case Piece::Kind::theirs:
                    append_escaped(out_, isolated(piece.text));
                    break;
                case Piece::Kind::ours:
                    out_ += piece.strong ? "**" : "";
                    append_escaped(out_, piece.text);
                    out_ += piece.strong ? "**" : "";
            }
        }
    }

    std::string& out_;
    Block last_ = Block::none;
};

}  // namespace

std::unique_ptr<Document> markdown_document(std::string& out) {
    return std::make_unique<Markdown>(out);
}

std::string report_as_markdown(const ReportView& view) {
    std::string out;
    out.reserve(report_bytes_estimate(view, {.bytes_for_an_object = 1'024, .times_each_text = 2}));
    Markdown document(out);
    write_contents(view, document);
    return out;
}

}  // namespace threatatlas::exports
