#pragma once

/// @file
/// The outcome of a command.

#include <variant>

#include "commands/accepted.hpp"
#include "commands/refusal.hpp"

namespace threatatlas::commands {

using Outcome = std::variant<Accepted, Refusal>;

}  // namespace threatatlas::commands
