#pragma once

/// @file
/// Base64 with padding (RFC 4648, section 4).

#include <optional>
#include <string>
#include <string_view>

#include "base/digest.hpp"

namespace threatatlas::base {

/// Encodes bytes.
std::string base64_of(std::string_view bytes);
inline std::string base64_of(const Digest& digest) {
    return base64_of(bytes_of(digest));
}

/// Decodes `text`. Returns nullopt if it is not exactly what base64_of() produces for some bytes
/// (white space, missing padding and non-zero trailing bits are rejected).
std::optional<std::string> bytes_of_base64(std::string_view text);

/// Decodes 32 bytes. Returns nullopt if `text` is not the base64 of exactly 32 bytes.
std::optional<Digest> digest_of_base64(std::string_view text);

}  // namespace threatatlas::base
