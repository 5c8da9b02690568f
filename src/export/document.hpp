#pragma once

// A report as a document for people: its contents (contents.hpp) are written once, into whichever
// form (Markdown, HTML, Word) stands behind this interface.

#include <concepts>
#include <cstdint>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "projections/query/report_inputs.hpp"

namespace threatatlas {

// A piece of running text.
struct Piece {
    enum class Kind : std::uint8_t {
        ours,       // words of the report
        theirs,     // a text of the model: anything may be in it, line breaks too
        line_break  // no text
    };
    Kind kind = Kind::ours;
    std::string text = {};
    bool strong = false;
    std::string target = {};  // anchor of a heading or row that it leads to; empty = none
};

class Words {
  public:
    Words() = default;
    // Words of the report. Not explicit: they read as the text that they are.
    template <std::convertible_to<std::string_view> Text>
    Words(const Text& text) {
        ours(text);
    }
    static Words of(std::string_view text) { return std::move(Words().theirs(text)); }

    Words& ours(std::string_view text) { return add({.text = std::string(text)}); }
    Words& strong(std::string_view text) {
        return add({.text = std::string(text), .strong = true});
    }
    Words& theirs(std::string_view text) {
        return add({.kind = Piece::Kind::theirs, .text = std::string(text)});
    }
    Words& link(std::string_view text, std::string target) {
        return add({.text = std::string(text), .target = std::move(target)});
    }
    Words& add(Words words) {
        pieces_.insert(pieces_.end(), std::make_move_iterator(words.pieces_.begin()),
                       std::make_move_iterator(words.pieces_.end()));
        return *this;
    }
    Words& line_break() { return add({.kind = Piece::Kind::line_break}); }

    const std::vector<Piece>& pieces() const { return pieces_; }
    bool empty() const { return pieces_.empty(); }

  private:
    Words& add(Piece piece) {
        pieces_.push_back(std::move(piece));
        return *this;
    }

    std::vector<Piece> pieces_;
};

// What a cell or a paragraph says by its colour, beside its words.
enum class Tone : std::uint8_t { none, critical, high, medium, low, unscored, pass, fail };

struct Cell {
    Words words;  // none: a dash
    Tone tone = Tone::none;
};

struct Column {
    std::string_view title;
    int width = 1;  // in relation to the others
    bool is_number = false;
};

// Pages, where the form has any.
enum class Layout : std::uint8_t { upright, across };

struct Chapter {
    std::string_view title;
    Layout layout = Layout::upright;
};

class Document {
  public:
    virtual ~Document() = default;

    // Once, first.
    virtual void title(const Words& words) = 0;
    // Chapters have headings inside them, of level 1 to 2.
    virtual void chapter(const Chapter& chapter) = 0;
    virtual void heading(int level, const Words& words) = 0;
    virtual void paragraph(const Words& words, Tone tone = Tone::none) = 0;
    virtual void bullet(const Words& words) = 0;

    // Rows have as many cells as there are columns. The first cell of a row that has an anchor can
    // be led to.
    virtual void begin_table(std::span<const Column> columns) = 0;
    virtual void row(std::span<const Cell> cells, std::string_view anchor = {}) = 0;
    virtual void end_table() = 0;

    // A picture of what the table that follows says in numbers; forms without pictures leave it
    // out.
    virtual void chart(std::span<const CoursePoint> course) = 0;
};

}  // namespace threatatlas
