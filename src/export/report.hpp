#pragma once

// The downloads: which forms of a report there are, what they are called, and their bytes.

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "export/report_view.hpp"

namespace threatatlas {

struct ReportForm {
    std::string_view name;          // of the download: /api/products/1/download/report.md
    std::string_view word;          // what the replay tool calls it: --format md
    std::string_view content_type;  // a literal, ended by a zero
    std::string_view suffix;        // of its file
    std::string_view about;         // a sentence
    bool is_binary;                 // not for a terminal
    bool is_bundle;                 // of all others
    std::string (*write)(const ReportView& view);
};

// The name of a report's files within a bundle, without suffix.
inline constexpr std::string_view report_file_stem = "threat-model";

// All of them, in the order in which they are documented.
std::span<const ReportForm> report_forms();
const ReportForm* report_form_called(std::string_view name);
const ReportForm* report_form_for(std::string_view word);

// What a browser lets a page of ours do (Content-Security-Policy): show itself, and nothing more.
std::string report_page_policy();

// What a report's file is called, after the product and the day that it is as of.
struct DownloadName {
    std::string ascii;  // letters, digits, '.', '-' and '_' only
    std::string utf8;   // without anything that a file system or a shell's listing trips over
};
DownloadName download_name(const ReportView& view, const ReportForm& form);

// The name as the field Content-Disposition has it (RFC 6266, RFC 8187).
std::string attachment(const DownloadName& name);

}  // namespace threatatlas
