#include "import/csv_columns.hpp"

#include <algorithm>
#include <initializer_list>

#include "import/model_builder.hpp"

namespace threatatlas::imports {
namespace {

std::optional<CsvColumn> column_named(std::string_view name) {
    return find_word<CsvColumn>({{"id", CsvColumn::id},
                                 {"name", CsvColumn::name},
                                 {"title", CsvColumn::name},
                                 {"threat", CsvColumn::name},
                                 {"threat name", CsvColumn::name},
                                 {"description", CsvColumn::description},
                                 {"category", CsvColumn::category},
                                 {"diagram", CsvColumn::diagram},
                                 {"element id", CsvColumn::element_id},
                                 {"element name", CsvColumn::element_name},
                                 {"element", CsvColumn::element_name},
                                 {"severity", CsvColumn::severity},
                                 {"likelihood", CsvColumn::likelihood},
                                 {"impact", CsvColumn::impact},
                                 {"status", CsvColumn::status},
                                 {"comments", CsvColumn::comments},
                                 {"external id", CsvColumn::external_id},
                                 {"mitigation", CsvColumn::mitigation},
                                 {"mitigation status", CsvColumn::mitigation_status},
                                 {"covered by", CsvColumn::covered_by},
                                 {"not active", CsvColumn::not_active}},
                                name);
}

bool has_cells(const CsvRow& header, std::initializer_list<std::string_view> names) {
    return std::all_of(names.begin(), names.end(), [&](std::string_view name) {
        return std::any_of(header.cells.begin(), header.cells.end(),
                           [&](const std::string& cell) { return is_same_word(cell, name); });
    });
}

}  // namespace

CsvColumns::CsvColumns(const CsvRow& header)
    : is_own_download_(has_cells(header, {"id", "name", "risk_score", "covered", "covered_by",
                                          "not_active", "status_recorded_at", "status_reason"})) {
    for (std::size_t place = 0; place < header.cells.size(); ++place) {
        if (const auto column = column_named(header.cells[place])) {
            auto& known = places_[static_cast<std::size_t>(*column)];
            known = known ? known : place;
        }
    }
}

bool CsvColumns::describe_threats() const {
    constexpr std::array telling{
        CsvColumn::diagram,    CsvColumn::element_id, CsvColumn::element_name, CsvColumn::severity,
        CsvColumn::likelihood, CsvColumn::impact,     CsvColumn::mitigation};
    return has(CsvColumn::name) && std::any_of(telling.begin(), telling.end(),
                                               [&](CsvColumn column) { return has(column); });
}

}  // namespace threatatlas::imports
