#pragma once

// What a text of an event may be (contract, section 7), for whoever lets one in: the rim that reads
// a request and the reader of lines that come from elsewhere.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace threatatlas {

// Unicode code points of a text in valid UTF-8.
std::size_t count_points(std::string_view text);

// Whether a text in valid UTF-8 has a control character (Unicode category Cc) other than newline
// and tab.
bool has_control_character(std::string_view text);

// The first such character of a text that has one, and its place, for messages:
// "U+0000 (NUL), character 3 of the text".
std::string describe_control_character(std::string_view text);

// The text with its line ends, CR LF and CR, as newlines.
std::string with_newlines(std::string_view text);

// UTF-8 needs no byte order mark, but editors and shells of Windows put one before a file.
std::string_view without_byte_order_mark(std::string_view bytes);

// "UTF-16" or "UTF-32" if the beginning of a file or a body of JSON says that it is written so.
std::optional<std::string_view> foreign_encoding(std::string_view bytes);

// The first control character other than newline, return and tab among bytes that should be lines
// of JSON, and its place, for messages: "U+0000 (NUL) at byte 17". JSON has it escaped or not at
// all. Nothing if there is none.
std::optional<std::string> raw_control_character(std::string_view bytes);

// Whether nothing of a text in valid UTF-8 is visible: it is empty, or made of white space and of
// characters that are never shown (Unicode's White_Space and Default_Ignorable_Code_Point, and the
// few others that leave no ink), such as U+00A0, U+200B or U+3000.
bool is_blank(std::string_view text);

// How many code points the field of this name may have, in any kind of object.
std::size_t points_max_of(std::string_view field_name);

}  // namespace threatatlas
