#pragma once

/// @file
/// Severity, likelihood and impact, and the result of a change of them (contract, section 1).

#include <string_view>

#include "commands/command.hpp"

namespace threatatlas::commands {

/// The scoring after the change. likelihood and impact are set or cleared together, and determine
/// the severity; a severity that is given with them must agree. A severity that is given alone
/// clears them. Throws Refusal that points below `pointer` if the result is not valid.
events::Scoring resolve_scoring(const events::Scoring& current, const ScoringChange& change,
                                std::string_view pointer);

}  // namespace threatatlas::commands
