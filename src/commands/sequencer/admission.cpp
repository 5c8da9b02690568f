#include "commands/sequencer/admission.hpp"

#include <algorithm>

namespace threatatlas {

bool only_revokes(const Command& command) {
    return std::all_of(command.items.begin(), command.items.end(), [](const Item& item) {
        return std::holds_alternative<RevokeToken>(item.change);
    });
}

Refusal stopping_refusal() {
    return {RefusalKind::busy, "The server is stopping: repeat the request soon."};
}

Refusal doubted_clock_refusal() {
    return {RefusalKind::clock_in_doubt,
            "The server's clock is in doubt, and nothing was recorded. GET /readyz "
            "says why: repeat the request when that is settled. Only tokens can be "
            "revoked meanwhile."};
}

std::optional<Refusal> queue_refusal(QueueRoom room) {
    switch (room) {
        case QueueRoom::free:
            break;
        case QueueRoom::full:
            return Refusal(RefusalKind::busy,
                           "Too many writes are waiting: repeat the request soon.");
        case QueueRoom::owner_full:
            return Refusal(RefusalKind::over_share,
                           "Too many writes of this token are waiting: wait for their answers, "
                           "then repeat the request.");
    }
    return std::nullopt;
}

}  // namespace threatatlas
