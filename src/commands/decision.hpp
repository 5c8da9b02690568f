#pragma once

/// @file
/// What deciding a command needs besides the state, and what it gives.

#include <algorithm>
#include <optional>

#include "base/lines.hpp"
#include "base/uuid.hpp"
#include "commands/accepted.hpp"
#include "commands/command_cost.hpp"

namespace threatatlas::commands {

struct TransactionContext {
    Position next_position = 1;
    base::Instant time{};  ///< of all events of the command; later than every recorded time
    base::RandomSource random;
    /// The clock. It can be behind `time` if it was set back.
    base::Instant now{};

    /// Whether something has expired is decided for this instant.
    base::Instant judged_at() const { return std::max(time, now); }
    /// Of the command; nullopt if it is not known yet.
    std::optional<CommandCost> cost = std::nullopt;
};

struct Decision {
    base::Lines lines;  ///< at the positions next_position, next_position + 1, …
    Accepted accepted;
};

}  // namespace threatatlas::commands
