#pragma once

/// @file
/// Decides a command: computes its events from the command and the state, or refuses it. Has no
/// effects except on its arguments.

#include "commands/command.hpp"
#include "commands/decision.hpp"
#include "commands/refusal.hpp"
#include "projections/overlay.hpp"

namespace threatatlas::commands {

/// Folds the events of the command into the open transaction of the overlay, so that later items
/// see the effects of earlier ones. The caller keeps or drops that transaction. Moves the texts of
/// the items out of the command. Reuses the memory of `memory` for the lines; its contents are
/// discarded. Throws Refusal, and StorageError if a row cannot be read.
Decision decide(projections::Overlay& overlay, Command& command, const TransactionContext& context,
                base::Lines memory = {});

}  // namespace threatatlas::commands
