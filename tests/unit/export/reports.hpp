#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "events/event.hpp"
#include "export/report.hpp"
#include "export/status_view.hpp"
#include "projections/query/policies.hpp"

namespace threatatlas::testing {

/// The events of samples/payments-api.ndjson.
std::vector<events::Event> sample_events();

/// Inputs for a report on a product, collected from the events up to `as_of`; nullopt: up to the
/// newest event. `known`: the collector gets as_of in advance, as in the server.
query::ReportInputs collect(const std::vector<events::Event>& events, ProductId product,
                            std::optional<base::Instant> as_of, bool known);

/// Product 1 of the sample, as of 2026-03-31.
query::ReportInputs sample_inputs();

/// Creates events of product 1. Each is a transaction, one hour after the previous one.
class EventMaker {
  public:
    EventMaker& add(events::EventData data);
    /// Sets the actor, on_behalf_of and reason of the following events.
    EventMaker& by(std::string actor, std::string on_behalf_of, std::string reason);
    /// Requests and approves an acceptance of threats with these severities.
    EventMaker& accept(AcceptanceId id, std::vector<ThreatId> threats,
                       std::vector<std::optional<events::Severity>> severities,
                       std::string_view last_day);
    /// Advances the time.
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

/// Version 3 of a policy, with rules that fail, warn and pass in reports on policy_maker()'s
/// product: also one that other threats than open ones break, and one that days break.
events::Policy web_baseline();
/// Events of a product that has web-baseline and some acceptances, and was reviewed.
EventMaker policy_maker();
/// Applies the policy that the product has, in this version, or another one.
void apply_policy(query::ReportInputs& inputs, const events::Policy& definition,
                  const query::PolicyChoice& choice = {});
/// policy_maker() as of a moment, with web_baseline().
query::ReportInputs policy_inputs(std::string_view as_of = "2026-03-01");

/// Inputs in which `text` is every text of the product, its threats, mitigations and acceptances,
/// and also the actor, on_behalf_of and reason of the events.
query::ReportInputs inputs_full_of(const std::string& text);

/// Texts that a reader could mistake for markup, formulas or structure.
const std::vector<std::string>& hostile_texts();

/// The bytes of a report in this form.
std::string written(const query::ReportInputs& inputs, std::string_view form_word,
                    const projections::Thresholds& thresholds = {});

/// The gate's answer about a model for the forms of other tools.
exports::StatusView status_of(const query::ProductModel& model,
                              const projections::Thresholds& thresholds = {},
                              exports::ModelPath model_path = {});

/// The text that a person or a program reads in the bytes of a report.
std::string readable(const std::string& bytes, std::string_view form_word);

/// SHA-256 in hexadecimal digits.
std::string digest_of(const std::string& bytes);

/// A file of tests/unit/export/golden. With THREATATLAS_WRITE_GOLDEN set, writes it instead.
std::string golden(const std::string& name, const std::string& now);

/// The files of a ZIP archive, in order. Throws std::runtime_error if the archive is malformed or a
/// checksum does not match.
std::vector<std::pair<std::string, std::string>> read_zip(const std::string& bytes);

/// The cells that a spreadsheet reads from CSV split at these separators. Like spreadsheets, it
/// honours quotation marks only at the beginning of a cell.
std::vector<std::string> spreadsheet_cells(std::string_view text, std::string_view separators);

/// Whether a spreadsheet may evaluate the cell as a formula.
bool is_formula(std::string_view cell);

/// Parses strict CSV (RFC 4180) into rows of cells. Throws std::runtime_error if it is malformed.
std::vector<std::vector<std::string>> read_csv(std::string_view text);

}  // namespace threatatlas::testing
