#pragma once

// The log in the store: lines by position.

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

// The end of the log; both zero where it is empty.
struct LogEnd {
    Position position = 0;
    Instant time{};
};
LogEnd end_of_log(const ReadView& view);

// Nothing where the position is 0 or beyond the end.
std::optional<std::string> line_at(const ReadView& view, Position position);
std::optional<Event> event_at(const ReadView& view, Position position);

// Lines from a position on, in order, until `visit` says false.
void scan_lines(const ReadView& view, Position first,
                const std::function<bool(Position, std::string_view line)>& visit);

// The time that stands for "after the last transaction that ends at or before `position`": as_of
// that time and at_position give the same answers. Nothing where the position is beyond the end;
// the time before all others for position 0.
std::optional<Instant> time_at_position(const ReadView& view, Position position);

}  // namespace threatatlas
