#include "export/csv_text.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace threatatlas::exports {
namespace {

using Characters = std::span<const std::string_view>;

// OWASP, "CSV Injection": the four characters and their full-width forms.
constexpr std::array<std::string_view, 8> formula_beginnings{
    "=", "+", "-", "@", "\uFF1D", "\uFF0B", "\uFF0D", "\uFF20"};
// Dangerous only as the first character of a cell, as a spreadsheet may strip them.
constexpr std::array<std::string_view, 3> leading_white_space{"\t", "\r", "\n"};
// Characters at which a reader may split cells or rows.
constexpr std::array<std::string_view, 9> separators{";",  ",",      "|",      "\t",    "\n",
                                                     "\r", "\u0085", "\u2028", "\u2029"};
// Characters that a reader may strip from the beginning of a cell.
constexpr std::array<std::string_view, 8> passed_over{" ",      "\"",     "\u00A0", "\u200B",
                                                      "\u2060", "\u3000", "\uFEFF", "\u202F"};

// Returns the size in bytes of the first character if it is one of `characters`, otherwise 0.
std::size_t leading_bytes(std::string_view text, Characters characters) {
    for (const std::string_view character : characters) {
        if (text.starts_with(character)) {
            return character.size();
        }
    }
    return 0;
}

// Appends the text with guarding apostrophes and with quotation marks doubled.
void append_guarded(std::string& out, std::string_view text) {
    if (leading_bytes(text, leading_white_space) > 0) {
        out += '\'';
    }
    bool begins_cell = true;
    while (!text.empty()) {
        std::size_t bytes = 1;
        if (const auto separator = leading_bytes(text, separators); separator > 0) {
            bytes = separator;
            begins_cell = true;
        } else if (begins_cell) {
            const std::size_t passed = leading_bytes(text, passed_over);
            begins_cell = passed > 0;
            bytes = std::max<std::size_t>(passed, 1);
            if (!begins_cell && leading_bytes(text, formula_beginnings) > 0) {
                out += '\'';
            }
        }
        out += text.front() == '"' ? "\"\"" : text.substr(0, bytes);
        text.remove_prefix(bytes);
    }
}

}  // namespace

void append_csv_cell(std::string& out, std::string_view text) {
    // RFC 4180 requires quotes around commas, quotes and line ends. For the other separators, they
    // keep the cell whole in a spreadsheet that splits at several separators at once.
    const bool is_quoted = text.find_first_of(",;|\t\"\r\n") != std::string_view::npos;
    out += is_quoted ? "\"" : "";
    append_guarded(out, text);
    out += is_quoted ? "\"" : "";
}

}  // namespace threatatlas::exports
