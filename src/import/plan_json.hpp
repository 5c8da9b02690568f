#pragma once

/// @file
/// A plan as JSON, as the server answers it and the replay tool shows it.

#include <string_view>

#include "base/json_writer.hpp"
#include "import/plan.hpp"

namespace threatatlas::imports {

/// The facts about an import that its plan does not contain. The views must outlive the call.
struct ImportSummary {
    std::string_view format;
    std::string_view source;
    bool dry_run = false;
    const std::vector<ImportWarning>& warnings;
    std::size_t warning_count = 0;
};

/// An answer lists so many objects of each kind; `counts` counts them all.
inline constexpr std::size_t listed_objects_max = 1'000;
/// Longer names are cut in the lists.
inline constexpr std::size_t listed_name_points_max = 120;

/// Writes the members `format`, `source`, `dry_run`, `counts`, `added`, `changed`, `removed`,
/// `missing`, `conflicts` and `warnings` of the open object.
void write_plan(base::JsonWriter& json, const ImportSummary& summary, const ImportPlan& plan);

}  // namespace threatatlas::imports
