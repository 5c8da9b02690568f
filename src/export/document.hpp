#pragma once

/// @file
/// Interface of the document formats. The contents of a report (contents.hpp) are written once,
/// through this interface, into Markdown, HTML or Word.

#include <concepts>
#include <cstdint>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "projections/query/report_inputs.hpp"

namespace threatatlas::exports {

/// A run of text.
struct Piece {
    enum class Kind : std::uint8_t {
        ours,       ///< text of the report itself
        theirs,     ///< text of the model: untrusted, may contain line breaks
        line_break  ///< no text
    };
    Kind kind = Kind::ours;
    std::string text = {};
    bool strong = false;
    std::string target = {};  ///< anchor of a heading or row to link to; empty: no link
};

/// Text composed of runs. Methods return *this for chaining.
class Words {
  public:
    Words() = default;
    /// Text of the report itself. Implicit, so that string literals can be passed as Words.
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

/// The meaning of a cell or paragraph, shown by its colour in addition to its text.
enum class Tone : std::uint8_t { none, critical, high, medium, low, unscored, pass, fail };

/// A table cell.
struct Cell {
    Words words;  ///< if empty, a dash is shown
    Tone tone = Tone::none;
};

/// A table column.
struct Column {
    std::string_view title;
    int width = 1;  ///< relative to the other columns
    bool is_number = false;
};

/// Page orientation, for formats with pages.
enum class Layout : std::uint8_t { upright, across };

/// A top-level part of a document.
struct Chapter {
    std::string_view title;
    Layout layout = Layout::upright;
};

/// A document being written, from beginning to end.
class Document {
  public:
    virtual ~Document() = default;

    /// Call once, first.
    virtual void title(const Words& words) = 0;
    /// A chapter contains headings of levels 1 and 2.
    virtual void chapter(const Chapter& chapter) = 0;
    virtual void heading(int level, const Words& words) = 0;
    virtual void paragraph(const Words& words, Tone tone = Tone::none) = 0;
    /// Consecutive bullets form one list.
    virtual void bullet(const Words& words) = 0;

    /// A row has as many cells as there are columns. If `anchor` is given, links can point to the
    /// row's first cell.
    virtual void begin_table(std::span<const Column> columns) = 0;
    virtual void row(std::span<const Cell> cells, std::string_view anchor = {}) = 0;
    virtual void end_table() = 0;

    /// A picture of the numbers in the next table. Formats without pictures ignore it.
    virtual void chart(std::span<const query::CoursePoint> course) = 0;
};

}  // namespace threatatlas::exports
