#pragma once

/// @file
/// The contents of a report document, chapter by chapter.

#include <array>

#include "export/document.hpp"
#include "export/report_view.hpp"

namespace threatatlas::exports {

/// The chapters in order, for tables of contents.
namespace chapters {
inline constexpr Chapter about{"About this report"};
inline constexpr Chapter verdict{"Verdict"};
inline constexpr Chapter summary{"Summary"};
inline constexpr Chapter changes{"Changes in the last 30 days", Layout::across};
inline constexpr Chapter threats{"Threats", Layout::across};
inline constexpr Chapter accepted{"Accepted threats", Layout::across};
inline constexpr Chapter not_applicable{"Threats not applicable", Layout::across};
inline constexpr Chapter mitigations{"Mitigations", Layout::across};
inline constexpr Chapter course{"Open threats over time"};
inline constexpr std::array all{about,    verdict,        summary,     changes, threats,
                                accepted, not_applicable, mitigations, course};
static_assert(query::report_changes_span == std::chrono::days{30});
}  // namespace chapters

/// Writes the whole report, title included, into `document`.
void write_contents(const ReportView& view, Document& document);

// --- Chapters about single threats and mitigations, in threat_contents.cpp -----------------------

/// Writes the chapters of open and mitigated, accepted, and not applicable threats.
void write_threat_chapters(const ReportView& view, Document& document);
/// Writes the chapter of mitigations.
void write_mitigation_chapter(const ReportView& view, Document& document);

/// Replaces underscores: "in progress" for "in_progress".
std::string spaced(std::string_view name);
/// With thousands separators: "4,975".
std::string grouped(std::size_t count);
/// The day in UTC: "2026-03-31".
std::string date_of(base::Instant instant);
/// Date, actor and the person on whose behalf, one line each.
Words recorded_by(const query::Attribution& attribution);
/// The tone of a threat's severity.
Tone tone_of(const projections::Threat& threat);

}  // namespace threatatlas::exports
