#include "base/uuid.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace threatatlas::base {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

bool is_dash_place(std::size_t i) {
    return i == 8 || i == 13 || i == 18 || i == 23;
}

}  // namespace

void put_uuid_v7(std::string& text, Instant instant,
                 std::span<const std::byte, uuid_random_bytes> random) {
    const auto milliseconds = static_cast<std::uint64_t>(
        std::chrono::floor<std::chrono::milliseconds>(instant).time_since_epoch().count());
    std::array<std::uint8_t, 16> bytes{};
    for (std::size_t i = 0; i < 6; ++i) {
        bytes[i] = static_cast<std::uint8_t>(milliseconds >> (40 - 8 * i));
    }
    for (std::size_t i = 0; i < uuid_random_bytes; ++i) {
        bytes[6 + i] = std::to_integer<std::uint8_t>(random[i]);
    }
    bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0FU) | 0x70U);
    bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3FU) | 0x80U);

    text.assign(36, '-');
    std::size_t place = 0;
    for (const std::uint8_t byte : bytes) {
        place += is_dash_place(place) ? 1 : 0;
        text[place++] = hex_digits[byte >> 4U];
        text[place++] = hex_digits[byte & 0x0FU];
    }
}

std::string make_uuid_v7(Instant instant, std::span<const std::byte, uuid_random_bytes> random) {
    std::string text;
    put_uuid_v7(text, instant, random);
    return text;
}

bool is_uuid_v7(std::string_view text) {
    if (text.size() != 36 || text[14] != '7' ||
        std::string_view("89ab").find(text[19]) == std::string_view::npos) {
        return false;
    }
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool fits =
            is_dash_place(i) ? text[i] == '-' : hex_digits.find(text[i]) != std::string_view::npos;
        if (!fits) {
            return false;
        }
    }
    return true;
}

std::uint64_t random_bits_of(std::string_view uuid) {
    constexpr std::size_t first = 19;
    std::uint64_t bits = 0;
    for (std::size_t i = std::min(first, uuid.size()); i < uuid.size(); ++i) {
        const char digit = uuid[i];
        if (digit != '-') {
            bits =
                bits << 4U | static_cast<unsigned>(digit <= '9' ? digit - '0' : digit - 'a' + 10);
        }
    }
    return bits;
}

}  // namespace threatatlas::base
