#include "events/text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include <fmt/format.h>

#include "events/limits.hpp"

namespace threatatlas::events {
namespace {

// True if all eight bytes are printable ASCII, 0x20 to 0x7E.
bool is_plain(std::uint64_t bytes) {
    constexpr std::uint64_t ones = 0x0101010101010101;
    constexpr std::uint64_t highs = 0x8080808080808080;
    // As no high bit is set, the sum of a byte never carries into the next byte.
    const std::uint64_t at_least_space = bytes + ones * (0x80 - 0x20);
    const std::uint64_t at_least_delete = bytes + ones * (0x80 - 0x7F);
    return ((bytes | ~at_least_space | at_least_delete) & highs) == 0;
}

bool starts_point(unsigned char byte) {
    return (byte & 0xC0U) != 0x80U;
}

// The display name of a control character: U+0000 to U+001F and U+007F to U+009F.
std::string control_name(unsigned point) {
    return fmt::format("U+{:04X}{}", point, point == 0 ? " (NUL)" : "");
}

// Skips leading blocks of eight bytes that are printable ASCII. Nearly all texts consist of such
// blocks, and bulk writes check every text.
std::string_view skip_plain_words(std::string_view text) {
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

struct PointRange {
    char32_t first;
    char32_t last;
};

// Unicode 15: White_Space and Default_Ignorable_Code_Point, the interlinear annotation characters
// (U+FFF9 to U+FFFB) and the blank Braille pattern (U+2800). Ascending.
constexpr auto invisible_points = std::to_array<PointRange>({
    {0x09, 0x0D},     {0x20, 0x20},       {0x85, 0x85},       {0xA0, 0xA0},       {0xAD, 0xAD},
    {0x34F, 0x34F},   {0x61C, 0x61C},     {0x115F, 0x1160},   {0x1680, 0x1680},   {0x17B4, 0x17B5},
    {0x180B, 0x180F}, {0x2000, 0x200F},   {0x2028, 0x202F},   {0x205F, 0x206F},   {0x2800, 0x2800},
    {0x3000, 0x3000}, {0x3164, 0x3164},   {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0},
    {0xFFF0, 0xFFFB}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF},
});

// Removes and returns the first code point of a non-empty text in valid UTF-8.
char32_t take_point(std::string_view& text) {
    const auto first = static_cast<unsigned char>(text.front());
    const std::size_t size = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    char32_t point = size == 1 ? first : first & (0x7FU >> size);
    for (std::size_t i = 1; i < size && i < text.size(); ++i) {
        point = point << 6U | (static_cast<unsigned char>(text[i]) & 0x3FU);
    }
    text.remove_prefix(std::min(size, text.size()));
    return point;
}

bool is_invisible(char32_t point) {
    const auto* const range =
        std::lower_bound(invisible_points.begin(), invisible_points.end(), point,
                         [](const PointRange& one, char32_t value) { return one.last < value; });
    return range != invisible_points.end() && range->first <= point;
}

}  // namespace

bool is_blank(std::string_view text) {
    while (!text.empty()) {
        if (!is_invisible(take_point(text))) {
            return false;
        }
    }
    return true;
}

std::size_t count_points(std::string_view text) {
    // Each code point has exactly one byte that is not a continuation byte (10xxxxxx).
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return starts_point(static_cast<unsigned char>(c));
    }));
}

bool has_control_character(std::string_view text) {
    unsigned char before = 0;
    for (const char c : skip_plain_words(text)) {
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

std::string describe_control_character(std::string_view text) {
    std::size_t place = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        place += starts_point(byte) ? 1 : 0;
        const std::size_t bytes = byte == 0xC2 ? 2 : 1;
        if (has_control_character(text.substr(i, bytes))) {
            // The second byte of U+0080 to U+009F equals the code point.
            const auto point = static_cast<unsigned char>(text[i + bytes - 1]);
            return fmt::format("{}, character {} of the text", control_name(point), place);
        }
    }
    return {};
}

std::string with_newlines(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_return = text[i] == '\r';
        out += is_return ? '\n' : text[i];
        if (is_return && text.substr(i + 1).starts_with('\n')) {
            ++i;
        }
    }
    return out;
}

std::string_view without_byte_order_mark(std::string_view bytes) {
    constexpr std::string_view mark = "\uFEFF";
    return bytes.starts_with(mark) ? bytes.substr(mark.size()) : bytes;
}

std::optional<std::string_view> foreign_encoding(std::string_view bytes) {
    using namespace std::string_view_literals;
    constexpr std::string_view utf_16 = "UTF-16";
    constexpr std::string_view utf_32 = "UTF-32";
    if (bytes.starts_with("\xFF\xFE\0\0"sv) || bytes.starts_with("\0\0\xFE\xFF"sv)) {
        return utf_32;
    }
    if (bytes.starts_with("\xFF\xFE"sv) || bytes.starts_with("\xFE\xFF"sv)) {
        return utf_16;
    }
    // JSON begins with ASCII characters (RFC 4627, section 3).
    constexpr std::size_t looked_at = 4;
    if (bytes.size() < looked_at) {
        return std::nullopt;
    }
    unsigned zeros = 0;
    for (std::size_t i = 0; i < looked_at; ++i) {
        zeros = zeros * 2 + (bytes[i] == '\0' ? 1 : 0);
    }
    if (zeros == 0b0111 || zeros == 0b1110) {
        return utf_32;
    }
    if (zeros == 0b0101 || zeros == 0b1010) {
        return utf_16;
    }
    return std::nullopt;
}

std::optional<std::string> raw_control_character(std::string_view bytes) {
    const auto* const found = std::find_if(bytes.begin(), bytes.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 && c != '\n' && c != '\r' && c != '\t';
    });
    if (found == bytes.end()) {
        return std::nullopt;
    }
    return fmt::format("{} at byte {}", control_name(static_cast<unsigned char>(*found)),
                       found - bytes.begin() + 1);
}

std::size_t points_max_of(std::string_view field_name) {
    if (field_name == "name") {
        return limits::name_points_max;
    }
    if (field_name == "description" || field_name == "comments" || field_name == "justification" ||
        field_name == "conditions") {
        return limits::description_points_max;
    }
    return limits::other_text_points_max;
}

}  // namespace threatatlas::events
