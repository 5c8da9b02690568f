#include "import/text_file.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <simdjson.h>

#include "events/json_place.hpp"
#include "events/text.hpp"
#include "import/import_error.hpp"
#include "import/import_limits.hpp"

namespace threatatlas::imports {
namespace {

using namespace std::string_view_literals;

// Kinds of binary file by their first bytes.
constexpr auto signatures = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"PK\x03\x04"sv,
     "a ZIP archive or an Office document. Unpack it and send the threat model in it"},
    {"PK\x05\x06"sv, "an empty ZIP archive"},
    {"\x1F\x8B"sv, "compressed with gzip. Unpack it first"},
    {"%PDF-"sv, "a PDF document. Send the file that the threat modeling tool saves"},
    {"\x89PNG"sv, "a PNG image. Send the file that the threat modeling tool saves"},
    {"\xFF\xD8\xFF"sv, "a JPEG image. Send the file that the threat modeling tool saves"},
    {"GIF8"sv, "a GIF image. Send the file that the threat modeling tool saves"},
    {"\xD0\xCF\x11\xE0"sv, "an old Office document. Save it as CSV"},
});

// The number of bytes that a code point with this first byte has.
std::size_t point_bytes(char first) {
    const auto byte = static_cast<unsigned char>(first);
    return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

// The offset of the first byte that is not part of a code point.
std::size_t find_foreign_byte(std::string_view text) {
    std::size_t at = 0;
    while (at < text.size()) {
        const std::string_view point = text.substr(at, point_bytes(text[at]));
        if (!simdjson::validate_utf8(point.data(), point.size())) {
            break;
        }
        at += point.size();
    }
    return at;
}

bool is_merge_marker(std::string_view line) {
    if (line.ends_with('\r')) {
        line.remove_suffix(1);
    }
    return line == "=======" || line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> ");
}

}  // namespace

std::string_view readable_text(std::string_view bytes) {
    if (bytes.size() > limits::file_bytes_max) {
        throw ImportError(
            ImportFault::unacceptable,
            fmt::format("The file has {} bytes; at most {} ({} MiB) are read.", bytes.size(),
                        limits::file_bytes_max, limits::file_bytes_max >> 20U));
    }
    for (const auto& [signature, kind] : signatures) {
        if (bytes.starts_with(signature)) {
            throw ImportError(ImportFault::unacceptable, fmt::format("The file is {}.", kind));
        }
    }
    if (const auto encoding = events::foreign_encoding(bytes)) {
        throw ImportError(ImportFault::unacceptable,
                          fmt::format("The file is encoded as {}. Save it as UTF-8.", *encoding));
    }
    const std::string_view text = events::without_byte_order_mark(bytes);
    if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) {
        throw ImportError(ImportFault::unacceptable, "The file is empty.");
    }
    if (!simdjson::validate_utf8(text.data(), text.size())) {
        throw ImportError(
            ImportFault::malformed,
            fmt::format(
                "The file is not encoded as UTF-8: the first byte that does not fit is at {}.",
                events::line_and_column(text, find_foreign_byte(text))));
    }
    if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) {
        throw ImportError(ImportFault::malformed,
                          fmt::format("The file is not text: there is a NUL character at {}.",
                                      events::line_and_column(text, nul)));
    }
    return text;
}

std::optional<std::string> merge_leftover(std::string_view text) {
    std::size_t begin = 0;
    while (begin < text.size()) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        if (is_merge_marker(text.substr(begin, end - begin))) {
            return events::line_and_column(text, begin);
        }
        begin = end + 1;
    }
    return std::nullopt;
}

void refuse_merge_leftover(std::string_view text) {
    if (const auto leftover = merge_leftover(text)) {
        throw ImportError(ImportFault::malformed,
                          fmt::format("The file has an unresolved merge conflict at {}. Resolve it "
                                      "and send the file again.",
                                      *leftover));
    }
}

void refuse_syntax(std::string_view text, std::string_view language, std::string_view place,
                   std::string_view why) {
    refuse_merge_leftover(text);
    constexpr std::size_t why_points_max = 500;
    std::string readable(why);
    if (!simdjson::validate_utf8(readable.data(), readable.size())) {
        std::replace_if(
            readable.begin(), readable.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
    }
    throw ImportError(ImportFault::malformed, fmt::format("The {} is broken at {}: {}.", language,
                                                          place, shown(readable, why_points_max)));
}

std::string shown(std::string_view text, std::size_t points_max) {
    std::string out;
    std::size_t points = 0;
    while (!text.empty()) {
        if (points == points_max) {
            return out += "…";
        }
        const std::string_view point = text.substr(0, point_bytes(text.front()));
        out += events::has_control_character(point) || point == "\n" || point == "\t" ? " " : point;
        text.remove_prefix(point.size());
        ++points;
    }
    return out;
}

}  // namespace threatatlas::imports
