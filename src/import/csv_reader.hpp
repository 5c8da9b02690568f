#pragma once

/// @file
/// Comma-separated values (RFC 4180), as spreadsheets and scripts write them.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace threatatlas::imports {

struct CsvRow {
    std::size_t line = 0;  ///< the line on which the row begins, from 1
    std::vector<std::string> cells;

    /// The cell, or an empty text if the row is shorter.
    std::string_view cell(std::size_t column) const {
        return column < cells.size() ? std::string_view(cells[column]) : std::string_view();
    }
    /// True if no cell has more than white space.
    bool is_blank() const;
};

/// Reads rows one after the other. Cells are separated by commas, semicolons or
/// tabs, whichever the first line that has any has most of outside quotation marks; a first line
/// `sep=;` decides. Rows end with LF, CR LF or CR, even mixed. A cell in quotation marks may hold
/// all of these, and a quotation mark that is doubled. In a cell that does not begin with one,
/// quotation marks stand for themselves.
class CsvReader {
  public:
    /// `text`: as readable_text() gives it; it must outlive the reader.
    explicit CsvReader(std::string_view text);

    /// Replaces `row` by the next one that is not blank; false at the end. Throws ImportError with
    /// line and column if a quotation mark is not closed or is followed by more text, and for a row
    /// of more than 1,000 cells.
    bool next(CsvRow& row);

    char separator() const { return separator_; }

  private:
    bool read_row(CsvRow& row);
    std::string take_cell();
    std::string take_quoted_cell();
    bool at_line_end() const;
    void take_line_end();
    [[noreturn]] void refuse(std::size_t at, std::string_view why) const;

    const std::string_view text_;
    char separator_ = ',';
    std::size_t at_ = 0;
    std::size_t line_ = 1;
};

}  // namespace threatatlas::imports
