#include "events/event_log.hpp"

#include <fmt/format.h>

#include "events/store/errors.hpp"
#include "events/store/keys.hpp"

namespace threatatlas::events {

std::optional<std::string> line_at(const store::ReadView& view, Position position) {
    return view.get(store::Table::events, store::be64_key(position));
}

std::optional<Event> event_at(const store::ReadView& view, Position position) {
    const auto line = line_at(view, position);
    if (!line) {
        return std::nullopt;
    }
    LineReader reader;
    try {
        return reader.read_stored(*line);
    } catch (const BadLine& error) {
        throw store::ReadError(fmt::format("the line at position {}: {}", position, error.what()));
    }
}

LogEnd end_of_log(const store::ReadView& view) {
    const Position position = store::last_position(view);
    return position == 0 ? LogEnd{} : LogEnd{position, event_at(view, position)->time};
}

void scan_lines(const store::ReadView& view, Position first,
                const std::function<bool(Position, std::string_view line)>& visit) {
    view.scan(store::Table::events, "", store::be64_key(first),
              [&](std::string_view key, std::string_view line) {
                  return visit(store::read_be64(key), line);
              });
}

std::optional<base::Instant> time_at_position(const store::ReadView& view, Position position) {
    if (position == 0) {
        return base::Instant::min();
    }
    const auto event = event_at(view, position);
    if (!event) {
        return std::nullopt;
    }
    const auto next = event_at(view, position + 1);
    const bool inside_transaction = next && next->time == event->time;
    return inside_transaction ? event->time - std::chrono::microseconds{1} : event->time;
}

std::optional<base::Instant> time_of_transaction_at(const store::ReadView& view,
                                                    Position position) {
    const auto latest = time_at_position(view, position);
    if (!latest || position == 0 || event_at(view, position).value().time == *latest) {
        return latest;
    }
    // Times rise from transaction to transaction. The event before this one is searched for: its
    // position is at least `before` and less than `inside`.
    Position before = 0;
    Position inside = position;
    while (before + 1 < inside) {
        const Position middle = before + (inside - before) / 2;
        (event_at(view, middle).value().time <= *latest ? before : inside) = middle;
    }
    return before == 0 ? base::Instant::min() : event_at(view, before).value().time;
}

}  // namespace threatatlas::events
