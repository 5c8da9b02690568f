#include "events/text.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "events/limits.hpp"

namespace threatatlas {
namespace {

// Whether all eight bytes are printable ASCII, 0x20 to 0x7E.
bool is_plain(std::uint64_t bytes) {
    constexpr std::uint64_t ones = 0x0101010101010101;
    constexpr std::uint64_t highs = 0x8080808080808080;
    // With no high bit set, no byte's sum carries into the next one.
    const std::uint64_t at_least_space = bytes + ones * (0x80 - 0x20);
    const std::uint64_t at_least_delete = bytes + ones * (0x80 - 0x7F);
    return ((bytes | ~at_least_space | at_least_delete) & highs) == 0;
}

// The text without as many of its first words of eight bytes as are printable ASCII. Nearly all
// texts are, and bulk writes look at every one.
std::string_view behind_plain_words(std::string_view text) {
    std::uint64_t word = 0;
    while (text.size() >= sizeof word) {
        std::memcpy(&word, text.data(), sizeof word);
        if (!is_plain(word)) {
            break;
        }
        text.remove_prefix(sizeof word);
    }
    return text;
}

}  // namespace

std::size_t count_points(std::string_view text) {
    // Every code point has one byte that is not a continuation byte, 10xxxxxx.
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    }));
}

bool has_control_character(std::string_view text) {
    unsigned char before = 0;
    for (const char c : behind_plain_words(text)) {
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
