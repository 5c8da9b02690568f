#include "tlog/ed25519.hpp"

#include <stdexcept>

#include <openssl/evp.h>

namespace threatatlas::tlog {
namespace {

using Context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

const unsigned char* bytes_in(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* bytes_in(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
}

using MakeKey = EVP_PKEY* (*)(int, ENGINE*, const unsigned char*, std::size_t);

std::shared_ptr<EVP_PKEY> make_key(MakeKey make, std::string_view bytes) {
    EVP_PKEY* const key = bytes.size() == ed25519_key_bytes
                              ? make(EVP_PKEY_ED25519, nullptr, bytes_in(bytes), bytes.size())
                              : nullptr;
    if (key == nullptr) {
        throw std::invalid_argument("not an Ed25519 key");
    }
    return {key, EVP_PKEY_free};
}

}  // namespace

Ed25519PrivateKey::Ed25519PrivateKey(std::string_view seed)
    : key_(make_key(EVP_PKEY_new_raw_private_key, seed)) {}

std::string Ed25519PrivateKey::sign(std::string_view message) const {
    const Context context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    std::string signature(ed25519_signature_bytes, '\0');
    std::size_t length = signature.size();
    if (EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) != 1 ||
        EVP_DigestSign(context.get(), bytes_in(signature), &length, bytes_in(message),
                       message.size()) != 1 ||
        length != signature.size()) {
        throw std::runtime_error("the signature cannot be computed");
    }
    return signature;
}

std::string Ed25519PrivateKey::public_key() const {
    std::string key(ed25519_key_bytes, '\0');
    std::size_t length = key.size();
    if (EVP_PKEY_get_raw_public_key(key_.get(), bytes_in(key), &length) != 1) {
        throw std::runtime_error("the public key cannot be computed");
    }
    return key;
}

Ed25519PublicKey::Ed25519PublicKey(std::string_view key)
    : key_(make_key(EVP_PKEY_new_raw_public_key, key)) {}

bool Ed25519PublicKey::verifies(std::string_view message, std::string_view signature) const {
    const Context context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    return signature.size() == ed25519_signature_bytes &&
           EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1 &&
           EVP_DigestVerify(context.get(), bytes_in(signature), signature.size(), bytes_in(message),
                            message.size()) == 1;
}

}  // namespace threatatlas::tlog
