#pragma once

// Severity, likelihood and impact: what results from a change of them (contract, section 1).

#include <string_view>

#include "commands/command.hpp"

namespace threatatlas {

// A change is judged by what results from it. likelihood and impact stand together, and severity
// follows from them; a severity that is given beside them must agree; a severity alone is taken as
// given and clears them. Throws Refusal pointing below `pointer`.
Scoring resolve_scoring(const Scoring& current, const ScoringChange& change,
                        std::string_view pointer);

}  // namespace threatatlas
