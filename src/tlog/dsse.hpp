#pragma once

/// @file
/// Signed payloads as other tools read them: DSSE v1 (Dead Simple Signing Envelope), and the
/// Sigstore bundle of such an envelope.

#include <string>
#include <string_view>

#include "tlog/attestation_key.hpp"

namespace threatatlas::tlog {

/// The payload type of in-toto statements.
inline constexpr std::string_view in_toto_type = "application/vnd.in-toto+json";

/// A payload with one signature.
struct DsseEnvelope {
    std::string payload_type;  ///< a media type or a URI, in UTF-8
    std::string payload;       ///< any bytes
    std::string key_id;        ///< a hint which key has signed; it is not signed itself
    std::string signature;     ///< of pre_authentication_encoding()
};

/// The bytes that DSSE v1 signs: both texts with their lengths in bytes.
std::string pre_authentication_encoding(std::string_view payload_type, std::string_view payload);

/// Throws std::runtime_error like AttestationKey::sign().
DsseEnvelope sign_envelope(const AttestationKey& key, std::string_view payload_type,
                           std::string_view payload);

/// The envelope as one line of JSON, without a newline: {"payload", "payloadType", "signatures"}
/// with the payload and the signature in base64.
std::string envelope_json(const DsseEnvelope& envelope);

/// A Sigstore bundle v0.3 (application/vnd.dev.sigstore.bundle.v0.3+json) with the envelope, as one
/// line of JSON. It names the key by its id and contains neither the key nor an entry of Sigstore's
/// transparency log.
std::string sigstore_bundle(const DsseEnvelope& envelope);

}  // namespace threatatlas::tlog
