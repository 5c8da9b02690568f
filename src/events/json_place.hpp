#pragma once

/// @file
/// Locates a JSON syntax error for error messages; simdjson, which parses requests, does not report
/// the position.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace threatatlas::events {

/// The offset of the first byte at which `text` stops being a single JSON value in valid UTF-8, or
/// text.size() if it ends too early. Returns nullopt if there is no error. Parses the whole text
/// again, so call it only when a request is refused.
std::optional<std::size_t> find_json_fault(std::string_view text);

/// The location of a byte as "line 3, column 17". Both count from 1; a column is a code point.
std::string line_and_column(std::string_view text, std::size_t byte);

}  // namespace threatatlas::events
