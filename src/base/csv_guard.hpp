#pragma once

/// @file
/// The places at which a cell of a CSV file needs an apostrophe so that no spreadsheet takes its
/// text for a formula (the reasons are in export/csv_text.hpp). Export adds the apostrophes, and
/// import removes them.

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
