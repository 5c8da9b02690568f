#pragma once

/// @file
/// Severity, likelihood and impact, and the result of changing them (contract, section 1).

#include <string_view>

#include "commands/command.hpp"

namespace threatatlas::commands {

/// Returns the scoring after the change. Likelihood and impact are set or cleared together and
/// determine the severity; a severity given with them must agree. A severity given alone clears
/// them. Throws Refusal that points below `pointer` if the result is not valid.
events::Scoring resolve_scoring(const events::Scoring& current, const ScoringChange& change,
                                std::string_view pointer);

}  // namespace threatatlas::commands
