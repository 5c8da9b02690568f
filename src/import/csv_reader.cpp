#include "import/csv_reader.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "events/json_place.hpp"
#include "import/import_error.hpp"
#include "import/text_file.hpp"

namespace threatatlas::imports {
namespace {

constexpr std::size_t cells_max = 1'000;
// The header is in the first lines.
constexpr std::size_t separator_bytes_looked_at = 4'096;

// The most frequent separator, outside quotation marks, of the first line that has any; a comma if
// none has.
char most_frequent_separator(std::string_view text) {
    constexpr std::string_view separators = ",;\t";
    std::array<std::size_t, separators.size()> counts{};
    bool is_quoted = false;
    for (const char c : text.substr(0, separator_bytes_looked_at)) {
        is_quoted = is_quoted != (c == '"');
        const std::size_t separator = separators.find(c);
        if (!is_quoted && separator != std::string_view::npos) {
            ++counts.at(separator);
        }
        // That line is the header; texts below it have separators of their own.
        if (!is_quoted && c == '\n' && counts != std::array<std::size_t, separators.size()>{}) {
            break;
        }
    }
    const auto most = std::max_element(counts.begin(), counts.end()) - counts.begin();
    return separators[static_cast<std::size_t>(most)];
}

}  // namespace

bool CsvRow::is_blank() const {
    return std::all_of(cells.begin(), cells.end(), [](const std::string& cell) {
        return cell.find_first_not_of(" \t\r\n") == std::string::npos;
    });
}

CsvReader::CsvReader(std::string_view text) : text_(text) {
    constexpr std::string_view declaration = "sep=";
    if (text_.starts_with(declaration) && text_.size() > declaration.size()) {
        separator_ = text_[declaration.size()];
        at_ = declaration.size() + 1;
        if (at_line_end()) {
            take_line_end();
            return;
        }
        at_ = 0;
    }
    separator_ = most_frequent_separator(text_);
}

bool CsvReader::next(CsvRow& row) {
    while (read_row(row)) {
        if (!row.is_blank()) {
            return true;
        }
    }
    return false;
}

bool CsvReader::read_row(CsvRow& row) {
    if (at_ >= text_.size()) {
        return false;
    }
    row.line = line_;
    row.cells.clear();
    while (true) {
        if (row.cells.size() == cells_max) {
            throw ImportError(
                ImportFault::unacceptable,
                fmt::format("Line {} of the CSV has more than {} cells.", row.line, cells_max));
        }
        row.cells.push_back(take_cell());
        if (at_line_end()) {
            take_line_end();
            return true;
        }
        ++at_;  // the separator
    }
}

std::string CsvReader::take_cell() {
    if (at_ < text_.size() && text_[at_] == '"') {
        return take_quoted_cell();
    }
    const std::size_t begin = at_;
    while (!at_line_end() && text_[at_] != separator_) {
        ++at_;
    }
    return std::string(text_.substr(begin, at_ - begin));
}

std::string CsvReader::take_quoted_cell() {
    const std::size_t begin = at_;
    std::string cell;
    ++at_;
    while (true) {
        const std::size_t mark = text_.find('"', at_);
        if (mark == std::string_view::npos) {
            refuse(begin, "the quotation mark that begins here is not closed");
        }
        cell += text_.substr(at_, mark - at_);
        at_ = mark + 1;
        if (at_ == text_.size() || text_[at_] != '"') {
            break;
        }
        cell += '"';
        ++at_;
    }
    if (!at_line_end() && text_[at_] != separator_) {
        refuse(at_, "a cell goes on behind its quotation mark; within a cell it has to be doubled");
    }
    line_ += static_cast<std::size_t>(std::count(cell.begin(), cell.end(), '\n'));
    return cell;
}

bool CsvReader::at_line_end() const {
    return at_ >= text_.size() || text_[at_] == '\n' || text_[at_] == '\r';
}

void CsvReader::take_line_end() {
    at_ += text_.substr(at_).starts_with("\r\n") ? 2 : 1;
    ++line_;
}

void CsvReader::refuse(std::size_t at, std::string_view why) const {
    refuse_syntax(text_, "CSV", events::line_and_column(text_, at), why);
}

}  // namespace threatatlas::imports
