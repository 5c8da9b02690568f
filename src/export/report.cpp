#include "export/report.hpp"

#include <algorithm>

#include "export/forms.hpp"

namespace threatatlas {
namespace {

constexpr ReportForm forms[]{
    {"report.md", "md", "text/markdown; charset=utf-8", ".md", false, report_as_markdown},
    {"report", "html", "text/html; charset=utf-8", ".html", false, report_as_html},
    {"threats-mitigations", "csv", "text/csv; charset=utf-8", ".csv", false, report_as_csv},
    {"model.json", "json", "application/json", ".json", false, report_as_json},
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

}  // namespace threatatlas
