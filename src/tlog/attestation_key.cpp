#include "tlog/attestation_key.hpp"

#include <array>

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/digest.hpp"

namespace threatatlas::tlog {
namespace {

constexpr std::string_view curve_name = SN_X9_62_prime256v1;

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

[[noreturn]] void fail(const char* what) {
    ERR_clear_error();
    throw std::runtime_error(what);
}

[[noreturn]] void refuse(const char* what) {
    // Errors left in the queue of the thread would be mistaken for those of a later call.
    ERR_clear_error();
    throw BadAttestationKey(what);
}

// Without it the library asks for the password of an encrypted key at the terminal.
int no_password(char* /*buffer*/, int /*size*/, int /*for_writing*/, void* /*context*/) {
    return -1;
}

bool is_on_curve(EVP_PKEY* key) {
    std::array<char, 64> name{};
    std::size_t length = 0;
    return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
           EVP_PKEY_get_group_name(key, name.data(), name.size(), &length) == 1 &&
           std::string_view(name.data(), length) == curve_name;
}

bool is_consistent(EVP_PKEY* key) {
    const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
        EVP_PKEY_CTX_new(key, nullptr), EVP_PKEY_CTX_free);
    return EVP_PKEY_check(context.get()) == 1;
}

// What `write` writes, which returns 1 on success.
template <class Write>
std::string written(const Write& write) {
    const Bio bio(BIO_new(BIO_s_mem()), BIO_free);
    if (!bio || write(bio.get()) != 1) {
        fail("the key cannot be encoded");
    }
    char* bytes = nullptr;
    const long length = BIO_get_mem_data(bio.get(), &bytes);
    return {bytes, static_cast<std::size_t>(length)};
}

}  // namespace

AttestationKey::AttestationKey(std::shared_ptr<evp_pkey_st> key)
    : key_(std::move(key)),
      public_key_pem_(written([this](BIO* bio) { return PEM_write_bio_PUBKEY(bio, key_.get()); })),
      key_id_(base::hex_of(
          base::sha256(written([this](BIO* bio) { return i2d_PUBKEY_bio(bio, key_.get()); })))) {}

AttestationKey AttestationKey::parse(std::string_view pem) {
    const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
    const std::shared_ptr<EVP_PKEY> key(
        PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr), EVP_PKEY_free);
    if (!key) {
        refuse("it is not an unencrypted private key in PEM");
    }
    if (!is_on_curve(key.get())) {
        refuse("the key must be an ECDSA key on the curve P-256 (prime256v1)");
    }
    if (!is_consistent(key.get())) {
        refuse("the public key in it does not belong to the private key");
    }
    return AttestationKey(key);
}

AttestationKey AttestationKey::generate() {
    const std::shared_ptr<EVP_PKEY> key(EVP_EC_gen(curve_name.data()), EVP_PKEY_free);
    if (!key) {
        fail("no key can be generated");
    }
    return AttestationKey(key);
}

std::string AttestationKey::private_key_pem() const {
    return written([this](BIO* bio) {
        return PEM_write_bio_PKCS8PrivateKey(bio, key_.get(), nullptr, nullptr, 0, nullptr,
                                             nullptr);
    });
}

std::string AttestationKey::sign(std::string_view message) const {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          EVP_MD_CTX_free);
    std::string signature(static_cast<std::size_t>(EVP_PKEY_get_size(key_.get())), '\0');
    std::size_t length = signature.size();
    if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) != 1 ||
        EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &length,
                       reinterpret_cast<const unsigned char*>(message.data()),
                       message.size()) != 1) {
        fail("the signature cannot be computed");
    }
    signature.resize(length);
    return signature;
}

}  // namespace threatatlas::tlog
