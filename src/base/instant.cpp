#include "base/instant.hpp"

#include <array>
#include <cstdint>
#include <span>

namespace threatatlas::base {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// The range that four-digit years can express. An offset can reach one day beyond it at either end.
constexpr Instant first_instant{std::chrono::sys_days{std::chrono::year{0} / 1 / 1}};
constexpr Instant last_instant =
    Instant{std::chrono::sys_days{std::chrono::year{10'000} / 1 / 1}} - microseconds{1};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// Consumes exactly `count` digits from the front of `text`.
std::optional<int> take_digits(std::string_view& text, std::size_t count) {
    if (text.size() < count) {
        return std::nullopt;
    }
    int value = 0;
    for (const char c : text.substr(0, count)) {
        if (!is_digit(c)) {
            return std::nullopt;
        }
        value = value * 10 + (c - '0');
    }
    text.remove_prefix(count);
    return value;
}

bool take(std::string_view& text, std::string_view any_of) {
    if (text.empty() || any_of.find(text.front()) == std::string_view::npos) {
        return false;
    }
    text.remove_prefix(1);
    return true;
}

std::optional<std::chrono::sys_days> take_date(std::string_view& text) {
    const auto year = take_digits(text, 4);
    if (!year || !take(text, "-")) {
        return std::nullopt;
    }
    const auto month = take_digits(text, 2);
    if (!month || !take(text, "-")) {
        return std::nullopt;
    }
    const auto day = take_digits(text, 2);
    if (!day) {
        return std::nullopt;
    }
    const std::chrono::year_month_day date{std::chrono::year{*year},
                                           std::chrono::month{static_cast<unsigned>(*month)},
                                           std::chrono::day{static_cast<unsigned>(*day)}};
    if (!date.ok()) {
        return std::nullopt;
    }
    return std::chrono::sys_days{date};
}

// Consumes the digits after the decimal point; at least one is required.
std::optional<microseconds> take_fraction(std::string_view& text) {
    if (!take(text, ".")) {
        return microseconds{0};
    }
    if (text.empty() || !is_digit(text.front())) {
        return std::nullopt;
    }
    int value = 0;
    int digits = 0;
    while (!text.empty() && is_digit(text.front())) {
        if (digits < 6) {
            value = value * 10 + (text.front() - '0');
            ++digits;
        }
        text.remove_prefix(1);
    }
    for (; digits < 6; ++digits) {
        value *= 10;
    }
    return microseconds{value};
}

struct TimeOfDay {
    microseconds since_midnight{0};  // for a leap second: the last microsecond before it
    bool is_leap_second = false;     // the text has second 60
};

std::optional<TimeOfDay> take_time(std::string_view& text) {
    const auto hour = take_digits(text, 2);
    if (!hour || *hour > 23 || !take(text, ":")) {
        return std::nullopt;
    }
    const auto minute = take_digits(text, 2);
    if (!minute || *minute > 59 || !take(text, ":")) {
        return std::nullopt;
    }
    const auto second = take_digits(text, 2);
    if (!second || *second > 60) {
        return std::nullopt;
    }
    const auto fraction = take_fraction(text);
    if (!fraction) {
        return std::nullopt;
    }
    const auto whole = hours{*hour} + minutes{*minute};
    if (*second == 60) {
        return TimeOfDay{whole + seconds{60} - microseconds{1}, true};
    }
    return TimeOfDay{whole + seconds{*second} + *fraction, false};
}

// Leap seconds are only inserted at the end of June or December in UTC (ITU-R TF.460). Which years
// had one is not checked, so that a future leap second does not need a new version of the program.
bool may_precede_leap_second(Instant instant) {
    using namespace std::chrono_literals;
    const auto next = instant + microseconds{1};
    const auto day = std::chrono::floor<days>(next);
    const std::chrono::year_month_day date{day};
    const bool starts_half_year =
        date.month() == std::chrono::January || date.month() == std::chrono::July;
    return next == day && date.day() == 1d && starts_half_year;
}

std::optional<minutes> take_offset(std::string_view& text, std::string_view plus) {
    if (take(text, "Zz")) {
        return minutes{0};
    }
    const bool east = take(text, plus);
    if (!east && !take(text, "-")) {
        return std::nullopt;
    }
    const auto hour = take_digits(text, 2);
    if (!hour || *hour > 23 || !take(text, ":")) {
        return std::nullopt;
    }
    const auto minute = take_digits(text, 2);
    if (!minute || *minute > 59) {
        return std::nullopt;
    }
    const minutes offset = hours{*hour} + minutes{*minute};
    return east ? offset : -offset;
}

std::optional<Instant> parse_date_time(std::string_view text, std::string_view plus) {
    const auto date = take_date(text);
    if (!date || !take(text, "Tt")) {
        return std::nullopt;
    }
    const auto time = take_time(text);
    if (!time) {
        return std::nullopt;
    }
    const auto offset = take_offset(text, plus);
    if (!offset || !text.empty()) {
        return std::nullopt;
    }
    const Instant instant{*date + time->since_midnight - *offset};
    if (instant < first_instant || instant > last_instant ||
        (time->is_leap_second && !may_precede_leap_second(instant))) {
        return std::nullopt;
    }
    return instant;
}

// The value of a digit sequence, or -1 if it contains a non-digit.
int digits_at(std::string_view text, std::size_t first, std::size_t count) {
    int value = 0;
    for (std::size_t i = first; i < first + count; ++i) {
        if (!is_digit(text[i])) {
            return -1;
        }
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

// Fast path for the form that format_instant() writes, which every log line uses. Returns nullopt
// for any other form, valid or not.
std::optional<Instant> parse_written_form(std::string_view text) {
    constexpr std::string_view form = "0000-00-00T00:00:00.000000Z";
    if (text.size() != form.size()) {
        return std::nullopt;
    }
    for (const std::size_t i : {4U, 7U, 10U, 13U, 16U, 19U, 26U}) {
        if (text[i] != form[i]) {
            return std::nullopt;
        }
    }
    const int year = digits_at(text, 0, 4);
    const int month = digits_at(text, 5, 2);
    const int day = digits_at(text, 8, 2);
    const int hour = digits_at(text, 11, 2);
    const int minute = digits_at(text, 14, 2);
    const int second = digits_at(text, 17, 2);
    const int micros = digits_at(text, 20, 6);
    if (year < 0 || month < 0 || day < 0 || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
        second < 0 || second > 59 || micros < 0) {
        return std::nullopt;
    }
    const std::chrono::year_month_day date{std::chrono::year{year},
                                           std::chrono::month{static_cast<unsigned>(month)},
                                           std::chrono::day{static_cast<unsigned>(day)}};
    if (!date.ok()) {
        return std::nullopt;
    }
    return Instant{std::chrono::sys_days{date} + hours{hour} + minutes{minute} + seconds{second} +
                   microseconds{micros}};
}

void put_digits(std::span<char> text, std::size_t first, std::size_t count, std::int64_t value) {
    for (std::size_t i = first + count; i > first; --i) {
        text[i - 1] = static_cast<char>('0' + value % 10);
        value /= 10;
    }
}

}  // namespace

// Hand-written because every answer of the gate contains two instants, and general formatting was a
// tenth of the gate's work.
void append_instant(std::string& out, Instant instant) {
    const auto day = std::chrono::floor<days>(instant);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss time{instant - day};
    std::array<char, 27> text{'0', '0', '0', '0', '-', '0', '0', '-', '0', '0', 'T', '0', '0', ':',
                              '0', '0', ':', '0', '0', '.', '0', '0', '0', '0', '0', '0', 'Z'};
    put_digits(text, 0, 4, static_cast<int>(date.year()));
    put_digits(text, 5, 2, static_cast<unsigned>(date.month()));
    put_digits(text, 8, 2, static_cast<unsigned>(date.day()));
    put_digits(text, 11, 2, time.hours().count());
    put_digits(text, 14, 2, time.minutes().count());
    put_digits(text, 17, 2, time.seconds().count());
    put_digits(text, 20, 6, time.subseconds().count());
    out.append(text.data(), text.size());
}

std::string format_instant(Instant instant) {
    std::string out;
    append_instant(out, instant);
    return out;
}

std::optional<Instant> parse_instant(std::string_view text) {
    const auto written = parse_written_form(text);
    return written ? written : parse_date_time(text, "+");
}

bool is_date(std::string_view text) {
    return parse_day(text).has_value();
}

std::string format_day(Day day) {
    constexpr std::size_t date_chars = 10;
    return format_instant(day).substr(0, date_chars);
}

std::optional<Day> parse_day(std::string_view text) {
    const auto date = take_date(text);
    return text.empty() ? date : std::nullopt;
}

std::optional<Instant> parse_as_of(std::string_view text) {
    std::string_view rest = text;
    const auto date = take_date(rest);
    if (date && rest.empty()) {
        return Instant{*date + days{1} - microseconds{1}};
    }
    return parse_date_time(text, "+ ");
}

}  // namespace threatatlas::base
