#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "events/event.hpp"
#include "export/report.hpp"

namespace threatatlas::testing {

/// The events of samples/payments-api.ndjson.
std::vector<events::Event> sample_events();

/// Inputs for a report on a product, out of the events that are not later than `as_of`; nothing =
/// as of the newest one. `known`: the collector is told of as_of beforehand, as the server does.
query::ReportInputs collect(const std::vector<events::Event>& events, ProductId product,
                            std::optional<base::Instant> as_of, bool known);

/// The sample's product, as of 2026-03-31.
query::ReportInputs sample_inputs();

/// Makes the events of one product: number 1, each a transaction and an hour after the one before.
class EventMaker {
  public:
    EventMaker& add(events::EventData data);
    /// Who records the events that follow, for whom and why.
    EventMaker& by(std::string actor, std::string on_behalf_of, std::string reason);
    /// Lets time pass.
    EventMaker& wait(std::chrono::hours hours) {
        time_ += hours;
        return *this;
    }
    const std::vector<events::Event>& events() const { return events_; }

  private:
    std::vector<events::Event> events_;
    std::string actor_ = "editor#2";
    std::string on_behalf_of_;
    std::string reason_;
    base::Instant time_ = *base::parse_instant("2026-01-05T08:00:00Z");
};

/// Every text of the product, its threats and its mitigations is this one, and so is who recorded
/// them, for whom and why.
query::ReportInputs inputs_full_of(const std::string& text);

/// Texts that try to be more than text.
const std::vector<std::string>& hostile_texts();

/// A form's bytes.
std::string written(const query::ReportInputs& inputs, std::string_view form_word,
                    const projections::Thresholds& thresholds = {});

/// What a person or a program reads in a form's bytes.
std::string readable(const std::string& bytes, std::string_view form_word);

/// SHA-256 in hexadecimal digits.
std::string digest_of(const std::string& bytes);

/// A file of tests/unit/export/golden. With THREATATLAS_WRITE_GOLDEN set, writes it instead.
std::string golden(const std::string& name, const std::string& now);

/// The files of a ZIP archive, in their order. Throws std::runtime_error where it is none, or one
/// of its files is not what its checksum says.
std::vector<std::pair<std::string, std::string>> read_zip(const std::string& bytes);

/// The cells that a spreadsheet makes of CSV if it cuts it at these separators. As spreadsheets do,
/// it takes quotation marks seriously only at the beginning of a cell.
std::vector<std::string> spreadsheet_cells(std::string_view text, std::string_view separators);

/// Whether a spreadsheet may take the cell for a formula.
bool is_formula(std::string_view cell);

/// Strict CSV (RFC 4180): rows of cells. Throws std::runtime_error where it is not.
std::vector<std::vector<std::string>> read_csv(std::string_view text);

}  // namespace threatatlas::testing
