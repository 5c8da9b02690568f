#include "replay/grid.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "export/csv_text.hpp"
#include "replay/shown_text.hpp"

namespace threatatlas::replay {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 6> names_of_formats{"table",  "json", "csv",
                                                           "ndjson", "md",   "svg"};
constexpr std::size_t table_rows_held = 1'000;
// Wider texts are cut in tables; the other formats contain them in full.
constexpr std::size_t table_cell_width_max = 60;
// Minimum width of a text column on a narrow terminal, so that something of it stays legible.
constexpr std::size_t table_column_width_min = 6;
constexpr std::string_view table_gap = "  ";

// Replaces line breaks and tabs, which would break a table row.
std::string on_one_line(std::string_view text) {
    std::string line(text);
    std::replace_if(
        line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
    return line;
}

std::string csv_cell(std::string_view text) {
    std::string cell;
    exports::append_csv_cell(cell, text);
    return cell;
}

std::string md_cell(std::string_view text) {
    std::string escaped;
    for (const char c : on_one_line(text)) {
        if (c == '|' || c == '\\' || c == '<' || c == '`' || c == '*' || c == '_') {
            escaped += '\\';
        }
        escaped += c;
    }
    return escaped;
}

Json member(const Json& row, std::string_view pointer) {
    const Json::json_pointer path{std::string(pointer)};
    return row.contains(path) ? row.at(path) : Json();
}

std::string cell_of(const Json& row, const GridColumn& column) {
    const Json value = member(row, column.pointer);
    return column.is_ratio && value.is_number() ? fmt::format("{:.2f}", value.get<double>())
                                                : cell_text(value);
}

std::vector<GridColumn> columns_for(Format format, std::span<const GridColumn> columns) {
    std::vector<GridColumn> chosen;
    std::copy_if(
        columns.begin(), columns.end(), std::back_inserter(chosen),
        [&](const GridColumn& column) { return format == Format::csv || column.for_people; });
    return chosen;
}

std::string joined(const std::vector<std::string>& cells, std::string_view separator) {
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        line += i == 0 ? "" : separator;
        line += cells[i];
    }
    return line;
}

}  // namespace

std::optional<Format> parse_format(std::string_view text) {
    const auto names = format_names();
    const auto found = std::find(names.begin(), names.end(), text);
    return found == names.end() ? std::nullopt
                                : std::optional(static_cast<Format>(found - names.begin()));
}

std::span<const std::string_view> format_names() {
    return names_of_formats;
}

std::string cell_text(const Json& value) {
    if (value.is_null()) {
        return {};
    }
    if (value.is_string()) {
        return value.get<std::string>();
    }
    if (value.is_array()) {
        std::string text;
        for (const Json& one : value) {
            text += text.empty() ? "" : " ";
            text += cell_text(one);
        }
        return text;
    }
    return value.dump();
}

GridWriter::GridWriter(Output& output, Format format, std::span<const GridColumn> columns)
    : output_(output), format_(format), columns_(columns_for(format, columns)) {
    if (format_ == Format::csv || format_ == Format::md) {
        write_header();
    }
}

void GridWriter::write_header() {
    std::vector<std::string> titles;
    std::vector<std::string> rules;
    for (const GridColumn& column : columns_) {
        titles.emplace_back(column.title);
        rules.emplace_back(column.right_aligned ? "---:" : "---");
    }
    write_line(titles);
    if (format_ == Format::md) {
        output_.write(fmt::format("| {} |\n", joined(rules, " | ")));
    }
}

void GridWriter::add(std::string_view json) {
    ++rows_;
    switch (format_) {
        case Format::json:
            output_.write(rows_ == 1 ? "[" : ",");
            output_.write(json);
            break;
        case Format::ndjson:
            output_.write(json);
            output_.write("\n");
            break;
        default:
            add_cells(Json::parse(json));
    }
}

