#include "export/csv_text.hpp"

#include "base/csv_guard.hpp"

namespace threatatlas::exports {
namespace {

// Appends the text with guarding apostrophes and with quotation marks doubled.
void append_guarded(std::string& out, std::string_view text) {
    if (base::CsvGuard::guards_beginning(text)) {
        out += '\'';
    }
    base::CsvGuard guard;
    while (!text.empty()) {
        const base::CsvGuard::Step step = guard.next(text);
        if (step.is_guarded) {
            out += '\'';
        }
        out += text.front() == '"' ? "\"\"" : text.substr(0, step.bytes);
        text.remove_prefix(step.bytes);
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
