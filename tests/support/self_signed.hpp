#pragma once

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <unistd.h>

namespace threatatlas::testing {

/// A key and a self-signed certificate for 127.0.0.1, in files that exist for the lifetime of the
/// object. Only one instance may exist at a time.
class SelfSignedCertificate {
  public:
    enum class Key { ec, rsa };

    explicit SelfSignedCertificate(Key key = Key::ec)
        : key_(key),
          directory_(std::filesystem::temp_directory_path() /
                     ("threatatlas-tls-" + std::to_string(::getpid()))) {
        std::filesystem::create_directories(directory_);
        renew();
    }
    ~SelfSignedCertificate() { std::filesystem::remove_all(directory_); }
    SelfSignedCertificate(const SelfSignedCertificate&) = delete;
    SelfSignedCertificate& operator=(const SelfSignedCertificate&) = delete;

    /// Replaces the files with a new key and a new certificate, which has the next serial number.
    void renew() {
        constexpr unsigned rsa_bits = 2'048;
        const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
            key_ == Key::ec ? EVP_EC_gen("P-256") : EVP_RSA_gen(rsa_bits), EVP_PKEY_free);
        const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
        ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), ++serial_);
        X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
        X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3'600);
        X509_set_pubkey(certificate.get(), key.get());
        X509_set_version(certificate.get(), X509_VERSION_3);
        const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> names(
            X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1"),
            X509_EXTENSION_free);
        X509_add_ext(certificate.get(), names.get(), -1);
        // curl refuses a certificate without an issuer.
        X509_NAME* const name = X509_get_subject_name(certificate.get());
        const std::string common_name = "ThreatAtlas test";
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                   reinterpret_cast<const unsigned char*>(common_name.data()),
                                   static_cast<int>(common_name.size()), -1, 0);
        X509_set_issuer_name(certificate.get(), name);
        X509_sign(certificate.get(), key.get(), EVP_sha256());
        const std::unique_ptr<FILE, decltype(&std::fclose)> key_out(
            std::fopen(key_file().c_str(), "w"), std::fclose);
        PEM_write_PrivateKey(key_out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
        const std::unique_ptr<FILE, decltype(&std::fclose)> out(
            std::fopen(certificate_file().c_str(), "w"), std::fclose);
        PEM_write_X509(out.get(), certificate.get());
    }

    /// Serial number of the current certificate; the first one has 1.
    long serial() const { return serial_; }
    std::string key_file() const { return directory_ / "key.pem"; }
    std::string certificate_file() const { return directory_ / "certificate.pem"; }

  private:
    Key key_;
    std::filesystem::path directory_;
    long serial_ = 0;
};

}  // namespace threatatlas::testing
