#include "events/ratio.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace threatatlas::events {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

}  // namespace

std::optional<Ratio> parse_ratio(std::string_view text) {
    const std::size_t point = std::min(text.find('.'), text.size());
    const std::string_view whole = text.substr(0, point);
    const std::string_view decimals = text.substr(std::min(point + 1, text.size()));
    const bool has_point = point < text.size();
    const bool starts_well = whole == "0" || whole == "1" || (whole.empty() && has_point);
    if (!starts_well || has_point == decimals.empty() ||
        decimals.size() > std::size_t{Ratio::decimals} ||
        !std::all_of(decimals.begin(), decimals.end(), is_digit)) {
        return std::nullopt;
    }
    std::uint64_t value = whole == "1" ? Ratio::one : 0;
    std::uint64_t place = Ratio::one;
    for (const char digit : decimals) {
        place /= 10;
        value += static_cast<std::uint64_t>(digit - '0') * place;
    }
    return value <= Ratio::one ? std::optional(Ratio{value}) : std::nullopt;
}

std::string format_decimal(std::uint64_t value, int decimals) {
    while (decimals > 0 && value % 10 == 0) {
        value /= 10;
        --decimals;
    }
    std::string digits = fmt::format_int(value).str();
    if (decimals > 0) {
        const auto places = static_cast<std::size_t>(decimals);
        if (digits.size() <= places) {
            digits.insert(0, places + 1 - digits.size(), '0');
        }
        digits.insert(digits.size() - places, 1, '.');
    }
    return digits;
}

std::string json_of(Ratio ratio) {
    return format_decimal(ratio.units, Ratio::decimals);
}

}  // namespace threatatlas::events