void GridWriter::add_cells(const Json& row) {
    std::vector<std::string> cells;
    for (const GridColumn& column : columns_) {
        cells.push_back(cell_of(row, column));
    }
    if (format_ != Format::table) {
        write_line(cells);
        return;
    }
    for (std::string& cell : cells) {
        cell = clipped(on_one_line(cell), table_cell_width_max);
    }
    if (!widths_.empty()) {
        write_table_line(cells);
        return;
    }
    held_.push_back(std::move(cells));
    if (held_.size() == table_rows_held) {
        release_table();
    }
}

void GridWriter::write_line(const std::vector<std::string>& cells) {
    std::vector<std::string> escaped;
    escaped.reserve(cells.size());
    for (const std::string& cell : cells) {
        escaped.push_back(format_ == Format::csv ? csv_cell(cell) : md_cell(cell));
    }
    output_.write(format_ == Format::csv ? joined(escaped, ",") + "\n"
                                         : fmt::format("| {} |\n", joined(escaped, " | ")));
}

// Sets the widths from the held rows and the terminal, and writes the rows.
void GridWriter::release_table() {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        std::size_t width = shown_width(columns_[i].title);
        for (const auto& cells : held_) {
            width = std::max(width, shown_width(cells[i]));
        }
        widths_.push_back(width);
    }
    fit_to_terminal();
    std::vector<std::string> titles;
    std::vector<std::string> rules;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        titles.emplace_back(columns_[i].title);
        rules.emplace_back(widths_[i], '-');
    }
    write_table_line(titles);
    write_table_line(rules);
    for (const auto& cells : held_) {
        write_table_line(cells);
    }
    held_.clear();
}

// Narrows the widest text column repeatedly until a line fits or none can be narrowed. Numbers are
// never cut.
void GridWriter::fit_to_terminal() {
    const auto terminal = output_.terminal_width();
    if (!terminal) {
        return;
    }
    is_fitted_ = true;
    std::size_t line = table_gap.size() * (widths_.size() - 1);
    for (const std::size_t width : widths_) {
        line += width;
    }
    for (; line > *terminal; --line) {
        std::size_t* widest = nullptr;
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            if (!columns_[i].right_aligned && widths_[i] > table_column_width_min &&
                (widest == nullptr || widths_[i] > *widest)) {
                widest = &widths_[i];
            }
        }
        if (widest == nullptr) {
            return;
        }
        --*widest;
    }
}

void GridWriter::write_table_line(const std::vector<std::string>& cells) {
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        const bool may_be_cut = is_fitted_ && !columns_[i].right_aligned;
        const std::string cell = may_be_cut ? clipped(cells[i], widths_[i]) : cells[i];
        const std::size_t width = shown_width(cell);
        const std::string padding(width < widths_[i] ? widths_[i] - width : 0, ' ');
        line += i == 0 ? "" : table_gap;
        line += columns_[i].right_aligned ? padding + cell : cell + padding;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    output_.write(line + "\n");
}

void GridWriter::finish() {
    if (format_ == Format::json) {
        output_.write(rows_ == 0 ? "[]\n" : "]\n");
    }
    if (format_ == Format::table && widths_.empty()) {
        release_table();
    }
}

void write_record(Output& output, Format format, std::span<const GridColumn> columns,
                  std::string_view json) {
    if (format == Format::json || format == Format::ndjson) {
        output.write(json);
        output.write("\n");
        return;
    }
    if (format == Format::csv) {
        GridWriter writer(output, format, columns);
        writer.add(json);
        writer.finish();
        return;
    }
    constexpr std::array<GridColumn, 2> pairs{
        {{.title = "field", .pointer = "/0"}, {.title = "value", .pointer = "/1"}}};
    const Json record = Json::parse(json);
    GridWriter writer(output, format, pairs);
    for (const GridColumn& column : columns_for(format, columns)) {
        writer.add(Json::array({column.title, cell_of(record, column)}).dump());
    }
    writer.finish();
}

}  // namespace threatatlas::replay
