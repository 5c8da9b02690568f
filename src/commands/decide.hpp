#pragma once

/// @file
/// Decides a command: the command and the state give events, or a refusal. Pure except for its
/// arguments.

#include "commands/command.hpp"
#include "commands/decision.hpp"
#include "commands/refusal.hpp"
#include "projections/overlay.hpp"

namespace threatatlas::commands {

/// Folds the events of the command into the open transaction of the overlay, so that later items
/// see earlier ones. The caller keeps or drops that transaction. Moves the texts of the items out
/// of the command. Uses the memory of `memory` for the lines; its contents are discarded. Throws
/// Refusal, and StorageError if a row cannot be read.
Decision decide(projections::Overlay& overlay, Command& command, const TransactionContext& context,
                base::Lines memory = {});

}  // namespace threatatlas::commands
