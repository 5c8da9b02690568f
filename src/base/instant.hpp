#pragma once

// Points in time: microseconds since 1970-01-01T00:00:00Z, without leap seconds (RFC 3339, POSIX).

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace threatatlas {

using Instant = std::chrono::sys_time<std::chrono::microseconds>;

// Always 27 characters, "2026-11-23T15:12:39.659623Z". Years 0000 to 9999.
std::string format_instant(Instant instant);
void append_instant(std::string& out, Instant instant);

// RFC 3339 section 5.6 date-time, with an offset or Z. Digits beyond the microsecond are cut off.
// Second 60 is accepted only when a leap second can occur, 23:59:60 UTC on the last day of June or
// December, and counts as the last microsecond of second 59. Nothing if the text has another form,
// names a day that does not exist, or an instant outside of the years 0000 to 9999 in UTC.
std::optional<Instant> parse_instant(std::string_view text);

// What a question about the past accepts: a date-time as above, where the `+` of its offset may
// have arrived as a space, or a date, meaning the last microsecond of that day in UTC.
std::optional<Instant> parse_as_of(std::string_view text);

// Whether a text has the form of a plain date, "2026-03-31".
bool is_date(std::string_view text);

}  // namespace threatatlas
