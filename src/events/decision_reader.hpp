#pragma once

/// @file
/// Readers of the members of policies and recorded checks in lines of the log. See line_values.hpp.

#include <string_view>

#include <simdjson.h>

#include "events/event.hpp"

namespace threatatlas::events {

/// Reads a member of a definition. Returns false for others.
bool read_policy(Policy& policy, std::string_view key, simdjson::ondemand::value& value);
/// Reads a member of a check that has a structure of its own. Returns false for others.
bool read_check(GateChecked& check, std::string_view key, simdjson::ondemand::value& value);

}  // namespace threatatlas::events
