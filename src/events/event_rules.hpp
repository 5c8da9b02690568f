#pragma once

#include <optional>
#include <string>

#include "events/event.hpp"

namespace threatatlas {

// What is wrong with an event by itself, whatever stands before it in the log: an id of 0, a text
// that is too long, a severity that does not follow from its scores. Nothing where it is fine.
// Every event that the server records is; a line from elsewhere may not be.
std::optional<std::string> fault_of(const Event& event);

}  // namespace threatatlas
