#include <array>
#include <fstream>
#include <memory>
#include <string>

#include <boost/test/unit_test.hpp>

#include "base/write_failures.hpp"
#include "http/net/bounded_client.hpp"
#include "http/net/listener.hpp"
#include "support/raw_client.hpp"
#include "support/self_signed.hpp"

BOOST_AUTO_TEST_SUITE(listener_tls_test)

using namespace std::chrono_literals;
using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::net;
using namespace threatatlas::testing;

namespace {

// As in both programs: a write to a closed connection fails instead of raising a signal.
struct WritesFail {
    WritesFail() { ignore_write_signals(); }
};
BOOST_GLOBAL_FIXTURE(WritesFail);

ListenerOptions tls_options(const SelfSignedCertificate& certificate) {
    ListenerOptions options;
    options.tls_certificate_file = certificate.certificate_file();
    options.tls_key_file = certificate.key_file();
    options.workers = 2;
    return options;
}

const std::string large(5'000'000, 'y');

void greet(const httplib::Request& request, httplib::Response& response, Exchange& exchange) {
    if (exchange.announces_body()) {
        response.set_content(std::to_string(exchange.read_body(10'000'000).size()), "text/plain");
    } else {
        response.set_content(request.path == "/large" ? large : "hello", "text/plain");
    }
}

std::unique_ptr<httplib::SSLClient> make_client(int port) {
    auto client = std::make_unique<httplib::SSLClient>("127.0.0.1", port);
    client->enable_server_certificate_verification(false);
    client->set_keep_alive(true);
    return client;
}

/// A TLS connection of OpenSSL, restricted to a range of protocol versions.
class TlsClient {
  public:
    /// `ciphers`: for TLS 1.2, in OpenSSL's syntax; null: the defaults.
    explicit TlsClient(int port, int version_min = TLS1_2_VERSION, int version_max = TLS1_3_VERSION,
                       const char* ciphers = nullptr)
        : raw_(port), context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free) {
        // Otherwise OpenSSL does not offer the old versions.
        SSL_CTX_set_security_level(context_.get(), 0);
        SSL_CTX_set_min_proto_version(context_.get(), version_min);
        SSL_CTX_set_max_proto_version(context_.get(), version_max);
        if (ciphers != nullptr) {
            BOOST_REQUIRE(SSL_CTX_set_cipher_list(context_.get(), ciphers) == 1);
        }
        session_.reset(SSL_new(context_.get()));
        SSL_set_fd(session_.get(), raw_.descriptor());
        is_open_ = SSL_connect(session_.get()) == 1;
    }

    bool is_open() const { return is_open_; }
    std::string version() const { return SSL_get_version(session_.get()); }
    /// Serial number of the server's certificate.
    long serial() const {
        const std::unique_ptr<X509, decltype(&X509_free)> certificate(
            SSL_get1_peer_certificate(session_.get()), X509_free);
        return ASN1_INTEGER_get(X509_get0_serialNumber(certificate.get()));
    }
    bool is_answered() {
        const std::string request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
        SSL_write(session_.get(), request.data(), static_cast<int>(request.size()));
        std::array<char, 4'096> bytes;
        const int got = SSL_read(session_.get(), bytes.data(), static_cast<int>(bytes.size()));
        return got > 0 && std::string_view(bytes.data(), static_cast<std::size_t>(got))
                              .starts_with("HTTP/1.1 200 ");
    }

  private:
    RawClient raw_;
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
    std::unique_ptr<SSL, decltype(&SSL_free)> session_{nullptr, SSL_free};
    bool is_open_ = false;
};

void overwrite(const std::string& file, const std::string& text) {
    std::ofstream(file, std::ios::trunc) << text;
}

}  // namespace

BOOST_AUTO_TEST_CASE(speaks_tls_and_keeps_connections) {
    const SelfSignedCertificate certificate;
    RunningListener listener(tls_options(certificate), greet);
    const auto client = make_client(listener.port());
    for (int i = 0; i < 20; ++i) {
        const auto got = client->Get("/");
        BOOST_REQUIRE(got);
        BOOST_TEST(got->body == "hello");
    }
    BOOST_TEST(listener->stats().connections_accepted == 1U);
}

