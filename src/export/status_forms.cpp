#include "export/status_forms.hpp"

#include <algorithm>

namespace threatatlas::exports {
namespace {

constexpr StatusForm all_forms[]{
    {".sarif", "application/sarif+json", "application/sarif+json", true, true, false,
     status_as_sarif},
    {".junit.xml", "application/junit+xml", "application/junit+xml", false, false, false,
     status_as_junit},
    {".gitlab.json", "application/json", "", true, true, false, status_as_gitlab},
    {".md", "text/markdown; charset=utf-8", "text/markdown", true, false, false,
     status_as_markdown},
    {".txt", "text/plain; charset=utf-8", "text/plain", true, false, false,
     status_as_workflow_commands},
    {"/badge.svg", "image/svg+xml", "", false, false, true, badge_as_svg},
    {"/badge.json", "application/json", "", false, false, true, badge_as_json},
};
constexpr std::size_t badge_form_count = 2;

}  // namespace

std::span<const StatusForm> status_forms() {
    return std::span(all_forms).first(std::size(all_forms) - badge_form_count);
}

std::span<const StatusForm> badge_forms() {
    return std::span(all_forms).last(badge_form_count);
}

const StatusForm* status_form_of_path(std::string_view path) {
    const auto* const found = std::ranges::find_if(
        all_forms, [&](const StatusForm& form) { return path.ends_with(form.suffix); });
    return found == std::ranges::end(all_forms) ? nullptr : found;
}

}  // namespace threatatlas::exports
