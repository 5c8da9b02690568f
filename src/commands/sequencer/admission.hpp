#pragma once

/// @file
/// Refusals of commands before they are queued.

#include <optional>

#include "base/fair_queue.hpp"
#include "commands/command.hpp"
#include "commands/refusal.hpp"

namespace threatatlas::sequencer {

/// Returns true if the command only revokes tokens. Such a command is accepted even while the clock
/// is in doubt.
bool only_revokes(const commands::Command& command);

/// For commands that arrive while the sequencer is stopping.
commands::Refusal stopping_refusal();
/// For commands that do more than revoke tokens while the clock is in doubt.
commands::Refusal doubted_clock_refusal();
/// For a full queue; nullopt if there is room.
std::optional<commands::Refusal> queue_refusal(base::QueueRoom room);

}  // namespace threatatlas::sequencer
