#pragma once

/// @file
/// The columns of CSV files that describe threats, found by their names in the header.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "import/csv_reader.hpp"

namespace threatatlas::imports {

enum class CsvColumn : std::uint8_t {
    id,
    name,
    description,
    category,
    diagram,
    element_id,
    element_name,
    severity,
    likelihood,
    impact,
    status,
    comments,
    external_id,
    mitigation,
    mitigation_status,
    covered_by,  ///< the last two only in this program's own download
    not_active,
};
inline constexpr std::size_t csv_column_count = 17;

class CsvColumns {
  public:
    /// Names are compared without regard to case, spaces, hyphens and underscores. Of two columns
    /// of one name the first is taken.
    explicit CsvColumns(const CsvRow& header);

    /// True if the header has the columns of this program's own download: its cells then hold
    /// guarding apostrophes (base/csv_guard.hpp).
    bool is_own_download() const { return is_own_download_; }

    /// True if the header has a name and a column that other lists of things with names do not
    /// have.
    bool describe_threats() const;

    bool has(CsvColumn column) const { return place_of(column).has_value(); }
    /// The cell of a row in this column; empty if there is no such column.
    std::string_view cell(const CsvRow& row, CsvColumn column) const {
        const auto place = place_of(column);
        return place ? row.cell(*place) : std::string_view();
    }

  private:
    std::optional<std::size_t> place_of(CsvColumn column) const {
        return places_[static_cast<std::size_t>(column)];
    }

    std::array<std::optional<std::size_t>, csv_column_count> places_;
    bool is_own_download_ = false;
};

}  // namespace threatatlas::imports
