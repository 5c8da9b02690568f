#pragma once

/// @file
/// Events that were planned elsewhere, as the items of a command.

#include <string>
#include <vector>

#include "commands/command.hpp"

namespace threatatlas::commands {

/// One item for each event about threats, mitigations and imports; other events give none. The ids
/// of new objects must be free. `reason` and `on_behalf_of` are those of every item.
std::vector<Item> items_of(std::vector<events::EventData> planned, const std::string& reason,
                           const std::string& on_behalf_of);

}  // namespace threatatlas::commands
