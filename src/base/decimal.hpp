#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace threatatlas::base {

/// Parses an unsigned number in its canonical form: digits only, no leading zeros, at most 2^64 -
/// 1. Returns nullopt for anything else.
inline std::optional<std::uint64_t> parse_decimal(std::string_view text) {
    std::uint64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, number);
    const bool is_plain = text == "0" || !text.starts_with('0');
    return error == std::errc{} && stopped == end && is_plain ? std::optional(number)
                                                              : std::nullopt;
}

}  // namespace threatatlas::base
