#pragma once

/// @file
/// What readers of several JSON formats do alike.

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

#include "events/text.hpp"
#include "import/json_file.hpp"
#include "import/model_builder.hpp"

namespace threatatlas::imports {

/// The value of a member whose words the format defines. `safe` is the value of a member that is
/// absent or empty, and, with a warning, of any other word.
template <class Value>
Value read_word(ModelBuilder& builder, JsonValue object, std::string_view path,
                std::string_view name, std::initializer_list<Word<Value>> words, Value safe,
                std::string_view safe_name) {
    const std::string word = text(object, name);
    if (word.empty()) {
        return safe;
    }
    if (const auto value = find_word(words, word)) {
        return *value;
    }
    builder.warn_unknown(step(path, name), name, word, safe_name);
    return safe;
}

/// Calls `read(element, path)` for each object in the member `name`, if that is an array. Other
/// elements are left out with a warning. `path` is that of `object`.
template <class Read>
void read_objects(ModelBuilder& builder, JsonValue object, std::string_view path,
                  std::string_view name, const Read& read) {
    const std::string list_path = step(path, name);
    std::size_t index = 0;
    for (const JsonValue element : array(object, name)) {
        const std::string element_path = step(list_path, index++);
        if (element.is_object()) {
            read(element, element_path);
        } else {
            builder.warn(element_path, "This is not an object; it is left out.");
        }
    }
}

/// Calls `read(text, path)` for each text in the member `name`, if that is an array. Blank texts
/// and other elements are skipped.
template <class Read>
void read_texts(JsonValue object, std::string_view path, std::string_view name, const Read& read) {
    const std::string list_path = step(path, name);
    std::size_t index = 0;
    for (const JsonValue element : array(object, name)) {
        const std::string element_path = step(list_path, index++);
        std::string_view text;
        if (element.get(text) == simdjson::SUCCESS && !events::is_blank(text)) {
            read(text, element_path);
        }
    }
}

/// The texts in a member that is an array of texts, separated by ", ".
std::string joined_texts(JsonValue object, std::string_view name);

/// Appends a line "label: text"; nothing if the text is blank.
void append_line(std::string& out, std::string_view label, std::string_view text);

/// A text or an id that many objects of a file share, such as the title of a diagram, made short
/// enough to be copied into each: otherwise a file with one long title and many threats would cost
/// time that grows with the square of its size. A text that is cut ends in "…" and is still too
/// long for a short field, so ModelBuilder warns. An id that is too long becomes a digest.
std::string shared_text(std::string text);
std::string shared_id(std::string id);

/// True if `object` has the member and it is an object or an array, respectively.
bool has_object(JsonValue object, std::string_view name);
bool has_array(JsonValue object, std::string_view name);

}  // namespace threatatlas::imports
