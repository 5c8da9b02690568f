#include "events/text.hpp"

#include <algorithm>

#include "events/limits.hpp"

namespace threatatlas {

std::size_t count_points(std::string_view text) {
    // Every code point has one byte that is not a continuation byte, 10xxxxxx.
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    }));
}

bool has_control_character(std::string_view text) {
    unsigned char before = 0;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7F) {
            return true;
        }
        // U+0080 to U+009F are C2 80 to C2 9F.
        if (before == 0xC2 && byte < 0xA0) {
            return true;
        }
        before = byte;
    }
    return false;
}

std::size_t points_max_of(std::string_view field_name) {
    if (field_name == "name") {
        return limits::name_points_max;
    }
    if (field_name == "description" || field_name == "comments") {
        return limits::description_points_max;
    }
    return limits::other_text_points_max;
}

}  // namespace threatatlas
