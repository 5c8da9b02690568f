#pragma once

// The life of one threat: its own events, and those of mitigations while they covered it.

#include <functional>

#include "events/event_log.hpp"

namespace threatatlas {

// Visits, in order, the lines of every event of the threat, and of every mitigation whose scope
// took the threat in before or after the event, active or not. Folds the product's own events from
// the first, without their texts; memory grows with the number of its objects. Until `visit` says
// false. Whether there ever was such a threat (as far as was looked).
bool scan_threat_history(const ReadView& view, ProductId product, ThreatId threat,
                         const std::function<bool(Position, std::string_view line)>& visit);

}  // namespace threatatlas
