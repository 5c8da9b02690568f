#pragma once

// The contents of a report for people, in their order.

#include "export/document.hpp"
#include "export/report_view.hpp"

namespace threatatlas {

void write_contents(const ReportView& view, Document& document);

// --- Its chapters about single threats and mitigations, in threat_contents.cpp -------------------

void write_threat_chapters(const ReportView& view, Document& document);
void write_mitigation_chapter(const ReportView& view, Document& document);

// "in progress" for "in_progress".
std::string spaced(std::string_view name);
// "2026-03-31"
std::string date_of(Instant instant);
Tone tone_of(const Threat& threat);

}  // namespace threatatlas
