#pragma once

/// @file
/// The forms of the gate's answer for other tools: their names, and their bytes. Pure functions:
/// the same view gives the same bytes.

#include <span>
#include <string>
#include <string_view>

#include "export/status_view.hpp"

namespace threatatlas::exports {

/// Part of the ETag of every form: increment it when the output of any form changes.
inline constexpr int status_format_version = 3;

/// One form.
struct StatusForm {
    std::string_view suffix;        ///< of the path: ".sarif", "/badge.svg"
    std::string_view content_type;  ///< a null-terminated literal
    std::string_view media_type;    ///< by which Accept selects the form; empty: it cannot
    bool needs_threats;             ///< otherwise the product's row is enough
    bool takes_model_path;
    bool is_badge;
    std::string (*write)(const StatusView& view);
};

/// The forms of the answer, in documentation order.
std::span<const StatusForm> status_forms();
/// Those of the badge.
std::span<const StatusForm> badge_forms();
/// The form whose suffix ends the path; null if there is none.
const StatusForm* status_form_of_path(std::string_view path);

/// SARIF 2.1.0 (OASIS) as GitHub code scanning reads it: a rule for each category of threats, or
/// each severity of those without one; a result for each threat, and for each condition that failed
/// or warned and is not about single threats. Threats whose status is accepted are suppressed.
/// Those whose risk is accepted, so that they break no condition, are left out, as GitHub shows
/// suppressed results as well.
std::string status_as_sarif(const StatusView& view);
/// JUnit XML: a test case for each condition. Valid for the schemas of Jenkins and Ant; with
/// warnings, which are the output of test cases, for that of Jenkins alone.
std::string status_as_junit(const StatusView& view);
/// A code quality report of GitLab: one entry for each threat that is not settled, and for each
/// condition that failed or warned and is not about single threats.
std::string status_as_gitlab(const StatusView& view);
/// A job summary in GitHub Flavored Markdown. Below 1 MiB, GitHub's limit.
std::string status_as_markdown(const StatusView& view);
/// Workflow commands of GitHub Actions, at most ten of each level, which is what GitHub shows.
std::string status_as_workflow_commands(const StatusView& view);

/// A badge as an SVG picture.
std::string badge_as_svg(const StatusView& view);
/// The same for shields.io (its endpoint schema).
std::string badge_as_json(const StatusView& view);

}  // namespace threatatlas::exports
