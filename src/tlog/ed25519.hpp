#pragma once

// Ed25519 (RFC 8032).

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/digest.hpp"

struct evp_pkey_st;

namespace threatatlas {

inline constexpr std::size_t ed25519_key_bytes = 32;  // a seed, or a public key
inline constexpr std::size_t ed25519_signature_bytes = 64;

// For any thread. The constructors throw invalid_argument for keys that are none.
class Ed25519PrivateKey {
  public:
    // 32 bytes.
    explicit Ed25519PrivateKey(std::string_view seed);

    // 64 bytes. Throws runtime_error where the cryptographic library fails.
    std::string sign(std::string_view message) const;
    // 32 bytes.
    std::string public_key() const;

  private:
    std::shared_ptr<evp_pkey_st> key_;
};

class Ed25519PublicKey {
  public:
    // 32 bytes.
    explicit Ed25519PublicKey(std::string_view key);

    bool verifies(std::string_view message, std::string_view signature) const;

  private:
    std::shared_ptr<evp_pkey_st> key_;
};

}  // namespace threatatlas
