#pragma once

/// @file
/// The refusals of commands that are not queued.

#include <optional>

#include "base/fair_queue.hpp"
#include "commands/command.hpp"
#include "commands/refusal.hpp"

namespace threatatlas::sequencer {

/// Whether the command revokes tokens and does nothing else. Such a command is accepted even while
/// the clock is in doubt.
bool only_revokes(const commands::Command& command);

/// The sequencer is stopping.
commands::Refusal stopping_refusal();
/// The clock is in doubt, and the command does more than revoke tokens.
commands::Refusal doubted_clock_refusal();
/// nullopt if the queue has space.
std::optional<commands::Refusal> queue_refusal(base::QueueRoom room);

}  // namespace threatatlas::sequencer