BOOST_AUTO_TEST_CASE(long_bodies_and_long_answers_pass_through) {
    const SelfSignedCertificate certificate;
    RunningListener listener(tls_options(certificate), greet);
    const auto client = make_client(listener.port());
    const auto sent = client->Post("/", std::string(5'000'000, 'x'), "text/plain");
    BOOST_REQUIRE(sent);
    BOOST_TEST(sent->body == "5000000");
    const auto got = client->Get("/large");
    BOOST_REQUIRE(got);
    BOOST_TEST((got->body == large));
    const auto again = client->Post("/", std::string(16'000, 'x'), "text/plain");
    BOOST_REQUIRE(again);
    BOOST_TEST(again->body == "16000");
}

BOOST_AUTO_TEST_CASE(plain_and_silent_clients_are_disconnected) {
    const SelfSignedCertificate certificate;
    auto options = tls_options(certificate);
    options.head_ms_max = 200ms;
    RunningListener listener(options, greet);
    RawClient plain(listener.port());
    plain.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    BOOST_TEST(plain.read_rest().find("HTTP/1.1 200") == std::string::npos);
    RawClient silent(listener.port());
    RawClient half(listener.port());
    half.send("\x16\x03\x01");
    BOOST_TEST(silent.is_closed());
    BOOST_TEST(half.is_closed());
    BOOST_TEST(make_client(listener.port())->Get("/")->body == "hello");
}

BOOST_AUTO_TEST_CASE(a_stop_closes_idle_tls_connections) {
    const SelfSignedCertificate certificate;
    RunningListener listener(tls_options(certificate), greet);
    const auto client = make_client(listener.port());
    BOOST_REQUIRE(client->Get("/"));
    listener.stop();
    BOOST_TEST(listener->stats().connections_open == 0U);
}

BOOST_AUTO_TEST_CASE(mismatched_files_are_named) {
    const SelfSignedCertificate certificate;
    const auto says = [](const std::string& text) {
        return [text](const std::runtime_error& error) {
            return std::string(error.what()).find(text) != std::string::npos;
        };
    };
    auto options = tls_options(certificate);
    options.tls_certificate_file = "/nowhere.pem";
    BOOST_CHECK_EXCEPTION(Listener(options, greet).bind(), std::runtime_error,
                          says("/nowhere.pem is not a readable PEM certificate"));
    options = tls_options(certificate);
    options.tls_key_file = certificate.certificate_file();
    BOOST_CHECK_EXCEPTION(Listener(options, greet).bind(), std::runtime_error,
                          says("is not a readable PEM key"));
    options.tls_key_file.clear();
    BOOST_CHECK_EXCEPTION(Listener(options, greet).bind(), std::runtime_error,
                          says("both a certificate and a key"));
}

BOOST_AUTO_TEST_CASE(versions_before_1_2_are_refused) {
    const SelfSignedCertificate certificate;
    RunningListener listener(tls_options(certificate), greet);
    for (const int version : {TLS1_VERSION, TLS1_1_VERSION}) {
        BOOST_TEST(!TlsClient(listener.port(), version, version).is_open());
    }
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        TlsClient client(listener.port(), version, version);
        BOOST_TEST(client.is_open());
        BOOST_TEST(client.is_answered());
    }
    // A client that supports both versions gets the newer one.
    BOOST_TEST(TlsClient(listener.port(), TLS1_VERSION).version() == "TLSv1.3");
}

BOOST_AUTO_TEST_CASE(tls_1_2_has_forward_secrecy_and_no_cbc) {
    for (const auto key : {SelfSignedCertificate::Key::ec, SelfSignedCertificate::Key::rsa}) {
        const SelfSignedCertificate certificate(key);
        RunningListener listener(tls_options(certificate), greet);
        const auto is_open = [&](const char* ciphers) {
            return TlsClient(listener.port(), TLS1_2_VERSION, TLS1_2_VERSION, ciphers).is_open();
        };
        for (const char* const ciphers :
             {"ECDHE+AES128+AESGCM", "ECDHE+AES256+AESGCM", "ECDHE+CHACHA20"}) {
            BOOST_TEST(is_open(ciphers), ciphers);
        }
        // Static RSA key exchange; CBC, the only AES modes left by that list; and everything else.
        for (const char* const ciphers : {"kRSA", "ECDHE+AES:!AESGCM:!AESCCM", "ALL:!ECDHE",
                                          "AESCCM", "ALL:!AESGCM:!CHACHA20"}) {
            BOOST_TEST(!is_open(ciphers), ciphers);
        }
    }
}

BOOST_AUTO_TEST_CASE(later_clients_get_a_new_certificate) {
    SelfSignedCertificate certificate;
    RunningListener listener(tls_options(certificate), greet);
    TlsClient before(listener.port());
    BOOST_TEST(before.serial() == 1);
    certificate.renew();
    listener->reload_tls();
    TlsClient after(listener.port());
    BOOST_TEST(after.serial() == 2);
    BOOST_TEST(before.is_answered());
    BOOST_TEST(after.is_answered());
    BOOST_TEST(listener->stats().connections_open == 2U);
}

BOOST_AUTO_TEST_CASE(a_broken_certificate_leaves_the_old_one_in_use) {
    SelfSignedCertificate certificate;
    RunningListener listener(tls_options(certificate), greet);
    overwrite(certificate.certificate_file(), "-----BEGIN CERTIFICATE-----\nno\n");
    BOOST_CHECK_THROW(listener->reload_tls(), std::runtime_error);
    BOOST_TEST(TlsClient(listener.port()).serial() == 1);
    // A key that does not match the certificate, as between the two steps of a renewal.
    certificate.renew();
    const auto other = certificate.certificate_file() + ".other";
    std::filesystem::copy_file(certificate.certificate_file(), other);
    certificate.renew();
    std::filesystem::rename(other, certificate.certificate_file());
    BOOST_CHECK_THROW(listener->reload_tls(), std::runtime_error);
    TlsClient client(listener.port());
    BOOST_TEST(client.serial() == 1);
    BOOST_TEST(client.is_answered());
}

BOOST_AUTO_TEST_CASE(reloading_drops_no_client) {
    SelfSignedCertificate certificate;
    RunningListener listener(tls_options(certificate), greet);
    std::atomic<bool> over = false;
    std::thread reloader([&] {
        while (!over) {
            listener->reload_tls();
        }
    });
    int answered = 0;
    for (int i = 0; i < 50; ++i) {
        TlsClient client(listener.port());
        answered += client.is_answered() ? 1 : 0;
    }
    over = true;
    reloader.join();
    BOOST_TEST(answered == 50);
}

BOOST_AUTO_TEST_CASE(a_tls_client_on_a_plain_port_gets_a_plain_error) {
    RunningListener listener({.workers = 2}, greet);
    BOOST_TEST(!TlsClient(listener.port()).is_open());
    RawClient hello(listener.port());
    BOOST_TEST(hello.ask(std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc", 9)).status == 400);
    BOOST_TEST(hello.is_closed());
    BOOST_TEST(RawClient(listener.port()).ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n").status == 200);
}

BOOST_AUTO_TEST_CASE(a_bounded_client_checks_the_certificate) {
    const SelfSignedCertificate certificate;
    RunningListener listener(tls_options(certificate), greet);
    const auto ask = [&](const std::string& host) {
        BoundedClient client("https://" + host + ":" + std::to_string(listener.port()), {});
        return client.post("/", "text/plain", "abc");
    };
    const auto unknown = ask("127.0.0.1");
    BOOST_TEST(unknown.status == 0);
    BOOST_TEST(unknown.fault.starts_with("its certificate is not accepted: "), unknown.fault);
    ::setenv("SSL_CERT_FILE", certificate.certificate_file().c_str(), 1);
    const auto known = ask("127.0.0.1");
    BOOST_TEST(known.fault == "");
    BOOST_TEST(known.status == 200);
    BOOST_TEST(known.body == "3");
    // Trusted, but issued for another host.
    const auto other = ask("localhost");
    BOOST_TEST(other.fault.starts_with("its certificate is not accepted: "), other.fault);
    ::unsetenv("SSL_CERT_FILE");
}

BOOST_AUTO_TEST_SUITE_END()
