#pragma once

/// @file
/// The key that signs attestations: ECDSA on the curve P-256 with SHA-256 (FIPS 186-5), which
/// OpenSSL, cosign and the libraries of Sigstore verify.

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

struct evp_pkey_st;

namespace threatatlas::tlog {

/// A text that is not a usable private key. The message never contains a part of the text.
class BadAttestationKey : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// A private key and its public key. Thread-safe; copies share the key. Every function throws
/// std::runtime_error if the cryptographic library fails.
class AttestationKey {
  public:
    /// Parses an unencrypted private key in PEM (PKCS#8, RFC 5958). Throws BadAttestationKey.
    static AttestationKey parse(std::string_view pem);
    /// Makes a new key, with the random numbers of the cryptographic library, which draws those of
    /// each signature as well.
    static AttestationKey generate();

    /// The private key in PEM (PKCS#8), several lines. Secret.
    std::string private_key_pem() const;
    /// The public key in PEM (SubjectPublicKeyInfo, RFC 5480), several lines.
    const std::string& public_key_pem() const { return public_key_pem_; }
    /// The SHA-256 of the SubjectPublicKeyInfo in DER: 64 lower-case hexadecimal digits.
    const std::string& key_id() const { return key_id_; }

    /// Signs the SHA-256 of the message. Returns the signature in DER (RFC 3279, section 2.2.3), at
    /// most 72 bytes. Two signatures of a message differ.
    std::string sign(std::string_view message) const;

  private:
    explicit AttestationKey(std::shared_ptr<evp_pkey_st> key);

    std::shared_ptr<evp_pkey_st> key_;
    std::string public_key_pem_;
    std::string key_id_;
};

}  // namespace threatatlas::tlog
