#include "http/api/event_cursor.hpp"

#include <charconv>

#include <fmt/format.h>

#include "base/uuid.hpp"

namespace threatatlas::api {
namespace {

constexpr std::string_view parameter = "after";

struct Cursor {
    Position position = 0;
    std::optional<std::string> event;  // the digits after the dash
};

std::optional<Cursor> parse_cursor(std::string_view text) {
    const std::string_view digits = text.substr(0, text.find('-'));
    Cursor cursor;
    const char* const end = digits.data() + digits.size();
    const auto [stopped, error] = std::from_chars(digits.data(), end, cursor.position);
    if (error != std::errc{} || stopped != end) {
        return std::nullopt;
    }
    if (digits.size() < text.size()) {
        constexpr std::size_t event_digits = 16;
        cursor.event = text.substr(digits.size() + 1);
        if (cursor.event->size() != event_digits ||
            cursor.event->find_first_not_of("0123456789abcdef") != std::string::npos) {
            return std::nullopt;
        }
    }
    return cursor;
}

std::string event_part(const store::ReadView& view, events::LogEpoch epoch, Position position) {
    const auto event = events::event_at(view, position);
    return event ? events::hex_of(base::random_bits_of(event->id) ^ epoch) : std::string();
}

net::Rejection of_another_log() {
    const std::string detail =
        "The log has been replaced by a backup or an import since this cursor was issued: events "
        "that you have read may be gone or different. Read again from the beginning (after=0), or "
        "from a position up to which you know that the log is the same.";
    return net::Rejection(
        {.status = 409,
         .detail = detail,
         .errors = {{net::ProblemError::Place::parameter, std::string(parameter), detail}}});
}

}  // namespace

std::string event_cursor(const store::ReadView& view, events::LogEpoch epoch, Position position) {
    return position == 0 ? "0" : fmt::format("{}-{}", position, event_part(view, epoch, position));
}

Position read_event_cursor(const RequestQuery& query, const store::ReadView& view,
                           events::LogEpoch epoch) {
    const auto text = query.text(parameter);
    if (!text) {
        return 0;
    }
    const auto cursor = parse_cursor(*text);
    if (!cursor) {
        throw bad_parameter(parameter,
                            "Give the position of an event, for example 1234, or a cursor from the "
                            "X-Log-Cursor header of an earlier response about events.");
    }
    const Position end = store::last_position(view);
    if (cursor->event &&
        (cursor->position > end || *cursor->event != event_part(view, epoch, cursor->position))) {
        throw of_another_log();
    }
    if (cursor->position > end) {
        throw bad_parameter(
            parameter,
            fmt::format("The log ends at position {}. If you have read events after that, the log "
                        "was replaced by a backup or an import: read it again from the beginning.",
                        end));
    }
    return cursor->position;
}

}  // namespace threatatlas::api
