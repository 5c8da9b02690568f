#pragma once

/// @file
/// A decimal from 0 to 1, exactly as it was sent.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace threatatlas::events {

/// A decimal from 0 to 1 exactly as sent, in units of 10^-17: 0.7 is exactly 7/10. Seventeen digits
/// are enough for every double that a client may print.
struct Ratio {
    static constexpr int decimals = 17;
    static constexpr std::uint64_t one = 100'000'000'000'000'000;
    std::uint64_t units = 0;

    bool operator==(const Ratio&) const = default;
};

/// Parses a ratio such as "0", "1", "0.7" or ".7": at most 17 decimals, no sign, no exponent, at
/// most 1. Returns nullopt for anything else.
std::optional<Ratio> parse_ratio(std::string_view text);

/// value / 10^decimals exactly, without trailing zeros.
std::string format_decimal(std::uint64_t value, int decimals);

/// The ratio as a JSON number without trailing zeros: "0.7".
std::string json_of(Ratio ratio);

}  // namespace threatatlas::events
