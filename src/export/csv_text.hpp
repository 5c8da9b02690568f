#pragma once

/// @file
/// CSV cells (RFC 4180) that no spreadsheet interprets as a formula, whichever of the common
/// separators it uses.

#include <string>
#include <string_view>

namespace threatatlas::exports {

/// Appends a cell, quoted if needed. An apostrophe is inserted before a formula character at every
/// place where a cell begins, or would begin in a spreadsheet that splits cells at semicolons,
/// tabs, commas or bars and rows at line ends. Blanks and quotation marks in between are ignored,
/// as some spreadsheets strip them. docs/REPORTS.md specifies what is guarded.
void append_csv_cell(std::string& out, std::string_view text);

}  // namespace threatatlas::exports
