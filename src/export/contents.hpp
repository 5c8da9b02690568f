#pragma once

/// @file
/// The contents of a report document, chapter by chapter.

#include <array>
#include <vector>

#include "export/document.hpp"
#include "export/report_view.hpp"

namespace threatatlas::exports {

/// The chapters in order, for tables of contents.
namespace chapters {
inline constexpr Chapter about{"About this report"};
inline constexpr Chapter verdict{"Verdict"};
inline constexpr Chapter summary{"Summary"};
inline constexpr Chapter changes{"Changes in the last 30 days", Layout::across};
/// Only in reports on products that had a policy or a review at some time.
inline constexpr Chapter policy{"Policy and reviews", Layout::across};
/// Only in reports on products that had an acceptance at some time.
inline constexpr Chapter acceptances{"Accepted risks", Layout::across};
inline constexpr Chapter threats{"Threats", Layout::across};
inline constexpr Chapter accepted{"Accepted threats", Layout::across};
inline constexpr Chapter not_applicable{"Threats not applicable", Layout::across};
inline constexpr Chapter mitigations{"Mitigations", Layout::across};
inline constexpr Chapter course{"Open threats over time"};
inline constexpr std::array all{about,   verdict,  summary,        changes,     policy, acceptances,
                                threats, accepted, not_applicable, mitigations, course};
static_assert(query::report_changes_span == std::chrono::days{30});
}  // namespace chapters

/// The chapters that a report has, in order.
std::vector<Chapter> chapters_of(const ReportView& view);

/// Writes the whole report, title included, into `document`.
void write_contents(const ReportView& view, Document& document);

// --- The verdict, and the chapter about policies, in verdict_contents.cpp ------------------------

void write_verdict_chapter(const ReportView& view, Document& document);
void write_policy_chapter(const ReportView& view, Document& document);

// --- Chapters about single threats and mitigations, in threat_contents.cpp -----------------------

/// Writes the chapters of open and mitigated, accepted, and not applicable threats.
void write_threat_chapters(const ReportView& view, Document& document);
/// Writes the chapter of mitigations.
void write_mitigation_chapter(const ReportView& view, Document& document);

// --- The chapter about accepted risks, in acceptance_contents.cpp --------------------------------

void write_acceptance_chapter(const ReportView& view, Document& document);
/// "A3 until 2026-12-31", for each acceptance in force that applies to the threat.
Words acceptances_of(const ReportView& view, const ReportThreat& threat);

// --- Shared by the chapters ----------------------------------------------------------------------

/// The anchors of the rows that links point to.
std::string threat_anchor(ThreatId id);
std::string mitigation_anchor(MitigationId id);

/// Replaces underscores: "in progress" for "in_progress".
std::string spaced(std::string_view name);
/// With thousands separators: "4,975".
std::string grouped(std::size_t count);
/// The day in UTC: "2026-03-31".
std::string date_of(base::Instant instant);
/// Date, actor and the person on whose behalf, one line each.
Words recorded_by(const query::Attribution& attribution);
/// "web-baseline, enforced" or "web-baseline, not enforced"
std::string shown_policy(std::string_view name, bool enforced);
/// Reason and note, one line each.
Words reason_of(const query::Attribution& attribution);
/// The tone of a threat's severity.
Tone tone_of(const projections::Threat& threat);

}  // namespace threatatlas::exports
