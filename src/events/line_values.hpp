#pragma once

/// @file
/// Readers of single values in lines of the log. All throw BadLine or simdjson's exceptions. Only
/// for the sources that parse lines (line_reader.cpp).

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <simdjson.h>

#include "base/instant.hpp"
#include "events/event_line.hpp"

namespace threatatlas::events {

[[noreturn]] inline void refuse_member(std::string_view key) {
    throw BadLine(fmt::format("unknown member \"{}\" in data", key));
}

template <class Enum>
Enum read_name(simdjson::ondemand::value value, std::string_view what) {
    const std::string_view text = value.get_string();
    if (const auto name = parse_name<Enum>(text)) {
        return *name;
    }
    throw BadLine(fmt::format("unknown {} \"{}\"", what, text));
}

base::Instant read_instant(simdjson::ondemand::value value);
base::Day read_day(simdjson::ondemand::value value);
/// Ascending ids.
std::vector<std::uint64_t> read_ids(simdjson::ondemand::value value);
Ratio read_ratio(std::string_view token);
/// The text of a number, as it is written.
std::string number_text(simdjson::ondemand::value value);
/// The name of a member as written in the line: no known name needs escaping.
std::string_view key_of(const simdjson::ondemand::field& field);

}  // namespace threatatlas::events
