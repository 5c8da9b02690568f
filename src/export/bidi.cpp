#include "export/bidi.hpp"

#include <vector>

namespace threatatlas::exports {
namespace {

constexpr std::string_view pop_formatting = "\u202C";
constexpr std::string_view first_strong_isolate = "\u2068";
constexpr std::string_view pop_isolate = "\u2069";
constexpr std::size_t mark_bytes = 3;  // size of each mark in UTF-8

bool is_one_of(std::string_view text, std::size_t at, std::string_view first,
               std::string_view last) {
    const std::string_view mark = text.substr(at, mark_bytes);
    return mark >= first && mark <= last && mark.size() == mark_bytes;
}
bool opens_formatting(std::string_view text, std::size_t at) {
    return is_one_of(text, at, "\u202A", "\u202B") || is_one_of(text, at, "\u202D", "\u202E");
}
bool opens_isolate(std::string_view text, std::size_t at) {
    return is_one_of(text, at, "\u2066", first_strong_isolate);
}

// True if the text contains a letter of a right-to-left script or a directional formatting
// character.
bool has_direction(std::string_view text) {
    for (std::size_t at = 0; at < text.size(); ++at) {
        const auto byte = static_cast<unsigned char>(text[at]);
        if (byte < 0x80) {
            continue;
        }
        const bool is_two_bytes = byte >= 0xD6 && byte <= 0xDF;  // U+0580 to U+07FF
        if (is_two_bytes || is_one_of(text, at, "\u0800", "\u08FF") ||
            is_one_of(text, at, "\u200E", "\u200F") || is_one_of(text, at, "\u202A", "\u202E") ||
            is_one_of(text, at, "\u2066", pop_isolate) || is_one_of(text, at, "\uFB1D", "\uFDFF") ||
            is_one_of(text, at, "\uFE70", "\uFEFC")) {
            return true;
        }
        // U+10800 to U+10FFF, U+1E800 to U+1EFFF.
        const std::string_view four = text.substr(at, 4);
        if ((four >= "\U00010800" && four <= "\U00010FFF") ||
            (four >= "\U0001E800" && four <= "\U0001EFFF")) {
            return true;
        }
    }
    return false;
}

}  // namespace

std::string self_contained(std::string_view text) {
    if (!has_direction(text)) {
        return std::string(text);
    }
    std::string result;
    std::vector<bool> open;  // one per open embedding or isolate: whether it is an isolate
    const auto isolate_is_open = [&] {
        for (const bool is_isolate : open) {
            if (is_isolate) {
                return true;
            }
        }
        return false;
    };
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (opens_formatting(text, at)) {
            open.push_back(false);
        } else if (opens_isolate(text, at)) {
            open.push_back(true);
        } else if (is_one_of(text, at, pop_formatting, pop_formatting)) {
            if (!open.empty() && !open.back()) {
                open.pop_back();
            }
        } else if (is_one_of(text, at, pop_isolate, pop_isolate)) {
            if (!isolate_is_open()) {
                at += mark_bytes - 1;
                continue;
            }
            while (!open.back()) {
                open.pop_back();
            }
            open.pop_back();
        }
        result += text[at];
    }
    for (; !open.empty(); open.pop_back()) {
        result += open.back() ? pop_isolate : pop_formatting;
    }
    return result;
}

std::string isolated(std::string_view text) {
    if (!has_direction(text)) {
        return std::string(text);
    }
    std::string result(first_strong_isolate);
    result += self_contained(text);
    return result += pop_isolate;
}

}  // namespace threatatlas::exports
