#pragma once

// Where a text stops being JSON, for the person who has to mend it. The parser that reads JSON here
// is fast and does not say.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace threatatlas {

// The byte at which the text stops being one JSON value in valid UTF-8, the size of the text if it
// ends too early. Nothing if there is no such place. Costs a pass over the text: for refusals only.
std::optional<std::size_t> find_json_fault(std::string_view text);

// "line 3, column 17" of a byte of the text: both count from 1, a column is a character.
std::string line_and_column(std::string_view text, std::size_t byte);

}  // namespace threatatlas
