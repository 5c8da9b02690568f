#pragma once

/// @file
/// What all formats ask of a file before it is parsed, and faults that people make in text files.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace threatatlas::imports {

/// The text of a file without its byte order mark; a view of `bytes`. Throws ImportError if the
/// file has nothing but white space or more than limits::file_bytes_max bytes, is binary (a ZIP
/// archive or another known kind is named), is UTF-16 or UTF-32, or has bytes that are no UTF-8 or
/// a NUL character (with line and column).
std::string_view readable_text(std::string_view bytes);

/// The first line of a conflict that a merge left in the file (`<<<<<<<`, `=======` or `>>>>>>>`):
/// "line 3, column 1". nullopt if there is none. Look for one only after a syntax error.
std::optional<std::string> merge_leftover(std::string_view text);
/// Throws ImportError (malformed) if there is one.
void refuse_merge_leftover(std::string_view text);

/// Throws ImportError (malformed) with the place of a syntax error: "The JSON is broken at line 3,
/// column 17: …". If the file has leftovers of a merge, those are reported instead. `why` may quote
/// any bytes of the file: control characters become spaces, and if it is no UTF-8, all bytes that
/// are not ASCII become question marks.
[[noreturn]] void refuse_syntax(std::string_view text, std::string_view language,
                                std::string_view place, std::string_view why);

/// `text` for a message: at most `points_max` code points, then "…"; line ends and control
/// characters become spaces. `text` must be valid UTF-8.
std::string shown(std::string_view text, std::size_t points_max = 80);

}  // namespace threatatlas::imports
