#pragma once

/// @file
/// The writers of the report formats. Pure functions: the same view gives the same bytes.

#include <string>

#include "export/report_view.hpp"

namespace threatatlas::exports {

std::string report_as_markdown(const ReportView& view);
std::string report_as_html(const ReportView& view);
std::string report_as_docx(const ReportView& view);
std::string report_as_csv(const ReportView& view);
std::string report_as_json(const ReportView& view);
std::string report_as_bundle(const ReportView& view);

}  // namespace threatatlas::exports
