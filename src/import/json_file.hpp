#pragma once

/// @file
/// A JSON file read as a whole, and look-ups in it that never throw: files from elsewhere lack
/// members and have others of unexpected types.

#include <optional>
#include <string>
#include <string_view>

#include <simdjson.h>

namespace threatatlas::imports {

using JsonValue = simdjson::dom::element;

class JsonFile {
  public:
    /// Parses a whole file; a byte order mark is skipped. Throws ImportError as readable_text()
    /// does (text_file.hpp), with line and column for a syntax error, and for more than
    /// limits::depth_max levels; leftovers of a merge (`<<<<<<<`) are named as what they are.
    explicit JsonFile(std::string_view bytes);
    JsonFile(const JsonFile&) = delete;
    JsonFile& operator=(const JsonFile&) = delete;

    /// Valid as long as this object, like all views of its texts.
    JsonValue root() const { return root_; }

  private:
    simdjson::dom::parser parser_;
    JsonValue root_;
};

/// The member of an object; nullopt if `value` is no object or lacks it. Of a repeated member the
/// first is taken.
std::optional<JsonValue> member(JsonValue value, std::string_view name);
/// The elements of `value` if it is an array; an empty one otherwise.
simdjson::dom::array array(JsonValue value);
/// The text of a member: of a string as it is, of a number or a boolean as JSON; empty if it is
/// absent, null, an object or an array.
std::string text(JsonValue value, std::string_view name);
/// The elements of a member that is an array; an empty one otherwise.
simdjson::dom::array array(JsonValue value, std::string_view name);

/// `path` with one more step of a JSON pointer (RFC 6901), escaped.
std::string step(std::string_view path, std::string_view name);
std::string step(std::string_view path, std::size_t index);

}  // namespace threatatlas::imports
