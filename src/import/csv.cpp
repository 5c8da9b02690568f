// CSV: one threat a row, columns in any order; and this program's own CSV download.

#include <algorithm>
#include <optional>
#include <unordered_map>

#include <fmt/format.h>

#include "base/csv_guard.hpp"
#include "import/csv_columns.hpp"
#include "import/csv_reader.hpp"
#include "import/formats.hpp"
#include "import/import_error.hpp"
#include "import/own_words.hpp"
#include "import/text_file.hpp"

namespace threatatlas::imports {
namespace {

// A mitigation as our download names it with a threat: "M7 Use TLS (implemented)".
struct NamedMitigation {
    std::string_view id;
    std::string_view name;
    std::string_view status;
};

// Takes the first of the mitigations that "; " separates; nullopt if the text is of another form.
// The name may contain the separator, so the next one must begin like a mitigation.
std::optional<NamedMitigation> take_named_mitigation(std::string_view& rest) {
    constexpr std::string_view separator = "; ";
    const std::size_t blank = rest.find(' ');
    if (!rest.starts_with('M') || blank == std::string_view::npos) {
        return std::nullopt;
    }
    const auto begins_mitigation = [](std::string_view text) {
        const std::size_t digits_end = text.find_first_not_of("0123456789", 1);
        return text.starts_with('M') && digits_end > 1 && digits_end != std::string_view::npos &&
               text[digits_end] == ' ';
    };
    if (!begins_mitigation(rest)) {
        return std::nullopt;
    }
    std::size_t end = rest.find(separator);
    while (end != std::string_view::npos) {
        const std::string_view next = rest.substr(end + separator.size());
        if (rest[end - 1] == ')' && (begins_mitigation(next) || next.starts_with("and "))) {
            break;
        }
        end = rest.find(separator, end + 1);
    }
    const std::string_view whole = rest.substr(0, end);
    const std::size_t status = whole.rfind(" (");
    if (status == std::string_view::npos || status <= blank || !whole.ends_with(')')) {
        return std::nullopt;
    }
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + separator.size());
    return NamedMitigation{whole.substr(1, blank - 1), whole.substr(blank + 1, status - blank - 1),
                           whole.substr(status + 2, whole.size() - status - 3)};
}

class CsvModelReader {
  public:
    explicit CsvModelReader(const CsvColumns& columns)
        : columns_(columns),
          builder_(std::string(name_of(Format::csv)),
                   columns.is_own_download() ? CleanTexts::if_needed : CleanTexts::always) {}

    void add(CsvRow& row) {
        if (columns_.is_own_download()) {
            for (std::string& cell : row.cells) {
                cell = base::without_csv_guards(cell);
            }
        }
        const auto cell = [&](CsvColumn column) { return columns_.cell(row, column); };
        const std::string path = fmt::format("line {}", row.line);
        const ValuesAt at{builder_, path};
        const std::string key = key_of(row);
        const std::size_t threat = builder_.add(
            RawThreat{.key = key,
                      .path = path,
                      .name = cell(CsvColumn::name),
                      .description = cell(CsvColumn::description),
                      .category = cell(CsvColumn::category),
                      .diagram = cell(CsvColumn::diagram),
                      .element_id = cell(CsvColumn::element_id),
                      .element_name = cell(CsvColumn::element_name),
                      .comments = cell(CsvColumn::comments),
                      .scoring = read_scoring(at, cell(CsvColumn::severity),
                                              cell(CsvColumn::likelihood), cell(CsvColumn::impact)),
                      .status = read_threat_status(at, cell(CsvColumn::status)),
                      .is_key_given = true});
        if (columns_.is_own_download()) {
            note_named(path, cell(CsvColumn::covered_by), threat);
            note_named(path, cell(CsvColumn::not_active), threat);
        } else if (const auto mitigation = cell(CsvColumn::mitigation);
                   !ModelBuilder::is_filler(mitigation)) {
            builder_.add(RawMitigation{
                .key = key.empty() ? std::string() : key + " / mitigation",
                .path = path,
                .description = mitigation,
                .status = read_mitigation_status(at, cell(CsvColumn::mitigation_status)),
                .threats = {threat}});
        }
    }

    ImportedModel build() {
        for (RawMitigation& mitigation : named_) {
            mitigation.name = names_.at(mitigation.key);
            builder_.add(mitigation);
        }
        if (columns_.is_own_download()) {
            builder_.warn(
                "line 1",
                "This CSV has of each mitigation the name, the status and the threats that it "
                "covers, and of mitigations that cover nothing, nothing. model.json has "
                "everything.");
        }
        return builder_.build();
    }

  private:
    std::string key_of(const CsvRow& row) const {
        const std::string_view external_id = columns_.cell(row, CsvColumn::external_id);
        const std::string_view id = columns_.cell(row, CsvColumn::id);
        if (!external_id.empty() || id.empty() || !columns_.is_own_download()) {
            return std::string(external_id.empty() ? id : external_id);
        }
        return fmt::format("threat {}", id);
    }

    // Notes the mitigations that a cell of our download names.
    void note_named(const std::string& path, std::string_view cell, std::size_t threat) {
        while (!cell.empty()) {
            const auto mitigation = take_named_mitigation(cell);
            if (!mitigation) {
                builder_.warn(
                    path, fmt::format("Mitigations are not all named here: \"{}\".", shown(cell)));
                return;
            }
            std::string key = fmt::format("mitigation {}", mitigation->id);
            const auto [known, is_new] = named_places_.try_emplace(key, named_.size());
            if (is_new) {
                names_.try_emplace(key, mitigation->name);
                named_.push_back(RawMitigation{
                    .key = std::move(key),
                    .path = path,
                    .status = read_mitigation_status({builder_, path}, mitigation->status)});
            }
            named_[known->second].threats.push_back(threat);
        }
    }

    const CsvColumns& columns_;
    ModelBuilder builder_;
    std::vector<RawMitigation> named_;  ///< without their names, which names_ keeps
    std::unordered_map<std::string, std::size_t> named_places_;
    std::unordered_map<std::string, std::string> names_;
};

}  // namespace

ImportedModel read_csv(std::string_view bytes) {
    CsvReader rows(readable_text(bytes));
    CsvRow row;
    rows.next(row);
    const CsvColumns columns(row);
    if (!columns.has(CsvColumn::name)) {
        throw ImportError(
            ImportFault::unacceptable,
            fmt::format(
                "The first line of the CSV names no column \"name\" (or title, or threat). "
                "Columns are: name, description, category, diagram, element_id, element_name, "
                "severity, likelihood, impact, status, comments, external_id, id, mitigation, "
                "mitigation_status; the first line is \"{}\".",
                shown(fmt::format("{}", fmt::join(row.cells, ", ")))));
    }
    CsvModelReader reader(columns);
    while (rows.next(row)) {
        reader.add(row);
    }
    return reader.build();
}

}  // namespace threatatlas::imports
