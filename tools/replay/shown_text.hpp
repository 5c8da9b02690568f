#pragma once

/// Display width of texts on a terminal: wide characters take two columns, combining marks none.

#include <cstddef>
#include <string>
#include <string_view>

namespace threatatlas::replay {

/// Width of a UTF-8 text in terminal columns.
std::size_t shown_width(std::string_view text);

/// The text, cut if needed so that it fits into `width_max` columns including an ellipsis.
std::string clipped(std::string text, std::size_t width_max);

}  // namespace threatatlas::replay
