#pragma once

/// @file
/// Reads the member `data` of a line of the log. See line_values.hpp.

#include <simdjson.h>

#include "events/event_line.hpp"

namespace threatatlas::events {

/// Reads all members into `event`, whose data has the right alternative already.
void read_data(Event& event, simdjson::ondemand::object object, Members members);

}  // namespace threatatlas::events
