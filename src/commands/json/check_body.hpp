#pragma once

/// @file
/// Parses the body of a request to record a check; see command_json.hpp for what it throws.

#include <string_view>

#include "commands/command.hpp"

namespace threatatlas::command_json {

commands::Item parse_record_check(std::string_view body);

}  // namespace threatatlas::command_json
