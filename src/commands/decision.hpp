#pragma once

/// @file
/// The context and the result of deciding a command.

#include <algorithm>
#include <optional>

#include "base/lines.hpp"
#include "base/uuid.hpp"
#include "commands/accepted.hpp"
#include "commands/command_cost.hpp"

namespace threatatlas::commands {

struct TransactionContext {
    Position next_position = 1;
    base::Instant time{};  ///< time of all events of the command; later than every recorded time
    base::RandomSource random;
    /// The current time. It may be earlier than `time` if the clock was set back.
    base::Instant now{};

    /// The instant at which expiry is checked.
    base::Instant judged_at() const { return std::max(time, now); }
    /// Cost of the command; nullopt if it was not estimated.
    std::optional<CommandCost> cost = std::nullopt;
};

struct Decision {
    base::Lines lines;  ///< at the positions next_position, next_position + 1, …
    Accepted accepted;
};

}  // namespace threatatlas::commands
