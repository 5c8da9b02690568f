#pragma once

/// @file
/// SHA-256 (FIPS 180-4).

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace threatatlas::base {

inline constexpr std::size_t digest_bytes = 32;
using Digest = std::array<std::uint8_t, digest_bytes>;

/// Hashes the concatenation of `parts`. Thread-safe. Throws std::runtime_error if the cryptographic
/// library fails.
Digest sha256(std::initializer_list<std::string_view> parts);
inline Digest sha256(std::string_view bytes) {
    return sha256({bytes});
}

/// 64 lower-case hexadecimal digits.
std::string hex_of(const Digest& digest);

/// A view of the 32 bytes; valid as long as `digest`.
inline std::string_view bytes_of(const Digest& digest) {
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

/// Copies 32 bytes into a digest. Throws std::invalid_argument if `bytes` has another size.
Digest digest_of_bytes(std::string_view bytes);

}  // namespace threatatlas::base
