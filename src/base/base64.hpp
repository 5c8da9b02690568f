#pragma once

// Base64 with padding (RFC 4648, section 4).

#include <optional>
#include <string>
#include <string_view>

#include "base/digest.hpp"

namespace threatatlas {

std::string base64_of(std::string_view bytes);
inline std::string base64_of(const Digest& digest) {
    return base64_of(bytes_of(digest));
}

// Nothing where the text is not exactly what base64_of() makes of some bytes.
std::optional<std::string> bytes_of_base64(std::string_view text);

// Nothing where the text is not the base64 of 32 bytes.
std::optional<Digest> digest_of_base64(std::string_view text);

}  // namespace threatatlas
