#pragma once

/// @file
/// Points in time: microseconds since 1970-01-01T00:00:00Z, without leap seconds (RFC 3339, POSIX).

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace threatatlas::base {

using Instant = std::chrono::sys_time<std::chrono::microseconds>;

/// Formats as RFC 3339 in UTC, always 27 characters: "2026-11-23T15:12:39.659623Z". Valid for years
/// 0000 to 9999.
std::string format_instant(Instant instant);
void append_instant(std::string& out, Instant instant);

/// Parses an RFC 3339 section 5.6 date-time with a numeric offset or Z. Digits beyond microseconds
/// are truncated. Second 60 is accepted only where a leap second can occur (23:59:60 UTC on the
/// last day of June or December) and is read as the last microsecond of second 59. Returns nullopt
/// if the text has another form, names a day that does not exist, or is outside years 0000 to
/// 9999 in UTC.
std::optional<Instant> parse_instant(std::string_view text);

/// Parses an as-of parameter: either a date-time as in parse_instant(), whose offset sign `+` may
/// have been decoded to a space, or a date, which means the last microsecond of that day in UTC.
/// Returns nullopt for anything else.
std::optional<Instant> parse_as_of(std::string_view text);

/// True if the text has the form of a plain date, "2026-03-31".
bool is_date(std::string_view text);

/// A day in UTC.
using Day = std::chrono::sys_days;

/// Formats as "2026-03-31". Valid for years 0000 to 9999.
std::string format_day(Day day);
/// Parses a plain date. Returns nullopt for anything else, and for a day that does not exist.
std::optional<Day> parse_day(std::string_view text);
/// The day that contains the instant.
inline Day day_of(Instant instant) {
    return std::chrono::floor<std::chrono::days>(instant);
}
/// The first instant after the day.
inline Instant end_of(Day day) {
    return day + std::chrono::days{1};
}

}  // namespace threatatlas::base
