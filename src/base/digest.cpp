#include "base/digest.hpp"

#include <algorithm>
#include <memory>
#include <stdexcept>

#include <openssl/evp.h>

namespace threatatlas::base {

// Fetching the algorithm costs more than hashing a short text, so it is fetched once per process,
// and the context is created once per thread.
Digest sha256(std::initializer_list<std::string_view> parts) {
    static const std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> algorithm(
        EVP_MD_fetch(nullptr, "SHA256", nullptr), EVP_MD_free);
    thread_local const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(
        EVP_MD_CTX_new(), EVP_MD_CTX_free);
    bool computed = EVP_DigestInit_ex2(context.get(), algorithm.get(), nullptr) == 1;
    for (const std::string_view part : parts) {
        computed = computed && EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1;
    }
    Digest digest{};
    if (!computed || EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) != 1) {
        throw std::runtime_error("SHA-256 cannot be computed");
    }
    return digest;
}

std::string hex_of(const Digest& digest) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    hex.reserve(2 * digest.size());
    for (const std::uint8_t byte : digest) {
        hex += digits[byte >> 4U];
        hex += digits[byte & 0x0FU];
    }
    return hex;
}

Digest digest_of_bytes(std::string_view bytes) {
    if (bytes.size() != digest_bytes) {
        throw std::invalid_argument("a digest has 32 bytes");
    }
    Digest digest{};
    std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(digest.data()));
    return digest;
}

}  // namespace threatatlas::base
