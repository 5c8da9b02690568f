#pragma once

// Answers in the forms that --format names. An answer is JSON first, of the shape that the server
// gives; the other forms are made from it, column by column.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "replay/output.hpp"

namespace threatatlas {

enum class Format { table, json, csv, ndjson, md, svg };

std::optional<Format> parse_format(std::string_view text);
// In the order of the enumerators.
std::span<const std::string_view> format_names();

struct GridColumn {
    std::string_view title;
    std::string_view pointer;    // into the JSON of one row (RFC 6901)
    bool for_people = true;      // also in the forms for people, table and md, not only in csv
    bool right_aligned = false;  // numbers
    bool is_ratio = false;       // shown with two decimals, as in JSON
};

// One cell as text: nothing for null, members of a list with spaces between.
std::string cell_text(const nlohmann::ordered_json& value);

// Writes rows as they come, in any form but svg.
class GridWriter {
  public:
    // A table's columns are as wide as its first thousand rows need. On a terminal that is
    // narrower, texts are cut until a line fits. Output and columns are the
    // caller's and outlive the writer.
    GridWriter(Output& output, Format format, std::span<const GridColumn> columns);

    // One row: JSON without a line break.
    void add(std::string_view json);
    void finish();

  private:
    bool is_for_people() const { return format_ == Format::table || format_ == Format::md; }
    void add_cells(const nlohmann::ordered_json& row);
    void write_header();
    void write_line(const std::vector<std::string>& cells);
    void write_table_line(const std::vector<std::string>& cells);
    void release_table();
    void fit_to_terminal();

    Output& output_;
    const Format format_;
    std::vector<GridColumn> columns_;
    std::uint64_t rows_ = 0;
    // Of a table, until its widths are known.
    std::vector<std::vector<std::string>> held_;
    std::vector<std::size_t> widths_;
    bool is_fitted_ = false;  // to a terminal: no cell may be wider than its column
};

// One object: as it is in json and ndjson, a row under its titles in csv, a line for each value in
// the forms for people.
void write_record(Output& output, Format format, std::span<const GridColumn> columns,
                  std::string_view json);

}  // namespace threatatlas
