#pragma once

/// @file
/// Members of JSON objects that several responses have: instants, days, and numbers. All
/// functions append to an object of `json` that is open.

#include <optional>
#include <string>
#include <string_view>

#include "base/instant.hpp"
#include "base/json_writer.hpp"

namespace threatatlas::query {

inline void write_instant(base::JsonWriter& json, std::string_view key, base::Instant instant) {
    json.key(key).string(base::format_instant(instant));
}

inline void write_instant(base::JsonWriter& json, std::string_view key,
                          std::optional<base::Instant> instant) {
    if (instant) {
        write_instant(json, key, *instant);
    } else {
        json.key(key).null();
    }
}

template <class Number>
void write_number(base::JsonWriter& json, std::string_view key, std::optional<Number> number) {
    json.key(key);
    if (number) {
        json.number(*number);
    } else {
        json.null();
    }
}

inline void write_day(base::JsonWriter& json, std::string_view key, std::optional<base::Day> day) {
    json.key(key).string_or_null(day ? base::format_day(*day) : std::string());
}

}  // namespace threatatlas::query
