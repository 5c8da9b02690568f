#pragma once

/// @file
/// The log in the store: lines by position.

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "events/event.hpp"
#include "events/event_line.hpp"
#include "events/store/store.hpp"

namespace threatatlas {

// Adds a line to a batch. Positions are the caller's to keep without gaps.
void append_event(rocksdb::WriteBatch& batch, const Store& store, Position position,
                  std::string_view line);

/// The last position of the log and the recording time of its event; both zero if the log is empty.
struct LogEnd {
    Position position = 0;
    Instant time{};
};
LogEnd end_of_log(const ReadView& view);

/// Return nullopt if the position is 0 or beyond the end of the log.
std::optional<std::string> line_at(const ReadView& view, Position position);
std::optional<Event> event_at(const ReadView& view, Position position);

/// Calls `visit` for the lines from `first` on, in order, until it returns false.
void scan_lines(const ReadView& view, Position first,
                const std::function<bool(Position, std::string_view line)>& visit);

/// An instant that is equivalent to a position: `as_of` this instant and `at_position` give the
/// same answers. It is not before the last transaction that ends at or before `position`, and
/// before the next transaction; for position 0, it is before all events. Returns nullopt if the
/// position is beyond the end of the log.
std::optional<Instant> time_at_position(const ReadView& view, Position position);

}  // namespace threatatlas
