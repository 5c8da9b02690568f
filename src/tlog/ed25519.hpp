#pragma once

/// @file
/// Ed25519 signatures (RFC 8032).

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/digest.hpp"

struct evp_pkey_st;

namespace threatatlas::tlog {

inline constexpr std::size_t ed25519_key_bytes = 32;  ///< size of a seed and of a public key
inline constexpr std::size_t ed25519_signature_bytes = 64;

/// Thread-safe. The constructor throws std::invalid_argument if the key is not valid.
class Ed25519PrivateKey {
  public:
    /// `seed` has 32 bytes.
    explicit Ed25519PrivateKey(std::string_view seed);

    /// Returns the signature, 64 bytes. Throws std::runtime_error if the cryptographic library
    /// fails.
    std::string sign(std::string_view message) const;
    /// Returns the public key, 32 bytes. Throws like sign().
    std::string public_key() const;

  private:
    std::shared_ptr<evp_pkey_st> key_;
};

/// Thread-safe.
class Ed25519PublicKey {
  public:
    /// `key` has 32 bytes. Throws std::invalid_argument if it is not a valid key.
    explicit Ed25519PublicKey(std::string_view key);

    bool verifies(std::string_view message, std::string_view signature) const;

  private:
    std::shared_ptr<evp_pkey_st> key_;
};

}  // namespace threatatlas::tlog
