#pragma once

/// Keys of the store: unsigned 64-bit integers in big-endian order, so that bytes sort like numbers
/// (docs/FORMATS.md).

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "base/instant.hpp"

namespace threatatlas::store {

inline constexpr std::size_t be64_bytes = 8;

/// Writes eight bytes at `to`.
inline void put_be64(char* to, std::uint64_t value) {
    for (std::size_t i = 0; i < be64_bytes; ++i) {
        to[i] = static_cast<char>(static_cast<std::uint8_t>(value >> (56 - 8 * i)));
    }
}

inline void append_be64(std::string& out, std::uint64_t value) {
    std::array<char, be64_bytes> bytes{};
    put_be64(bytes.data(), value);
    out.append(bytes.data(), bytes.size());
}

/// Reads the first eight bytes of `bytes`, which has at least as many.
inline std::uint64_t read_be64(std::string_view bytes) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < be64_bytes; ++i) {
        value = value << 8U | static_cast<std::uint8_t>(bytes[i]);
    }
    return value;
}

inline std::string be64_key(std::uint64_t value) {
    std::string key;
    append_be64(key, value);
    return key;
}

inline std::string be64_key(std::uint64_t first, std::uint64_t second) {
    std::string key;
    key.reserve(2 * be64_bytes);
    append_be64(key, first);
    append_be64(key, second);
    return key;
}

/// Microseconds since 1970. Recorded times are later than that (event_rules.hpp), so they sort as
/// unsigned numbers. A question may name any earlier instant: all of them give 0, which is before
/// every recorded time.
inline std::uint64_t micros_of(base::Instant instant) {
    const auto micros = instant.time_since_epoch().count();
    return micros < 0 ? 0 : static_cast<std::uint64_t>(micros);
}

inline base::Instant instant_of(std::uint64_t micros) {
    return base::Instant{std::chrono::microseconds{static_cast<std::int64_t>(micros)}};
}

}  // namespace threatatlas::store
