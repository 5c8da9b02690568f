#pragma once

/// Reads the log in the store: lines by position. LogAppend (store/group_changes.hpp) appends to
/// it.

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "events/event.hpp"
#include "events/event_line.hpp"
#include "events/store/read_view.hpp"

namespace threatatlas::events {

/// The end of the log; both zero if it is empty.
struct LogEnd {
    Position position = 0;
    base::Instant time{};
};
LogEnd end_of_log(const store::ReadView& view);

/// Return nullopt if the position is 0 or beyond the end. Throw ReadError.
std::optional<std::string> line_at(const store::ReadView& view, Position position);
std::optional<Event> event_at(const store::ReadView& view, Position position);

/// Visits lines from a position on, in order, until `visit` returns false. Throws ReadError.
void scan_lines(const store::ReadView& view, Position first,
                const std::function<bool(Position, std::string_view line)>& visit);

/// A time not before the last transaction that ends at or before `position` and before any later
/// one: as_of with this time gives the same answers as at_position. nullopt if the position is
/// beyond the end; Instant::min() for position 0. Throws ReadError.
std::optional<base::Instant> time_at_position(const store::ReadView& view, Position position);

/// The recording time of the last transaction that ends at or before `position`. nullopt if the
/// position is beyond the end; Instant::min() if no transaction has ended by then. Costs a few more
/// reads than time_at_position() if the position is inside a transaction. Throws ReadError.
std::optional<base::Instant> time_of_transaction_at(const store::ReadView& view, Position position);

}  // namespace threatatlas::events
