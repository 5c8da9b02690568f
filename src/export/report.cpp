#include "export/report.hpp"

#include <algorithm>

#include "export/forms.hpp"

namespace threatatlas::exports {
namespace {

constexpr ReportForm forms[]{
    {"report.md", "md", "text/markdown; charset=utf-8", ".md",
     "The report in Markdown, for a job summary or a wiki.", false, false, report_as_markdown},
    {"report.docx", "docx",
     "application/vnd.openxmlformats-officedocument.wordprocessingml.document", ".docx",
     "The report as a Word document.", true, false, report_as_docx},
    {"report", "html", "text/html; charset=utf-8", ".html",
     "The report as a self-contained HTML page.", false, false, report_as_html},
    {"threats-mitigations", "csv", "text/csv; charset=utf-8", ".csv",
     "The threats and their mitigations, for a spreadsheet.", false, false, report_as_csv},
    {"model.json", "json", "application/json", ".json",
     "The whole model, for import into other tools.", false, false, report_as_json},
    {"bundle", "zip", "application/zip", ".zip", "All report formats in one archive.", true, true,
     report_as_bundle},
};

}  // namespace

std::span<const ReportForm> report_forms() {
    return forms;
}

const ReportForm* report_form_called(std::string_view name) {
    const auto* const found =
        std::ranges::find_if(forms, [&](const ReportForm& form) { return form.name == name; });
    return found == std::ranges::end(forms) ? nullptr : found;
}

const ReportForm* report_form_for(std::string_view word) {
    const auto* const found =
        std::ranges::find_if(forms, [&](const ReportForm& form) { return form.word == word; });
    return found == std::ranges::end(forms) ? nullptr : found;
}

}  // namespace threatatlas::exports
