#pragma once

#include <optional>
#include <string>

#include "events/event.hpp"
#include "events/limits.hpp"

namespace threatatlas {

// What is wrong with an event by itself, whatever stands before it in the log: an id of 0, a text
// that is too long, a severity that does not follow from its scores. Nothing where it is fine.
// Every event that the server records is; a line from elsewhere may not be.
std::optional<std::string> fault_of(const Event& event);

// The largest id and the latest time that an event may have.
struct Bounds {
    std::uint64_t id_max;
    Instant time_max;
};
// Of any line: no event is recorded beyond them, whatever asks for it, and no line is read.
inline constexpr Bounds line_bounds{limits::id_max, limits::time_max};
// Of a line that is imported, which leaves enough for the events that follow it. The server draws
// at most one id for each event, and a microsecond: so a log that goes on from these bounds keeps
// within them. One that an older program imported may be beyond.
constexpr Bounds import_bounds(Position position) {
    return {limits::imported_id_max + position,
            limits::imported_time_max + std::chrono::microseconds{position}};
}

// The part of fault_of() that is about ids and times.
std::optional<std::string> fault_of_bounds(const Event& event, const Bounds& bounds);

}  // namespace threatatlas
