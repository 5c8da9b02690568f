#pragma once

/// @file
/// The refusals of commands that are not queued.

#include <optional>

#include "base/fair_queue.hpp"
#include "commands/command.hpp"
#include "commands/refusal.hpp"

namespace threatatlas {

/// Whether the command revokes tokens and does nothing else. Such a command is accepted even while
/// the clock is in doubt.
bool only_revokes(const Command& command);

/// The sequencer is stopping.
Refusal stopping_refusal();
/// The clock is in doubt, and the command does more than revoke tokens.
Refusal doubted_clock_refusal();
/// nullopt if the queue has space.
std::optional<Refusal> queue_refusal(QueueRoom room);

}  // namespace threatatlas
