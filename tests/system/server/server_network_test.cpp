// The real program on a network: certificates, proxies, and its log about them.

#include "http/ops/service_limits.hpp"
#include "support/eventually.hpp"
#include "support/self_signed.hpp"
#include "support/server_program.hpp"

BOOST_AUTO_TEST_SUITE(server_network_test)

using namespace threatatlas;
using namespace threatatlas::ops;
using namespace threatatlas::testing;

namespace {

constexpr int hang_up = SIGHUP;

std::size_t count_of(const Program& program, std::string_view event) {
    const auto lines = lines_of(program.log());
    return static_cast<std::size_t>(std::count_if(
        lines.begin(), lines.end(), [&](const auto& line) { return line.at("event") == event; }));
}

void wait_for_another(Program& program, std::string_view event, std::size_t before) {
    BOOST_TEST_REQUIRE(eventually([&] { return count_of(program, event) > before; }));
}

std::unique_ptr<httplib::SSLClient> tls_client(int port) {
    auto client = std::make_unique<httplib::SSLClient>("127.0.0.1", port);
    client->enable_server_certificate_verification(false);
    client->set_keep_alive(true);
    return client;
}

// The status of one login with an invalid token.
int try_to_log_in(int port, const std::string& forwarded_for) {
    httplib::Client client("127.0.0.1", port);
    return client
        .Get("/api/products",
             {{"Authorization", "Bearer ta_AAAA"}, {"X-Forwarded-For", forwarded_for}})
        .value()
        .status;
}

// The status of the last of too many logins; `forwarded_for` returns the address of each.
template <class ForwardedFor>
int last_of_too_many(int port, ForwardedFor forwarded_for) {
    int status = 0;
    for (std::size_t i = 0; i <= ops::limits::failed_logins_max; ++i) {
        status = try_to_log_in(port, forwarded_for(i));
    }
    return status;
}

std::string address_of(std::size_t i) {
    return "192.0.2." + std::to_string(i % 250);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(server_network, ServerPlace)

BOOST_AUTO_TEST_CASE(sighup_reloads_the_certificate) {
    testing::SelfSignedCertificate certificate;
    Program program({"--data", data(), "--listen", "127.0.0.1:0", "--tls-cert",
                     certificate.certificate_file(), "--tls-key", certificate.key_file()});
    const int port = port_of(program);
    const auto open = tls_client(port);
    BOOST_TEST(open->Get("/healthz").value().status == 200);

    certificate.renew();
    program.send_signal(hang_up);
    BOOST_TEST(program.wait_for("certificate_reloaded").at("level") == "info");
    BOOST_TEST(open->Get("/healthz").value().status == 200);
    BOOST_TEST(tls_client(port)->Get("/healthz").value().status == 200);

    std::filesystem::remove(certificate.key_file());
    program.send_signal(hang_up);
    const auto line = program.wait_for("certificate_not_reloaded");
    BOOST_TEST(line.at("level") == "error");
    BOOST_TEST(line.at("detail").get<std::string>().find("key.pem is not a readable PEM key") !=
               std::string::npos);
    BOOST_TEST(open->Get("/healthz").value().status == 200);
    BOOST_TEST(tls_client(port)->Get("/healthz").value().status == 200);

    // Any number of times, and it still stops normally.
    certificate.renew();
    program.send_signal(hang_up);
    wait_for_another(program, "certificate_reloaded", 1);
    BOOST_TEST(program.stop() == 0);
}

BOOST_AUTO_TEST_CASE(curl_and_openssl_can_connect) {
    const testing::SelfSignedCertificate certificate;
    Program program({"--data", data(), "--listen", "127.0.0.1:0", "--tls-cert",
                     certificate.certificate_file(), "--tls-key", certificate.key_file()});
    const std::string address = "127.0.0.1:" + std::to_string(port_of(program));
    const auto run = [](std::vector<std::string> arguments, const std::string& input = {}) {
        return run_program(
            {.arguments = std::move(arguments), .environment = {}, .working_directory = {}}, input);
    };
    const auto curl = [&](const std::string& version) {
        return run({"curl", "-sS", "--insecure", "--tlsv" + version, "--tls-max", version,
                    "https://" + address + "/healthz"});
    };
    const auto openssl = [&](const std::string& version) {
        return run({"openssl", "s_client", "-connect", address, version, "-ign_eof", "-quiet",
                    "-cipher", "DEFAULT:@SECLEVEL=0"},
                   "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    };
    for (const std::string version : {"1.2", "1.3"}) {
        BOOST_TEST(curl(version).out == R"({"status":"ok"})");
    }
    for (const std::string version : {"-tls1_2", "-tls1_3"}) {
        BOOST_TEST(openssl(version).out.starts_with("HTTP/1.1 200 OK\r\n"));
    }
    for (const std::string version : {"-tls1", "-tls1_1"}) {
        const ProgramResult refused = openssl(version);
        BOOST_TEST(refused.exit_code != 0);
        BOOST_TEST(refused.out == "");
    }
    BOOST_TEST(program.stop() == 0);
}

BOOST_AUTO_TEST_CASE(sighup_without_a_certificate_does_nothing) {
    Program program({"--data", data(), "--listen", "127.0.0.1:0"});
    const int port = port_of(program);
    program.send_signal(hang_up);
    BOOST_TEST(httplib::Client("127.0.0.1", port).Get("/healthz").value().status == 200);
    BOOST_TEST(program.stop() == 0);
}

BOOST_AUTO_TEST_CASE(plain_http_on_the_network_gives_a_warning) {
    {
        Program open({"--data", data(), "--listen", "0.0.0.0:0"});
        BOOST_TEST(open.wait_for("plain_http").at("level") == "warning");
        BOOST_TEST(open.stop() == 0);
    }
    const testing::SelfSignedCertificate certificate;
    const std::vector<std::vector<std::string>> all_right{
        {"--listen", "127.0.0.1:0"},
        {"--listen", "localhost:0"},
        {"--listen", "0.0.0.0:0", "--tls-cert", certificate.certificate_file(), "--tls-key",
         certificate.key_file()}};
    {
        Program open({"--data", data(), "--listen", "*:0"});
        BOOST_TEST(open.wait_for("plain_http").at("level") == "warning");
        const auto count = count_of(open, "listening") + count_of(open, "not_listening");
        BOOST_TEST(count == 2U);
        BOOST_TEST(httplib::Client("127.0.0.1", port_of(open)).Get("/healthz").value().status ==
                   200);
        BOOST_TEST(open.stop() == 0);
    }
    for (auto arguments : all_right) {
        arguments.insert(arguments.end(), {"--data", data()});
        Program program(arguments);
        program.wait_for("ready");
        BOOST_TEST(program.stop() == 0);
        BOOST_TEST(count_of(program, "plain_http") == 0U);
    }
}

BOOST_AUTO_TEST_CASE(logins_are_counted_by_the_client_behind_a_trusted_proxy) {
    Program program({"--data", data(), "--listen", "127.0.0.1:0", "--trusted-proxy",
                     "2001:db8::7,127.0.0.1", "--trusted-proxy", "10.0.0.7", "--access-log"});
    const int port = port_of(program);
    program.wait_for("ready");
    // Many clients, one login each.
    BOOST_TEST(last_of_too_many(port, address_of) == 401);
    // One client, which forges other addresses before its own.
    BOOST_TEST(last_of_too_many(
                   port, [](std::size_t i) { return address_of(i) + ", 198.51.100.1"; }) == 429);
    BOOST_TEST(try_to_log_in(port, "198.51.100.2") == 401);
    // A malformed header counts as the address of the proxy.
    BOOST_TEST(last_of_too_many(port, [](std::size_t i) { return "x" + address_of(i); }) == 429);
    BOOST_TEST(try_to_log_in(port, "198.51.100.2") == 401);
    BOOST_TEST(program.stop() == 0);
    const auto first = line_about(program.log(), "request");
    BOOST_TEST(first.at("client") == address_of(0));
}

BOOST_AUTO_TEST_CASE(forwarded_addresses_of_untrusted_clients_are_ignored) {
    Program program(
        {"--data", data(), "--listen", "127.0.0.1:0"},
        {{"THREATATLAS_TRUSTED_PROXY", "10.0.0.7,10.0.0.8"}, {"THREATATLAS_ACCESS_LOG", "true"}});
    const int port = port_of(program);
    program.wait_for("ready");
    BOOST_TEST(last_of_too_many(port, address_of) == 429);
    BOOST_TEST(program.stop() == 0);
    BOOST_TEST(line_about(program.log(), "request").at("client") == "127.0.0.1");
}

BOOST_AUTO_TEST_CASE(a_trusted_proxy_must_be_an_address) {
    for (const std::string proxy :
         {"proxy.example.org", "10.0.0.7/8", "10.0.0.0/33", "10.0.0.7:80", "10.0.0.7;10.0.0.8"}) {
        const auto result = run_server({"serve", "--data", data(), "--trusted-proxy", proxy});
        BOOST_TEST(result.exit_code == 2, proxy);
        BOOST_TEST(result.err.find("--trusted-proxy") != std::string::npos, result.err);
    }
    BOOST_TEST(
        run_server({"serve", "--data", data()}, {{"THREATATLAS_TRUSTED_PROXY", "me"}}).exit_code ==
        2);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
