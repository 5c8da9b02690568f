#pragma once

#include <optional>
#include <string>

#include "events/event.hpp"
#include "events/limits.hpp"

namespace threatatlas::events {

/// Checks an event in isolation, without regard to the events before it: an id of 0, a text that is
/// too long, a severity that does not match its scores. Returns a description of the first fault,
/// or nullopt if the event is valid. Every event that the server records is valid; a line from
/// another source may not be.
std::optional<std::string> fault_of(const Event& event);

/// The largest id and the latest time that an event may have.
struct Bounds {
    std::uint64_t id_max;
    base::Instant time_max;
};
/// Bounds for every line: commands never record, and readers never accept, an event beyond them.
inline constexpr Bounds line_bounds{limits::id_max, limits::time_max};
/// Bounds for imported lines, stricter so that later events have ids and times left. The server
/// assigns at most one id and one microsecond per event, so a log that continues from these bounds
/// stays within line_bounds. A log imported by an older version may already exceed them.
constexpr Bounds import_bounds(Position position) {
    return {limits::imported_id_max + position,
            limits::imported_time_max + std::chrono::microseconds{position}};
}

/// The part of fault_of() that checks ids and times against `bounds`.
std::optional<std::string> fault_of_bounds(const Event& event, const Bounds& bounds);

}  // namespace threatatlas::events
