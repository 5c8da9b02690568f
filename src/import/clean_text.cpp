#include "import/clean_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

#include "events/text.hpp"

namespace threatatlas::imports {
namespace {

constexpr std::string_view ellipsis = "…";
constexpr std::string_view white_space = " \t\n\v\f\r";

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// Elements that tools put into titles. Others, such as <script>, are what a threat is about.
constexpr std::array<std::string_view, 27> html_elements{
    "a",  "abbr", "b",  "big",   "br",   "code",   "div", "em",  "font",
    "h1", "h2",   "h3", "h4",    "hr",   "i",      "kbd", "li",  "ol",
    "p",  "pre",  "s",  "small", "span", "strong", "sub", "sup", "u"};

// The bytes of the HTML tag at the beginning of `text`; 0 if there is none.
std::size_t tag_bytes(std::string_view text) {
    constexpr std::size_t tag_bytes_max = 300;
    const std::size_t name_begin = text.starts_with("</") ? 2 : 1;
    std::string name;
    std::size_t at = name_begin;
    while (at < text.size() && (is_letter(text[at]) || is_digit(text[at])) && name.size() < 8) {
        name += to_lower(text[at]);
        ++at;
    }
    if (at == text.size() || (text[at] != '>' && text[at] != '/' && !is_white(text[at])) ||
        std::find(html_elements.begin(), html_elements.end(), name) == html_elements.end()) {
        return 0;
    }
    const std::size_t end = text.substr(0, tag_bytes_max).find_first_of("<>", at);
    return end != std::string_view::npos && text[end] == '>' ? end + 1 : 0;
}

void append_point(std::string& out, std::uint32_t point) {
    const auto append = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
    const auto append_sextet = [&](unsigned shift) { append(0x80U | (point >> shift & 0x3FU)); };
    if (point < 0x80) {
        append(point);
        return;
    }
    if (point < 0x800) {
        append(0xC0U | point >> 6U);
    } else {
        if (point < 0x10000) {
            append(0xE0U | point >> 12U);
        } else {
            append(0xF0U | point >> 18U);
            append_sextet(12);
        }
        append_sextet(6);
    }
    append_sextet(0);
}

// Appends the character of the reference (such as "&lt;" or "&#39;") at the beginning of `text` and
// returns the bytes of the reference; 0 if there is none.
std::size_t take_reference(std::string& out, std::string_view text) {
    constexpr std::size_t reference_bytes_max = 10;
    constexpr auto named = std::to_array<std::pair<std::string_view, std::string_view>>({
        {"&lt;", "<"},
        {"&gt;", ">"},
        {"&amp;", "&"},
        {"&quot;", "\""},
        {"&apos;", "'"},
        {"&nbsp;", " "},
    });
    for (const auto& [reference, character] : named) {
        if (text.starts_with(reference)) {
            out += character;
            return reference.size();
        }
    }
    const std::size_t end = text.substr(0, reference_bytes_max).find(';');
    if (!text.starts_with("&#") || end == std::string_view::npos) {
        return 0;
    }
    const bool is_hexadecimal = text[2] == 'x' || text[2] == 'X';
    const char* const first = text.data() + (is_hexadecimal ? 3 : 2);
    std::uint32_t point = 0;
    const auto [last, error] =
        std::from_chars(first, text.data() + end, point, is_hexadecimal ? 16 : 10);
    const bool is_surrogate = point >= 0xD800 && point < 0xE000;
    if (error != std::errc() || last != text.data() + end || point < 0x20 || is_surrogate ||
        (point >= 0x7F && point < 0xA0) || point > 0x10FFFF) {
        return 0;
    }
    append_point(out, point);
    return end + 1;
}

// The bytes of the first `points` code points.
std::size_t bytes_of_points(std::string_view text, std::size_t points) {
    std::size_t at = 0;
    while (at < text.size()) {
        if ((static_cast<unsigned char>(text[at]) & 0xC0U) != 0x80U) {
            if (points == 0) {
                break;
            }
            --points;
        }
        ++at;
    }
    return at;
}

// The size of a byte of text in a line of the log, where JSON escapes some characters.
std::size_t line_bytes(char c) {
    return c == '"' || c == '\\' || c == '\n' || c == '\t' ? 2 : 1;
}

}  // namespace

bool is_white(char c) {
    return white_space.find(c) != std::string_view::npos;
}

char to_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string_view trimmed(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(white_space);
    return begin == std::string_view::npos
               ? std::string_view()
               : text.substr(begin, text.find_last_not_of(white_space) - begin + 1);
}

std::string without_controls(std::string_view text) {
    std::string lines = events::with_newlines(text);
    if (!events::has_control_character(lines)) {
        return lines;
    }
    std::string out;
    out.reserve(lines.size());
    for (std::size_t i = 0; i < lines.size(); ++i) {
        // U+0080 to U+009F have two bytes.
        const std::size_t bytes = lines[i] == '\xC2' ? 2 : 1;
        const std::string_view point = std::string_view(lines).substr(i, bytes);
        if (!events::has_control_character(point)) {
            out += point;
        }
        i += bytes - 1;
    }
    return out;
}

std::string without_html(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        std::size_t bytes = 0;
        if (text.front() == '<') {
            bytes = tag_bytes(text);
            out += text.starts_with("<br") && bytes > 0 ? " " : "";
        } else if (text.front() == '&') {
            bytes = take_reference(out, text);
        }
        if (bytes == 0) {
            out += text.front();
            bytes = 1;
        }
        text.remove_prefix(bytes);
    }
    return out;
}

std::string on_one_line(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (const char c : trimmed(text)) {
        if (!is_white(c)) {
            out += c;
        } else if (!out.ends_with(' ')) {
            out += ' ';
        }
    }
    return out;
}

bool is_longer(std::string_view text, std::size_t points_max) {
    return text.size() > points_max && events::count_points(text) > points_max;
}

std::string cut_at_word(std::string_view text, std::size_t points_max) {
    std::string_view head = text.substr(0, bytes_of_points(text, points_max - 1));
    const bool ends_word = head.size() < text.size() && is_white(text[head.size()]);
    const std::size_t blank = head.find_last_of(white_space);
    if (!ends_word && blank != std::string_view::npos && blank > head.size() / 2) {
        head = head.substr(0, blank);
    }
    const std::size_t end = head.find_last_not_of(white_space);
    return std::string(head.substr(0, end + 1)) += ellipsis;
}

std::size_t line_bytes(std::string_view text) {
    std::size_t bytes = 0;
    for (const char c : text) {
        bytes += line_bytes(c);
    }
    return bytes;
}

std::size_t points_within(std::string_view text, std::size_t bytes_max) {
    std::size_t bytes = 0;
    std::size_t end = 0;
    while (end < text.size() && bytes + line_bytes(text[end]) <= bytes_max) {
        bytes += line_bytes(text[end]);
        ++end;
    }
    return events::count_points(text.substr(0, end));
}

}  // namespace threatatlas::imports
