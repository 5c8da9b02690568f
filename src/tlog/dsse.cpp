#include "tlog/dsse.hpp"

#include <fmt/format.h>

#include "base/base64.hpp"
#include "base/json_writer.hpp"

namespace threatatlas::tlog {
namespace {

constexpr std::string_view bundle_type = "application/vnd.dev.sigstore.bundle.v0.3+json";

void write_envelope(base::JsonWriter& json, const DsseEnvelope& envelope) {
    json.begin_object();
    json.member("payload", base::base64_of(envelope.payload));
    json.member("payloadType", envelope.payload_type);
    json.key("signatures").begin_array().begin_object();
    json.member("keyid", envelope.key_id);
    json.member("sig", base::base64_of(envelope.signature));
    json.end_object().end_array();
    json.end_object();
}

}  // namespace

std::string pre_authentication_encoding(std::string_view payload_type, std::string_view payload) {
    return fmt::format("DSSEv1 {} {} {} {}", payload_type.size(), payload_type, payload.size(),
                       payload);
}

DsseEnvelope sign_envelope(const AttestationKey& key, std::string_view payload_type,
                           std::string_view payload) {
    return {.payload_type = std::string(payload_type),
            .payload = std::string(payload),
            .key_id = key.key_id(),
            .signature = key.sign(pre_authentication_encoding(payload_type, payload))};
}

std::string envelope_json(const DsseEnvelope& envelope) {
    std::string text;
    base::JsonWriter json(text);
    write_envelope(json, envelope);
    return text;
}

std::string sigstore_bundle(const DsseEnvelope& envelope) {
    std::string text;
    base::JsonWriter json(text);
    json.begin_object();
    json.member("mediaType", bundle_type);
    json.key("verificationMaterial").begin_object();
    json.key("publicKey").begin_object();
    json.member("hint", envelope.key_id);
    json.end_object();
    json.key("tlogEntries").begin_array().end_array();
    json.end_object();
    json.key("dsseEnvelope");
    write_envelope(json, envelope);
    json.end_object();
    return text;
}

}  // namespace threatatlas::tlog
