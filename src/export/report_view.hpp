#pragma once

/// @file
/// The content of a report, independent of the format. All formats take everything they show from
/// here and, except for the CSV, show all of it.

#include <array>
#include <optional>
#include <vector>

#include "projections/query/acceptances.hpp"
#include "projections/query/diff.hpp"
#include "projections/query/report_inputs.hpp"
#include "projections/verdict.hpp"

namespace threatatlas::exports {

/// Stated in every report. Reports with the same version about the same question are identical byte
/// for byte: increment it when the output of any format changes, and regenerate the golden files.
inline constexpr int report_format_version = 6;

inline constexpr std::size_t threat_status_count = 5;

/// A threat with its derived values. Pointers refer to the inputs of the view.
struct ReportThreat {
    ThreatId id = 0;
    const projections::Threat* threat = nullptr;
    query::Covering covered_by;    ///< active mitigations
    query::Covering not_covering;  ///< mitigations that would cover the threat, but are not active
    /// The event that gave the threat its status; null unless it is mitigated, accepted or not
    /// applicable.
    const query::Attribution* decision = nullptr;
    std::vector<AcceptanceId> accepted_by = {};  ///< acceptances in force that apply to it

    bool covered() const { return !covered_by.empty(); }
};

/// One object that was added or removed, or one changed field.
struct ChangeRow {
    query::Attributions::Kind kind = query::Attributions::Kind::product;
    std::uint64_t id = 0;
    std::string_view name;                      ///< name of the object at the end of the period
    std::string_view change;                    ///< "added", "removed" or "changed"
    const query::FieldChange* field = nullptr;  ///< null unless `change` is "changed"
    const query::Attribution* by =
        nullptr;  ///< the newest event that caused the change; null if unknown
};

/// The content of one report. Refers to its inputs.
struct ReportView {
    /// `made_from` must outlive the view.
    explicit ReportView(const query::ReportInputs& made_from) : inputs(made_from) {}
    /// Not copyable: members point to each other.
    ReportView(const ReportView&) = delete;
    ReportView& operator=(const ReportView&) = delete;
    ReportView(ReportView&&) = default;
    ReportView& operator=(ReportView&&) = delete;
    ~ReportView() = default;

    const query::ProductAt& product() const { return inputs.model.product; }
    const projections::Mitigation& mitigation(MitigationId id) const {
        return inputs.model.mitigations.at(id);
    }

    const query::ReportInputs& inputs;
    projections::Thresholds thresholds;  ///< the thresholds of the verdict
    bool thresholds_given = false;
    projections::Verdict verdict;

    /// Threats by severity (last row: unscored) and status. Threats that are not applicable are
    /// counted only in their own column.
    std::array<std::array<std::uint64_t, threat_status_count>, events::severity_count + 1> counts{};
    std::uint64_t covered_threats = 0;  ///< among the counted threats
    query::CoveringIndex inactive;      ///< the mitigations that are not active

    base::Instant changes_since{};
    query::ModelChanges changes;
    /// One row per change, in the order in which the formats show them.
    std::vector<ChangeRow> change_rows;

    /// Ordered by severity (unscored last), then by id. Accepted and not applicable threats are
    /// listed separately, so that they cannot be hidden among the others.
    std::vector<ReportThreat> threats;
    std::vector<ReportThreat> accepted;
    std::vector<ReportThreat> not_applicable;

    /// Acceptances of risks that are in force, requested, suspended or moot, or ended in the period
    /// of the changes, by id.
    std::vector<query::AcceptanceView> acceptances;
};

/// Makes a view. If no threshold is set and no policy applies, the defaults apply: no critical
/// threat, no high or critical threat without an active mitigation, a mitigation ratio of at least
/// 0.7. `inputs` must outlive the view.
ReportView make_report_view(const query::ReportInputs& inputs,
                            const projections::Thresholds& thresholds);

/// Limits for the mitigations or threats named in one cell: their number and, approximately, the
/// total size of their names. A list may be as long as the model, and there may be as many lists.
inline constexpr std::size_t names_max = 50;
inline constexpr std::size_t names_bytes_max = 1'000;

/// Parameters of the estimated size of a format. Reserving that size avoids that the string is in
/// memory twice when it grows.
struct FormSize {
    std::size_t bytes_for_an_object = 0;  ///< not counting its texts
    std::size_t times_each_text = 1;
};
std::size_t report_bytes_estimate(const ReportView& view, const FormSize& size);

/// "product", "threat" or "mitigation".
std::string_view name_of(query::Attributions::Kind kind);

/// "critical" to "low", or "unscored".
std::string_view severity_word(std::optional<events::Severity> severity);
std::string_view severity_word(const projections::Threat& threat);

}  // namespace threatatlas::exports
