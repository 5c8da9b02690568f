#include "import/json_file.hpp"

#include <new>

#include <fmt/format.h>

#include "events/json_place.hpp"
#include "import/import_error.hpp"
#include "import/import_limits.hpp"
#include "import/text_file.hpp"

namespace threatatlas::imports {
namespace {

namespace dom = simdjson::dom;

std::string_view why(simdjson::error_code error) {
    switch (error) {
        case simdjson::STRING_ERROR:
        case simdjson::UNESCAPED_CHARS:
            return "a text has an escape that JSON does not know, half of a surrogate pair, or a "
                   "control character that is not escaped";
        case simdjson::UNCLOSED_STRING:
            return "the quotation mark that ends the last text is missing";
        case simdjson::NUMBER_ERROR:
            return "JSON does not know this form of number";
        default:
            return "a comma, colon, bracket or quotation mark is missing, or there is one too many";
    }
}

dom::array no_elements() {
    struct EmptyArray {
        dom::parser parser;
        dom::array elements = parser.parse("[]", 2).get_array().value();
    };
    static EmptyArray empty;
    return empty.elements;
}

}  // namespace

JsonFile::JsonFile(std::string_view bytes) {
    const std::string_view text = readable_text(bytes);
    // The parser refuses the level of its limit. An empty object or array is none.
    auto error = parser_.allocate(text.size(), limits::depth_max + 1);
    if (error == simdjson::SUCCESS) {
        error = parser_.parse(text.data(), text.size()).get(root_);
    }
    switch (error) {
        case simdjson::SUCCESS:
            return;
        case simdjson::MEMALLOC:
            throw std::bad_alloc();
        case simdjson::DEPTH_ERROR:
            throw ImportError(
                ImportFault::unacceptable,
                fmt::format("The objects and arrays of this JSON are nested more than {} deep.",
                            limits::depth_max));
        default:
            break;
    }
    const auto fault = events::find_json_fault(text);
    if (!fault) {
        // Both parsers agree on what JSON is, but not on how large its numbers may be.
        throw ImportError(ImportFault::unacceptable,
                          "The file has a number that is too large for 64 bits.");
    }
    refuse_syntax(text, "JSON", events::line_and_column(text, *fault), why(error));
}

std::optional<JsonValue> member(JsonValue value, std::string_view name) {
    JsonValue found;
    if (value.at_key(name).get(found) != simdjson::SUCCESS) {
        return std::nullopt;
    }
    return found;
}

std::string text(JsonValue value, std::string_view name) {
    const auto found = member(value, name);
    if (!found || found->is_object() || found->is_array() || found->is_null()) {
        return {};
    }
    std::string_view content;
    if (found->get_string().get(content) == simdjson::SUCCESS) {
        return std::string(content);
    }
    return simdjson::minify(*found);
}

dom::array array(JsonValue value) {
    dom::array found;
    return value.get_array().get(found) == simdjson::SUCCESS ? found : no_elements();
}

dom::array array(JsonValue value, std::string_view name) {
    const auto found = member(value, name);
    return found ? array(*found) : no_elements();
}

std::string step(std::string_view path, std::string_view name) {
    std::string out(path);
    out += '/';
    for (const char c : name) {
        if (c == '~') {
            out += "~0";
        } else if (c == '/') {
            out += "~1";
        } else {
            out += c;
        }
    }
    return out;
}

std::string step(std::string_view path, std::size_t index) {
    return fmt::format("{}/{}", path, index);
}

}  // namespace threatatlas::imports
