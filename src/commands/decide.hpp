#pragma once

// Deciding what may happen: a command against the state gives events, or a refusal. Pure but for
// its arguments.

#include <algorithm>
#include <functional>

#include "base/lines.hpp"
#include "base/uuid.hpp"
#include "commands/command.hpp"
#include "commands/command_cost.hpp"
#include "commands/refusal.hpp"
#include "projections/overlay.hpp"

namespace threatatlas {

// What a transaction is given.
struct TransactionContext {
    Position next_position = 1;
    Instant time{};  // later than every recorded one
    RandomSource random;
    // What expires is judged by it, or by `time` if that is later: the clock may have gone back.
    Instant now{};

    Instant judged_at() const { return std::max(time, now); }
    // Of the command, if it is known already.
    std::optional<CommandCost> cost = std::nullopt;
};

struct Decision {
    Lines lines;  // of positions next_position, next_position + 1, …
    Accepted accepted;
};

// Folds the command's events into the overlay's open transaction as it goes, so that later items
// see earlier ones, and leaves keeping or dropping it to the caller. Throws Refusal. The texts of
// the command's items move into the overlay. `room` is used for the lines; what it held is let go.
Decision decide(Overlay& overlay, Command& command, const TransactionContext& context,
                Lines room = {});

}  // namespace threatatlas
