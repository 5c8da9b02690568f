#pragma once

// One cell of comma-separated values (RFC 4180) that no spreadsheet takes for a formula, whichever
// of the usual separators it cuts the file at.

#include <string>
#include <string_view>

namespace threatatlas {

// Appends the cell, in quotes if it needs them. Every place of the text at which a cell begins, or
// would begin in a spreadsheet that separates cells by semicolons, tabs, commas or bars and rows by
// line ends, gets an apostrophe before a character that begins a formula. Blanks and quotation
// marks between the two do not count, as some spreadsheets take them away. docs/REPORTS.md says
// what is guarded and what is not.
void append_csv_cell(std::string& out, std::string_view text);

}  // namespace threatatlas
