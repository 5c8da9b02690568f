#pragma once

/// @file
/// The downloads: the available report formats, their names, and their bytes.

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "export/report_view.hpp"

namespace threatatlas::exports {

/// One report format.
struct ReportForm {
    /// last path segment of the download: /api/products/1/download/report.md
    std::string_view name;
    std::string_view word;          ///< name in the replay tool: --format md
    std::string_view content_type;  ///< a null-terminated literal
    std::string_view suffix;        ///< file name suffix
    std::string_view about;         ///< one sentence
    bool is_binary;                 ///< not suitable for a terminal
    bool is_bundle;                 ///< contains all other formats
    std::string (*write)(const ReportView& view);
};

/// The base name of the report files in a bundle.
inline constexpr std::string_view report_file_stem = "threat-model";

/// All formats, in documentation order.
std::span<const ReportForm> report_forms();
const ReportForm* report_form_called(std::string_view name);
const ReportForm* report_form_for(std::string_view word);

/// The Content-Security-Policy of the HTML report: it may display itself and nothing else.
std::string report_page_policy();

/// The file name of a report, made from the product's name and the day of the reported state.
struct DownloadName {
    std::string ascii;  ///< only letters, digits, '.', '-' and '_'
    std::string utf8;  ///< without characters that cause problems in file systems or shell listings
};
DownloadName download_name(const ReportView& view, const ReportForm& form);

/// Formats the name as the value of Content-Disposition (RFC 6266, RFC 8187).
std::string attachment(const DownloadName& name);

}  // namespace threatatlas::exports
