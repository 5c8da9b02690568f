#pragma once

/// @file
/// Recorded checks as JSON: the same members in lines of the log and in answers.

#include <vector>

#include "base/json_writer.hpp"
#include "events/check.hpp"

namespace threatatlas::events {

/// Each writes one value.
void write_question(base::JsonWriter& json, const CheckQuestion& question);
void write_conditions(base::JsonWriter& json, const std::vector<CheckedCondition>& conditions);
void write_policies(base::JsonWriter& json, const std::vector<CheckedPolicy>& policies);
void write_subject(base::JsonWriter& json, const CheckSubject& subject);

}  // namespace threatatlas::events
