#pragma once

/// @file
/// Parses the bodies of requests about policies; see command_json.hpp for what every function
/// throws.

#include <string>
#include <string_view>

#include "commands/command.hpp"

namespace threatatlas::command_json {

/// `name` is one that fault_of_policy_name() accepts.
commands::Item parse_define_policy(std::string_view body, std::string name);
commands::Item parse_assign_policy(std::string_view body);
/// The body may be empty.
commands::Item parse_review(std::string_view body);

}  // namespace threatatlas::command_json
