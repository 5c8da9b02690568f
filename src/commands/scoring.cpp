#include "commands/scoring.hpp"

#include <fmt/format.h>

#include "commands/refusal.hpp"

namespace threatatlas::commands {
namespace {

[[noreturn]] void refuse(std::string_view pointer, std::string_view field, std::string detail) {
    throw Refusal(RefusalKind::unacceptable, detail,
                  {{FieldError::Where::pointer, fmt::format("{}/{}", pointer, field), detail}});
}

}  // namespace

events::Scoring resolve_scoring(const events::Scoring& current, const ScoringChange& change,
                                std::string_view pointer) {
    if (change.empty()) {
        return current;
    }
    if (!change.likelihood && !change.impact) {
        return {*change.severity, std::nullopt, std::nullopt};
    }
    events::Scoring result;
    result.likelihood = change.likelihood.value_or(current.likelihood);
    result.impact = change.impact.value_or(current.impact);
    if (result.likelihood.has_value() != result.impact.has_value()) {
        const std::string_view missing = result.likelihood ? "impact" : "likelihood";
        refuse(pointer, missing,
               fmt::format("Give likelihood and impact together: {} is missing.", missing));
    }
    const bool severity_given = change.severity && *change.severity;
    if (result.likelihood) {
        result.severity = events::severity_from(*result.likelihood, *result.impact);
        if (severity_given && *change.severity != result.severity) {
            refuse(
                pointer, "severity",
                fmt::format("A likelihood of {} and an impact of {} give severity {}: leave "
                            "severity out, or send that one.",
                            *result.likelihood, *result.impact, events::name_of(*result.severity)));
        }
    } else if (change.severity) {
        result.severity = *change.severity;
    } else if (!current.likelihood) {
        result.severity = current.severity;  // there was nothing to clear
    }
    return result;
}

}  // namespace threatatlas::commands
