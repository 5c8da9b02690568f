#pragma once

// The contents of a report for people, in their order.

#include <array>

#include "export/document.hpp"
#include "export/report_view.hpp"

namespace threatatlas {

// The chapters in their order, for those who name them beforehand.
namespace chapters {
inline constexpr Chapter about{"About this report"};
inline constexpr Chapter verdict{"Verdict"};
inline constexpr Chapter summary{"Summary"};
inline constexpr Chapter changes{"What changed in 30 days", Layout::across};
inline constexpr Chapter threats{"Threats", Layout::across};
inline constexpr Chapter accepted{"Accepted threats", Layout::across};
inline constexpr Chapter not_applicable{"Threats that do not apply", Layout::across};
inline constexpr Chapter mitigations{"Mitigations", Layout::across};
inline constexpr Chapter course{"Open threats over time"};
inline constexpr std::array all{about,    verdict,        summary,     changes, threats,
                                accepted, not_applicable, mitigations, course};
static_assert(report_changes_span == std::chrono::days{30});
}  // namespace chapters

void write_contents(const ReportView& view, Document& document);

// --- Its chapters about single threats and mitigations, in threat_contents.cpp -------------------

void write_threat_chapters(const ReportView& view, Document& document);
void write_mitigation_chapter(const ReportView& view, Document& document);

// "in progress" for "in_progress".
std::string spaced(std::string_view name);
// "4,975"
std::string grouped(std::size_t count);
// "2026-03-31"
std::string date_of(Instant instant);
// Day, actor and the person behind the actor, a line each.
Words recorded_by(const Attribution& attribution);
Tone tone_of(const Threat& threat);

}  // namespace threatatlas
