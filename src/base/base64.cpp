#include "base/base64.hpp"

#include <openssl/evp.h>

namespace threatatlas::base {

std::string base64_of(std::string_view bytes) {
    // plus the NUL that the library appends
    std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
    const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                       reinterpret_cast<const unsigned char*>(bytes.data()),
                                       static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(length));
    return text;
}

std::optional<std::string> bytes_of_base64(std::string_view text) {
    constexpr std::size_t text_max = std::size_t{1} << 20U;
    if (text.size() % 4 != 0 || text.size() > text_max) {
        return std::nullopt;
    }
    std::string bytes(3 * (text.size() / 4), '\0');
    const int length = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                       reinterpret_cast<const unsigned char*>(text.data()),
                                       static_cast<int>(text.size()));
    if (length != static_cast<int>(bytes.size())) {
        return std::nullopt;
    }
    const std::size_t padding =
        text.ends_with("==") ? 2 : static_cast<std::size_t>(text.ends_with('='));
    bytes.resize(bytes.size() - padding);
    // The library accepts white space and non-zero trailing bits; a round trip rejects both.
    return base64_of(bytes) == text ? std::optional(std::move(bytes)) : std::nullopt;
}

std::optional<Digest> digest_of_base64(std::string_view text) {
    const auto bytes = bytes_of_base64(text);
    return bytes && bytes->size() == digest_bytes ? std::optional(digest_of_bytes(*bytes))
                                                  : std::nullopt;
}

}  // namespace threatatlas::base
