#pragma once

/// @file
/// Rules for the texts of events (contract, section 7), applied when a request is read and when
/// lines are imported.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace threatatlas::events {

/// The number of Unicode code points in `text`, which must be valid UTF-8.
std::size_t count_points(std::string_view text);

/// True if `text`, in valid UTF-8, contains a control character (Unicode category Cc) other than
/// newline and tab.
bool has_control_character(std::string_view text);

/// Describes the first such character and its place in `text`, which must contain one: "U+0000
/// (NUL), character 3 of the text".
std::string describe_control_character(std::string_view text);

/// Replaces CR LF and CR by newlines.
std::string with_newlines(std::string_view text);

/// Removes a leading UTF-8 byte order mark. It is not needed, but editors and shells on Windows
/// write one.
std::string_view without_byte_order_mark(std::string_view bytes);

/// Returns "UTF-16" or "UTF-32" if the first bytes of a file or a JSON body show that encoding;
/// nullopt otherwise.
std::optional<std::string_view> foreign_encoding(std::string_view bytes);

/// Describes the first control character other than newline, carriage return and tab in bytes that
/// should be lines of JSON, and its place: "U+0000 (NUL) at byte 17". Valid JSON never contains one
/// unescaped. Returns nullopt if there is none.
std::optional<std::string> raw_control_character(std::string_view bytes);

/// True if nothing in `text`, in valid UTF-8, is visible: it is empty or consists of white space
/// and characters that are never displayed (Unicode's White_Space and Default_Ignorable_Code_Point
/// and a few others without a glyph), such as U+00A0, U+200B or U+3000.
bool is_blank(std::string_view text);

/// The maximum number of code points in the field of this name, for any kind of object.
std::size_t points_max_of(std::string_view field_name);

}  // namespace threatatlas::events
