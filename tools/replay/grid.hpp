#pragma once

/// Output in the formats of --format. Every answer is first built as JSON, in the server's shape;
/// the other formats are derived from it, column by column.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "replay/output.hpp"

namespace threatatlas::replay {

enum class Format { table, json, csv, ndjson, md, svg };

std::optional<Format> parse_format(std::string_view text);
/// In the order of the enumerators.
std::span<const std::string_view> format_names();

struct GridColumn {
    std::string_view title;
    std::string_view pointer;    ///< into the JSON of a row (RFC 6901)
    bool for_people = true;      ///< true: also in table and md; false: only in csv
    bool right_aligned = false;  ///< for numbers
    bool is_ratio = false;       ///< shown with two decimals, as in JSON
};

/// The text of a cell: empty for null; array members are separated by spaces.
std::string cell_text(const nlohmann::ordered_json& value);

/// Writes rows one by one, in any format except svg.
class GridWriter {
  public:
    /// Table columns are as wide as the first thousand rows need; on a narrower terminal, texts are
    /// cut until a line fits. `output` and `columns` must outlive the writer.
    GridWriter(Output& output, Format format, std::span<const GridColumn> columns);

    /// Adds one row: JSON without line breaks.
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
    // Rows of a table, held until the widths are known.
    std::vector<std::vector<std::string>> held_;
    std::vector<std::size_t> widths_;
    bool is_fitted_ = false;  // on a terminal: cells are cut to their column
};

/// Writes one object: unchanged in json and ndjson, as a header and a row in csv, and with one line
/// per value in table and md.
void write_record(Output& output, Format format, std::span<const GridColumn> columns,
                  std::string_view json);

}  // namespace threatatlas::replay
