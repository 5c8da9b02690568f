#pragma once

// What a text of an event may be (contract, section 7), for whoever lets one in: the rim that reads
// a request and the reader of lines that come from elsewhere.

#include <cstddef>
#include <string_view>

namespace threatatlas {

// Unicode code points of a text in valid UTF-8.
std::size_t count_points(std::string_view text);

// Whether a text in valid UTF-8 has a control character (Unicode category Cc) other than newline
// and tab.
bool has_control_character(std::string_view text);

// Whether nothing of a text in valid UTF-8 is visible: it is empty, or made of white space and of
// characters that are never shown (Unicode's White_Space and Default_Ignorable_Code_Point, and the
// few others that leave no ink), such as U+00A0, U+200B or U+3000.
bool is_blank(std::string_view text);

// How many code points the field of this name may have, in any kind of object.
std::size_t points_max_of(std::string_view field_name);

}  // namespace threatatlas
