#pragma once

// How texts look on a terminal: a wide character takes two columns, a combining mark none.

#include <cstddef>
#include <string>
#include <string_view>

namespace threatatlas {

// How many columns of a terminal a text in UTF-8 takes.
std::size_t shown_width(std::string_view text);

// The text, or as much of it as fits into the width together with an ellipsis.
std::string clipped(std::string text, std::size_t width_max);

}  // namespace threatatlas
