#pragma once

/// @file
/// The history of one threat: its own events, those of mitigations while they covered it, and those
/// of acceptances of its risk.

#include <functional>

#include "events/event_log.hpp"

namespace threatatlas::query {

/// Visits, in order, the lines of all events of the threat, of all mitigations, active or not,
/// whose scope included the threat before or after the event, and of all acceptances that name the
/// threat, including the approval of another one that replaces such an acceptance, until `visit`
/// returns false. Folds the product's own events from the first one, without texts; memory grows
/// with the number of the product's objects. Returns true if the threat was found among the events
/// read.
bool scan_threat_history(const store::ReadView& view, ProductId product, ThreatId threat,
                         const std::function<bool(Position, std::string_view line)>& visit);

}  // namespace threatatlas::query
