#pragma once

// What a report says, before it has a form. Everything that stands in any of the forms is taken
// from here, and what is here stands in all of them.

#include <array>
#include <vector>

#include "projections/query/diff.hpp"
#include "projections/query/report_inputs.hpp"
#include "projections/verdict.hpp"

namespace threatatlas {

// Named in every report. Reports of the same version about the same question are the same bytes:
// whoever changes what a form looks like counts on by one, and makes the golden files anew.
inline constexpr int report_format_version = 3;

inline constexpr std::size_t threat_status_count = 5;

struct ReportThreat {
    ThreatId id = 0;
    const Threat* threat = nullptr;
    Covering covered_by;    // active
    Covering not_covering;  // they reach it, but are not active
    // Who gave it its status; null unless it is mitigated, accepted or not applicable.
    const Attribution* decision = nullptr;

    bool covered() const { return !covered_by.empty(); }
};

// One thing that was added or removed, or one field of it that changed.
struct ChangeRow {
    Attributions::Kind kind = Attributions::Kind::product;
    std::uint64_t id = 0;
    std::string_view name;               // of the object, afterwards
    std::string_view change;             // "added", "removed" or "changed"
    const FieldChange* field = nullptr;  // only of what changed
    const Attribution* by = nullptr;     // the newest event behind it
};

struct ReportView {
    // The inputs are the caller's and outlive the view.
    explicit ReportView(const ReportInputs& made_from) : inputs(made_from) {}
    // Its parts point to each other.
    ReportView(const ReportView&) = delete;
    ReportView& operator=(const ReportView&) = delete;
    ReportView(ReportView&&) = default;
    ReportView& operator=(ReportView&&) = delete;
    ~ReportView() = default;

    const ProductAt& product() const { return inputs.model.product; }
    const Mitigation& mitigation(MitigationId id) const { return inputs.model.mitigations.at(id); }

    const ReportInputs& inputs;
    Thresholds thresholds;  // that the verdict is about
    bool thresholds_given = false;
    Verdict verdict;

    // Threats by severity (the last row: unscored) and status. Those not applicable are counted in
    // their column and nowhere else.
    std::array<std::array<std::uint64_t, threat_status_count>, severity_count + 1> counts{};
    std::uint64_t covered_threats = 0;  // of those that count
    CoveringIndex inactive;             // mitigations that are not active

    Instant changes_since{};
    ModelChanges changes;
    // Every change in a row of its own, in the order in which the forms show them.
    std::vector<ChangeRow> change_rows;

    // By severity, unscored ones last, then by id. Accepted threats, and those that do not apply,
    // stand apart, so that nobody can hide one among the others.
    std::vector<ReportThreat> threats;
    std::vector<ReportThreat> accepted;
    std::vector<ReportThreat> not_applicable;
};

// Where the thresholds ask nothing, the usual ones are taken: no critical threat, no high one
// without an active mitigation, seven tenths mitigated.
ReportView make_report_view(const ReportInputs& inputs, const Thresholds& thresholds);

// Of a list of mitigations or threats, a cell names so many, and no more once the names are so
// long: a list may be as long as the model, and there may be as many lists.
inline constexpr std::size_t names_max = 50;
inline constexpr std::size_t names_bytes_max = 1'000;

// What a form takes, roughly: a string that grows as it goes is in memory twice.
struct FormSize {
    std::size_t bytes_for_an_object = 0;  // beside its texts
    std::size_t times_each_text = 1;
};
std::size_t room_for_report(const ReportView& view, const FormSize& size);

// "product", "threat" or "mitigation".
std::string_view name_of(Attributions::Kind kind);

// "critical" to "low", or "unscored".
std::string_view severity_word(const Threat& threat);

}  // namespace threatatlas
