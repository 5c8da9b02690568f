#pragma once

/// @file
/// Parses the `data` of an event as a client sends it (contract, section 5) into a change.

#include <optional>
#include <string_view>

#include "commands/command.hpp"
#include "commands/json/body_json.hpp"

namespace threatatlas::command_json {

/// An event type that bulk writes accept, in either of its textual forms. Complains about others.
std::optional<events::EventType> read_sendable_type(Member& member);

/// Reads the data of an event of such a type into the item's change and, if the data contains it,
/// the item's time.
void read_event_data(events::EventType type, simdjson::dom::object data, const Place& place,
                     Complaints& complaints, commands::Item& item);

}  // namespace threatatlas::command_json
