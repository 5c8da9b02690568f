#include "base/csv_guard.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace threatatlas::base {
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

}  // namespace

CsvGuard::Step CsvGuard::next(std::string_view rest) {
    if (const std::size_t separator = leading_bytes(rest, separators); separator > 0) {
        begins_cell_ = true;
        return {separator, false};
    }
    if (!begins_cell_) {
        return {1, false};
    }
    const std::size_t passed = leading_bytes(rest, passed_over);
    begins_cell_ = passed > 0;
    return {std::max<std::size_t>(passed, 1),
            !begins_cell_ && leading_bytes(rest, formula_beginnings) > 0};
}

bool CsvGuard::guards_beginning(std::string_view text) {
    return leading_bytes(text, leading_white_space) > 0;
}

std::string without_csv_guards(std::string_view cell) {
    std::string out;
    out.reserve(cell.size());
    if (cell.starts_with('\'') && CsvGuard::guards_beginning(cell.substr(1))) {
        cell.remove_prefix(1);
    }
    CsvGuard guard;
    while (!cell.empty()) {
        if (guard.begins_cell() && cell.front() == '\'' &&
            leading_bytes(cell.substr(1), formula_beginnings) > 0) {
            cell.remove_prefix(1);
        }
        const std::size_t bytes = guard.next(cell).bytes;
        out += cell.substr(0, bytes);
        cell.remove_prefix(bytes);
    }
    return out;
}

}  // namespace threatatlas::base
