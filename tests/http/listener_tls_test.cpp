#define BOOST_TEST_MODULE listener_tls
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include <boost/test/unit_test.hpp>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <unistd.h>

#include "http/listener.hpp"
#include "raw_client.hpp"

using namespace std::chrono_literals;
using namespace threatatlas;
using namespace threatatlas::testing;

namespace {

/// A key and a certificate that it signed itself, in files for the length of a test.
class Certificate {
  public:
    Certificate()
        : directory_(std::filesystem::temp_directory_path() /
                     ("threatatlas-tls-" + std::to_string(::getpid()))) {
        std::filesystem::create_directories(directory_);
        const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"),
                                                                      EVP_PKEY_free);
        const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
        ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
        X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
        X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3'600);
        X509_set_pubkey(certificate.get(), key.get());
        X509_sign(certificate.get(), key.get(), EVP_sha256());
        const std::unique_ptr<FILE, decltype(&std::fclose)> key_out(
            std::fopen(key_file().c_str(), "w"), std::fclose);
        PEM_write_PrivateKey(key_out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
        const std::unique_ptr<FILE, decltype(&std::fclose)> out(
            std::fopen(certificate_file().c_str(), "w"), std::fclose);
        PEM_write_X509(out.get(), certificate.get());
    }
    ~Certificate() { std::filesystem::remove_all(directory_); }

    std::string key_file() const { return directory_ / "key.pem"; }
    std::string certificate_file() const { return directory_ / "certificate.pem"; }

  private:
    std::filesystem::path directory_;
};

ListenerOptions tls_options(const Certificate& certificate) {
    ListenerOptions options;
    options.tls_certificate_file = certificate.certificate_file();
    options.tls_key_file = certificate.key_file();
    options.workers = 2;
    return options;
}

const std::string large(5'000'000, 'y');

void answer(const httplib::Request& request, httplib::Response& response, Exchange& exchange) {
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

}  // namespace

BOOST_AUTO_TEST_CASE(speaks_tls_and_keeps_connections) {
    const Certificate certificate;
    RunningListener listener(tls_options(certificate), answer);
    const auto client = make_client(listener.port());
    for (int i = 0; i < 20; ++i) {
        const auto got = client->Get("/");
        BOOST_REQUIRE(got);
        BOOST_TEST(got->body == "hello");
    }
    BOOST_TEST(listener->stats().connections_accepted == 1U);
}

BOOST_AUTO_TEST_CASE(long_bodies_and_long_answers_pass_through) {
    const Certificate certificate;
    RunningListener listener(tls_options(certificate), answer);
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

BOOST_AUTO_TEST_CASE(plain_clients_and_silent_ones_are_let_go) {
    const Certificate certificate;
    auto options = tls_options(certificate);
    options.head_ms_max = 200ms;
    RunningListener listener(options, answer);
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

BOOST_AUTO_TEST_CASE(stopping_lets_idle_tls_connections_go) {
    const Certificate certificate;
    RunningListener listener(tls_options(certificate), answer);
    const auto client = make_client(listener.port());
    BOOST_REQUIRE(client->Get("/"));
    listener.stop();
    BOOST_TEST(listener->stats().connections_open == 0U);
}

BOOST_AUTO_TEST_CASE(files_that_do_not_fit_are_named) {
    const Certificate certificate;
    const auto says = [](const std::string& text) {
        return [text](const std::runtime_error& error) {
            return std::string(error.what()).find(text) != std::string::npos;
        };
    };
    auto options = tls_options(certificate);
    options.tls_certificate_file = "/nowhere.pem";
    BOOST_CHECK_EXCEPTION(Listener(options, answer).bind(), std::runtime_error,
                          says("/nowhere.pem is not a readable PEM certificate"));
    options = tls_options(certificate);
    options.tls_key_file = certificate.certificate_file();
    BOOST_CHECK_EXCEPTION(Listener(options, answer).bind(), std::runtime_error,
                          says("is not a readable PEM key"));
    options.tls_key_file.clear();
    BOOST_CHECK_EXCEPTION(Listener(options, answer).bind(), std::runtime_error,
                          says("both a certificate and a key"));
}
