#pragma once

/// @file
/// Between a plan and the projections: what a plan starts from, and all events of an import.

#include <string>
#include <string_view>
#include <vector>

#include "import/plan.hpp"
#include "projections/query/import_state.hpp"

namespace threatatlas::imports {

/// The state of a product as an import of `source` sees it. Shares the texts with `state`.
CurrentModel current_model(const query::ImportState& state, std::string_view source);

/// All events of an import: those of the plan, then what the log should remember, in parts of at
/// most events::limits::seen_objects_max objects. Moves both out of the plan. `sha256` is the
/// digest of the file in hexadecimal digits.
std::vector<events::EventData> events_of(ImportPlan& plan, std::string_view source,
                                         std::string_view format, std::string_view sha256);

}  // namespace threatatlas::imports
