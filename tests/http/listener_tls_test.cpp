#define BOOST_TEST_MODULE listener_tls
#include <memory>
#include <string>

#include <boost/test/unit_test.hpp>

#include "http/listener.hpp"
#include "raw_client.hpp"
#include "self_signed.hpp"

using namespace std::chrono_literals;
using namespace threatatlas;
using namespace threatatlas::testing;

namespace {

ListenerOptions tls_options(const SelfSignedCertificate& certificate) {
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
    const SelfSignedCertificate certificate;
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
    const SelfSignedCertificate certificate;
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
    const SelfSignedCertificate certificate;
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
    const SelfSignedCertificate certificate;
    RunningListener listener(tls_options(certificate), answer);
    const auto client = make_client(listener.port());
    BOOST_REQUIRE(client->Get("/"));
    listener.stop();
    BOOST_TEST(listener->stats().connections_open == 0U);
}

BOOST_AUTO_TEST_CASE(files_that_do_not_fit_are_named) {
    const SelfSignedCertificate certificate;
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
