#pragma once

/// @file
/// Where an apostrophe keeps a spreadsheet from taking a text for a formula. export/csv_text.hpp
/// says why and at which places; whoever reads such a cell back removes the same apostrophes.

#include <cstddef>
#include <string>
#include <string_view>

namespace threatatlas::base {

/// Walks through the text of a cell, character by character.
class CsvGuard {
  public:
    struct Step {
        std::size_t bytes;  ///< of the next character
        bool is_guarded;    ///< an apostrophe belongs before it
    };

    /// The next character; `rest` is the text from there on and not empty.
    Step next(std::string_view rest);

    /// True if next() would guard a formula character at the place that it has reached.
    bool begins_cell() const { return begins_cell_; }

    /// True if an apostrophe belongs before the text as a whole, because it begins with white space
    /// that a spreadsheet strips.
    static bool guards_beginning(std::string_view text);

  private:
    bool begins_cell_ = true;
};

/// The text of a cell without the apostrophes that CsvGuard asks for. A text that had an apostrophe
/// of its own at such a place loses it, as nothing tells the two apart.
std::string without_csv_guards(std::string_view cell);

}  // namespace threatatlas::base
