#pragma once

// The `data` of an event as a client sends it (contract, section 5), and the change that it asks
// for.

#include <optional>
#include <string_view>

#include "commands/command.hpp"
#include "commands/json/body_json.hpp"

namespace threatatlas {

// The event types that may be sent among many facts, as a text in either form. Complains of others.
std::optional<EventType> read_sendable_type(Member& member);

// Reads the data of an event of a sendable type into the item's change and, where the data has it,
// its time.
void read_event_data(EventType type, simdjson::dom::object data, const Place& place,
                     Complaints& complaints, Item& item);

}  // namespace threatatlas
