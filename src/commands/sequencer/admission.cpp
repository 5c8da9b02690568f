#include "commands/sequencer/admission.hpp"

#include <algorithm>

namespace threatatlas::sequencer {

bool only_revokes(const commands::Command& command) {
    return std::all_of(command.items.begin(), command.items.end(), [](const commands::Item& item) {
        return std::holds_alternative<commands::RevokeToken>(item.change);
    });
}

commands::Refusal stopping_refusal() {
    return {commands::RefusalKind::busy, "The server is stopping: repeat the request soon."};
}

commands::Refusal doubted_clock_refusal() {
    return {commands::RefusalKind::clock_in_doubt,
            "The server's clock is in doubt, and nothing was recorded. GET /readyz "
            "says why: repeat the request when that is settled. Only tokens can be "
            "revoked meanwhile."};
}

std::optional<commands::Refusal> queue_refusal(base::QueueRoom room) {
    switch (room) {
        case base::QueueRoom::free:
            break;
        case base::QueueRoom::full:
            return commands::Refusal(commands::RefusalKind::busy,
                                     "Too many writes are waiting: repeat the request soon.");
        case base::QueueRoom::owner_full:
            return commands::Refusal(
                commands::RefusalKind::over_share,
                "Too many writes of this token are waiting: wait for their answers, "
                "then repeat the request.");
    }
    return std::nullopt;
}

}  // namespace threatatlas::sequencer
