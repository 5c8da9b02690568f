#pragma once

/// @file
/// Unsigned integers as big-endian bytes.

#include <cstdint>
#include <string>
#include <string_view>

namespace threatatlas::base {

/// The bytes of an unsigned integer, most significant byte first.
template <class Number>
std::string be_bytes(Number number) {
    std::string bytes(sizeof(Number), '\0');
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes[bytes.size() - 1 - i] = static_cast<char>(static_cast<std::uint8_t>(number >> 8 * i));
    }
    return bytes;
}

/// Reads a big-endian number of at most eight bytes.
inline std::uint64_t read_be(std::string_view bytes) {
    std::uint64_t number = 0;
    for (const char byte : bytes) {
        number = number << 8U | static_cast<std::uint8_t>(byte);
    }
    return number;
}

}  // namespace threatatlas::base
