#pragma once

/// @file
/// Policies as JSON: the same members in lines of the log and in answers.

#include "base/json_writer.hpp"
#include "events/policy.hpp"

namespace threatatlas::events {

/// Writes the members of a definition without its texts: `rules`, `acceptances` and, if they
/// are given, `effective_from` and `baseline`.
void write_policy_members(base::JsonWriter& json, const Policy& policy);

}  // namespace threatatlas::events
