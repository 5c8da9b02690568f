// The real program from outside: options, output and shutdown.

#include "support/server_program.hpp"

#include <sys/resource.h>

#include "support/eventually.hpp"
#include "support/pipe.hpp"
#include "support/raw_client.hpp"
#include "support/self_signed.hpp"

BOOST_AUTO_TEST_SUITE(server_program_test)

using namespace threatatlas;
using namespace threatatlas::testing;
using nlohmann::json;

namespace fs = std::filesystem;

BOOST_FIXTURE_TEST_SUITE(server_program, ServerPlace)

BOOST_AUTO_TEST_CASE(help_and_version_are_printed) {
    const ProgramResult help = run_server({"--help"});
    BOOST_TEST(help.exit_code == 0);
    BOOST_TEST(help.err == "");
    for (const std::string word : {"serve", "admin-token", "backup", "restore", "--version"}) {
        BOOST_TEST(help.out.find(word) != std::string::npos, word);
    }
    const ProgramResult serve_help = run_server({"serve", "--help"});
    BOOST_TEST(serve_help.exit_code == 0);
    for (const std::string word : {"--data",
                                   "--listen",
                                   "--tls-cert",
                                   "--tls-key",
                                   "--workers",
                                   "--connections-max",
                                   "--cache-mib",
                                   "--access-log",
                                   "--accept-clock",
                                   "--backup-dir",
                                   "--trusted-proxy",
                                   "--drain-seconds",
                                   "--head-seconds",
                                   "--idle-seconds",
                                   "--body-idle-seconds",
                                   "--body-seconds",
                                   "--write-idle-seconds",
                                   "--write-seconds",
                                   "--linger-seconds",
                                   "--request-line-bytes-max",
                                   "--header-line-bytes-max",
                                   "--header-bytes-max",
                                   "--header-count-max",
                                   "--output-bytes-max",
                                   "--long-read-bytes-max",
                                   "--long-call-seconds-max",
                                   "THREATATLAS_DRAIN_SECONDS",
                                   "THREATATLAS_TRUSTED_PROXY",
                                   "THREATATLAS_BACKUP_DIR",
                                   "THREATATLAS_DATA",
                                   "THREATATLAS_LISTEN",
                                   "THREATATLAS_TLS_CERT",
                                   "THREATATLAS_TLS_KEY",
                                   "THREATATLAS_WORKERS",
                                   "THREATATLAS_CONNECTIONS_MAX",
                                   "THREATATLAS_CACHE_MIB",
                                   "THREATATLAS_ACCESS_LOG",
                                   "THREATATLAS_ACCEPT_CLOCK",
                                   "THREATATLAS_ADMIN_TOKEN",
                                   "--admin-token-file",
                                   "THREATATLAS_ADMIN_TOKEN_FILE"}) {
        BOOST_TEST(serve_help.out.find(word) != std::string::npos, word);
    }
    const ProgramResult version = run_server({"--version"});
    BOOST_TEST(version.exit_code == 0);
    BOOST_TEST(version.out == "threatatlas " THREATATLAS_VERSION "\n");
}

BOOST_AUTO_TEST_CASE(invalid_options_are_named_and_nothing_is_done) {
    struct Case {
        std::vector<std::string> arguments;
        Environment environment;
        std::string named;
    };
    const auto serve = [this](std::vector<std::string> rest) {
        rest.insert(rest.begin(), {"serve", "--data", data()});
        return rest;
    };
    const std::vector<Case> cases{
        {{}, {}, "give a command: serve, admin-token"},
        {{"dance"}, {}, "there is no command \"dance\": give one of serve, admin-token"},
        {{"sreve"}, {}, "did you mean serve?"},
        {{"admin_token"}, {}, "did you mean admin-token?"},
        {{"serve"}, {}, "--data"},
        {{"admin-token"}, {}, "--data"},
        {serve({"--wokers", "2"}), {}, "there is no option --wokers: did you mean --workers?"},
        {serve({"--tls_cert=x"}), {}, "there is no option --tls_cert: did you mean --tls-cert?"},
        {serve({"--frobnicate"}), {}, "there is no option --frobnicate: see serve --help"},
        {serve({"now"}), {}, "\"now\" is one argument too many"},
        {serve({"--listen", "8080"}), {}, "--listen"},
        {serve({"--listen", ":8080"}), {}, "--listen"},
        {serve({"--listen", "127.0.0.1:65536"}), {}, "--listen"},
        {serve({"--listen", "127.0.0.1:-1"}), {}, "--listen"},
        {serve({"--listen", "127.0.0.1:http"}), {}, "--listen"},
        {serve({"--listen", "127.0.0.1:"}), {}, "--listen"},
        {serve({"--workers", "0"}), {}, "--workers"},
        {serve({"--workers", "many"}), {}, "--workers: give a whole number from 1 to 1024"},
        {serve({"--workers", "0x10"}), {}, "--workers: give a whole number from 1 to 1024"},
        {serve({"--access-log=maybe"}), {}, "--access-log: give true or false"},
        {serve({}), {{"THREATATLAS_ACCESS_LOG", "maybe"}}, "--access-log: give true or false"},
        {serve({"--trusted-proxy", "proxy"}), {}, "--trusted-proxy: \"proxy\" is not an address"},
        {serve({"--trusted-proxy", "127.0.0.1, 10.0.0.7/8"}), {}, "give 10.0.0.0/8"},
        {serve({"--connections-max", "0"}), {}, "--connections-max"},
        {serve({"--cache-mib", "0"}), {}, "--cache-mib"},
        {serve({"--drain-seconds", "0"}), {}, "--drain-seconds"},
        {serve({"--head-seconds", "soon"}), {}, "--head-seconds"},
        {serve({"--header-count-max", "1"}), {}, "--header-count-max"},
        {serve({}), {{"THREATATLAS_BODY_SECONDS", "3601"}}, "--body-seconds"},
        {serve({"--tls-cert", "cert.pem"}), {}, "--tls-cert"},
        {serve({"--tls-key", "key.pem"}), {}, "--tls-key"},
        {serve({}), {{"THREATATLAS_TLS_CERT", "cert.pem"}}, "--tls-cert"},
        {serve({}), {{"THREATATLAS_WORKERS", "0"}}, "--workers"},
        {serve({}), {{"THREATATLAS_LISTEN", "nowhere"}}, "--listen"},
        {serve({}), {{"THREATATLAS_ADMIN_TOKEN", "hunter2"}}, "THREATATLAS_ADMIN_TOKEN"},
    };
    for (const Case& wrong : cases) {
        BOOST_TEST_CONTEXT(wrong.named) {
            const ProgramResult result = run_server(wrong.arguments, wrong.environment);
            BOOST_TEST(result.exit_code == 2);
            BOOST_TEST(result.err.find(wrong.named) != std::string::npos, result.err);
            BOOST_TEST(result.err.find("hunter2") == std::string::npos);
            BOOST_TEST(std::count(result.err.begin(), result.err.end(), '\n') == 1, result.err);
            BOOST_TEST(!fs::exists(data()));
        }
    }
}

BOOST_AUTO_TEST_CASE(options_can_come_from_the_environment) {
    Program program({}, {{"THREATATLAS_DATA", data()},
                         {"THREATATLAS_LISTEN", "127.0.0.1:0"},
                         {"THREATATLAS_WORKERS", "2"},
                         {"THREATATLAS_CONNECTIONS_MAX", "1"},
                         {"THREATATLAS_CACHE_MIB", "8"},
                         {"THREATATLAS_ACCESS_LOG", "true"}});
    const int port = port_of(program);
    BOOST_TEST(port > 0);
    program.wait_for("ready");
    BOOST_TEST(fs::exists(token_file()));
    {
        httplib::Client one("127.0.0.1", port);
        one.set_keep_alive(true);
        BOOST_TEST(one.Get("/healthz").value().status == 200);
        // The only permitted connection is in use.
        httplib::Client other("127.0.0.1", port);
        BOOST_TEST(other.Get("/healthz").value().status == 503);
    }
    BOOST_TEST(program.wait_for("request").at("route") == "/healthz");
    BOOST_TEST(program.stop() == 0);
}

BOOST_AUTO_TEST_CASE(an_unknown_variable_gives_a_warning_without_its_value) {
    const Environment environment{{"THREATATLAS_LISTN", "hunter2"},
                                  {"THREATATLAS_ADMIN_TOKN", "hunter2"},
                                  {"THREATATLAS_FROBNICATE", "hunter2"},
                                  // Set by Kubernetes for a service with the program's name.
                                  {"THREATATLAS_SERVICE_HOST", "10.0.0.1"},
                                  {"THREATATLAS_SERVICE_PORT_HTTP", "80"},
                                  {"THREATATLAS_PORT", "tcp://10.0.0.1:80"},
                                  {"THREATATLAS_PORT_80_TCP_ADDR", "10.0.0.1"}};
    Program program({"--data", data(), "--listen", "127.0.0.1:0"}, environment);
    program.wait_for("ready");
    std::map<std::string, std::string> warnings;
    for (const json& line : lines_of(program.log())) {
        if (line.at("event") == "unknown_variable") {
            BOOST_TEST(line.at("level") == "warning");
            warnings[line.at("name")] = line.at("detail");
        }
    }
    BOOST_TEST(warnings.size() == 3U);
    BOOST_TEST(warnings["THREATATLAS_LISTN"].ends_with("did you mean THREATATLAS_LISTEN?"));
    BOOST_TEST(
        warnings["THREATATLAS_ADMIN_TOKN"].ends_with("did you mean THREATATLAS_ADMIN_TOKEN?"));
    BOOST_TEST(
        warnings["THREATATLAS_FROBNICATE"].ends_with("--help for the variables that are read"));
    BOOST_TEST(program.stop() == 0);
    BOOST_TEST(program.log().find("hunter2") == std::string::npos);

    const ProgramResult token = run_server({"admin-token", "--data", data()}, environment);
    BOOST_TEST(token.exit_code == 0, token.err);
    BOOST_TEST(token.err.find("THREATATLAS_LISTN: no option reads it: did you mean "
                              "THREATATLAS_LISTEN?\n") != std::string::npos,
               token.err);
    BOOST_TEST(token.err.find("hunter2") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_first_admin_token_comes_from_a_file_or_a_credential) {
    const std::string admin = "ta_uV3m0bQ1xJcWq8Zs-Rk5tYh2LdEo7NfGpA_9iKwCzTM";
    const fs::path file = directory / "admin-token";
    std::ofstream(file) << admin << '\n';
    const auto is_told = [&](std::string_view sentence, const Environment& environment = {}) {
        const ProgramResult result =
            run_server({"serve", "--data", data(), "--admin-token-file", file}, environment);
        BOOST_TEST(result.exit_code == 2);
        BOOST_TEST(result.err.find(sentence) != std::string::npos, result.err);
        BOOST_TEST(result.err.find(admin) == std::string::npos);
    };
    fs::permissions(file, fs::perms::others_read, fs::perm_options::add);
    is_told("chmod o= " + file.string());
    fs::permissions(file, fs::perms::owner_read);
    is_told("set only one of", {{"THREATATLAS_ADMIN_TOKEN", admin}});
    BOOST_TEST(!fs::exists(data()));
    const auto serves_with_it = [&](const ServerProcess::Options& options, std::string_view from) {
        const fs::path own = directory / std::string(from).substr(0, 5);
        ServerProcess server(own, options);
        server.start();
        BOOST_TEST(server.client(admin).Get("/api/api-tokens").value().status == 200);
        BOOST_TEST(!fs::exists(own / "admin-token"));
        BOOST_TEST(line_about(server.log(), "admin_token").at("from") == from);
    };
    serves_with_it({{"--admin-token-file", file}, {}}, "--admin-token-file");
    serves_with_it({{}, {{"CREDENTIALS_DIRECTORY", directory.path()}}},
                   "the credential admin-token");
}

BOOST_AUTO_TEST_CASE(the_admin_token_is_removed_from_the_environment) {
    const std::string admin = "ta_uV3m0bQ1xJcWq8Zs-Rk5tYh2LdEo7NfGpA_9iKwCzTM";
    ServerProcess server(data(), {{}, {{"THREATATLAS_ADMIN_TOKEN", admin}, {"MARKER", "there"}}});
    server.start();
    BOOST_TEST(server.client(admin).Get("/api/api-tokens").value().status == 200);
    std::ifstream shown("/proc/" + std::to_string(server.pid()) + "/environ", std::ios::binary);
    const std::string environment{std::istreambuf_iterator<char>(shown), {}};
    BOOST_TEST(environment.find("MARKER=there") != std::string::npos);
    BOOST_TEST(environment.find(admin) == std::string::npos);
    BOOST_TEST(environment.find("ta_") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(other_users_have_no_access_to_its_files) {
    {
        ServerProcess server(data());
        server.start();
        server.ask("POST", "/api/products", R"({"name":"P"})");
        BOOST_TEST(server.stop() == 0);
    }
    const fs::path exported = directory / "events.ndjson";
    BOOST_TEST(run_replay({"--data", data(), "export", "-o", exported}).exit_code == 0);
    BOOST_TEST(run_server({"backup", "--data", data(), "--to", directory / "copy"}).exit_code == 0);
    std::vector<fs::path> made{exported};
    for (const fs::path& place : {fs::path(data()), directory / "copy"}) {
        made.push_back(place);
        for (const auto& entry : fs::recursive_directory_iterator(place)) {
            made.push_back(entry.path());
        }
    }
    BOOST_TEST(made.size() > 10U);
    constexpr fs::perms others = fs::perms::group_all | fs::perms::others_all;
    for (const fs::path& path : made) {
        BOOST_TEST(((fs::status(path).permissions() & others) == fs::perms::none), path);
    }
    fs::permissions(data(), fs::perms::all);
    require_refused(run_server({"serve", "--data", data(), "--listen", "127.0.0.1:0"}),
                    "chmod o-w");
    fs::permissions(data(), fs::perms::others_write, fs::perm_options::remove);
    Program program({"--data", data(), "--listen", "127.0.0.1:0"});
    BOOST_TEST(program.wait_for("data_directory").at("level") == "warning");
    BOOST_TEST(program.stop() == 0);
}

BOOST_AUTO_TEST_CASE(spaces_after_the_commas_of_a_list_are_ignored) {
    Program program({"--data", data(), "--listen", "127.0.0.1:0", "--access-log"},
                    {{"THREATATLAS_TRUSTED_PROXY", "10.0.0.7, 127.0.0.0/8 ,fd00::/8"}});
    httplib::Client client("127.0.0.1", port_of(program));
    BOOST_TEST(client.Get("/healthz", {{"X-Forwarded-For", "203.0.113.1"}}).value().status == 200);
    BOOST_TEST(program.wait_for("request").at("client") == "203.0.113.1");
    BOOST_TEST(program.stop() == 0);
}

BOOST_AUTO_TEST_CASE(the_command_line_overrides_the_environment) {
    Program program(
        {"--data", data(), "--listen", "127.0.0.1:0"},
        {{"THREATATLAS_DATA", (directory / "other").string()}, {"THREATATLAS_LISTEN", "nowhere"}});
    program.wait_for("ready");
    BOOST_TEST(fs::exists(data()));
    BOOST_TEST(!fs::exists(directory / "other"));
    BOOST_TEST(program.stop() == 0);
}

BOOST_AUTO_TEST_CASE(requests_in_progress_are_answered_after_a_signal) {
    for (const int signal : {SIGTERM, SIGINT}) {
        BOOST_TEST_CONTEXT("signal " << signal) {
            const std::string place = directory / std::to_string(signal);
            Program program({"--data", place, "--listen", "127.0.0.1:0"});
            const int port = port_of(program);
            program.wait_for("ready");
            std::string token = content_of(fs::path(place) / "admin-token");
            token.pop_back();
            auto half_sent = std::make_unique<testing::RawClient>(port);
            const std::string body = R"({"name":"in flight"})";
            half_sent->send("POST /api/products HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " +
                            token + "\r\nContent-Type: application/json\r\nContent-Length: " +
                            std::to_string(body.size()) + "\r\n\r\n" + body.substr(0, 9));
            program.send_signal(signal);
            program.wait_for("stopping");
            half_sent->send(body.substr(9));
            const testing::RawAnswer answer = half_sent->read_answer();
            half_sent.reset();
            BOOST_TEST(answer.status == 201);
            BOOST_TEST(program.wait_for_end() == 0);
            BOOST_TEST(lines_of(program.log()).back().at("event") == "stopped");
            const ProgramResult events =
                run_replay({"--data", place, "events", "--type", "product.registered"});
            BOOST_TEST(events.out.find("in flight") != std::string::npos, events.err);
            BOOST_TEST(run_replay({"--data", place, "verify"}).exit_code == 0);
        }
    }
}

BOOST_AUTO_TEST_CASE(requests_in_progress_have_the_drain_time) {
    Program program({"--data", data(), "--listen", "127.0.0.1:0", "--drain-seconds", "2"});
    testing::RawClient half_sent(port_of(program));
    program.wait_for("ready");
    half_sent.send("GET /healthz HTTP/1.1\r\nHost: ");
    program.send_signal(SIGTERM);
    program.wait_for("stopping");
    const auto begun = std::chrono::steady_clock::now();
    // Another server does not wait for this one: it reports the reason.
    require_refused(run_server({"serve", "--data", data(), "--listen", "127.0.0.1:0"}),
                    "in use by another process: stop that one first");
    BOOST_TEST(program.wait_for_end() == 0);
    // The drain time is ten seconds by default.
    BOOST_TEST((std::chrono::steady_clock::now() - begun < std::chrono::seconds(8)));
    Program next({"--data", data(), "--listen", "127.0.0.1:0"});
    next.wait_for("ready");
    BOOST_TEST(next.stop() == 0);
}

BOOST_AUTO_TEST_CASE(an_unread_log_blocks_nothing) {
    Pipe log;
    const MemoryFile nothing;
    const int port = free_port();
    ChildProcess server({{server_binary(), "serve", "--data", data(), "--listen",
                          "127.0.0.1:" + std::to_string(port), "--access-log"},
                         {},
                         {}},
                        nothing.descriptor(), nothing.descriptor(), log.write_end());
    httplib::Client client("127.0.0.1", port);
    client.set_keep_alive(true);
    BOOST_TEST_REQUIRE(eventually([&] {
        BOOST_TEST_REQUIRE(server.running());
        const auto ready = client.Get("/readyz");
        return ready && ready->status == 200;
    }));
    std::string token = content_of(token_file());
    token.pop_back();
    client.set_bearer_token_auth(token);
    BOOST_TEST_REQUIRE(
        client.Post("/api/products", R"({"name":"Shop"})", "application/json").value().status ==
        201);
    // Each request is logged, and the pipe is full after some dozens of lines.
    constexpr int questions = 3'000;
    int answers = 0;
    for (int i = 0; i < questions; ++i) {
        const auto answer = client.Get("/api/products/1/security-status");
        answers += answer && answer->status == 200 ? 1 : 0;
    }
    BOOST_TEST(answers == questions);
    server.send_signal(SIGTERM);
    BOOST_TEST(server.wait_for(wait_limit).value_or(-1) == 0);
    // The log contains complete lines only.
    log.close_write_end();
    const std::string written = log.read_all();
    BOOST_TEST(written.ends_with('\n'));
    BOOST_TEST(!line_about(written, "listening").is_null());
    BOOST_TEST(run_replay({"--data", data(), "verify"}).exit_code == 0);
}

BOOST_AUTO_TEST_CASE(limits_of_the_listener_can_be_configured) {
    Program program({"--data", data(), "--listen", "127.0.0.1:0", "--header-count-max", "8"},
                    {{"THREATATLAS_HEAD_SECONDS", "1"}});
    const int port = port_of(program);
    testing::RawClient slow(port);
    slow.send("GET /healthz HTTP/1.1\r\n");
    BOOST_TEST(slow.read_answer().status == 408);
    std::string many = "GET /healthz HTTP/1.1\r\nHost: x\r\n";
    for (int i = 0; i < 8; ++i) {
        many += "a: b\r\n";
    }
    BOOST_TEST(testing::RawClient(port).ask(many + "\r\n").status == 431);
    BOOST_TEST(program.stop() == 0);
}

BOOST_AUTO_TEST_CASE(the_limit_of_open_files_is_raised) {
    rlimit usual{};
    BOOST_TEST_REQUIRE(::getrlimit(RLIMIT_NOFILE, &usual) == 0);
    BOOST_TEST_REQUIRE(usual.rlim_max > 400U);
    const rlimit few{64, usual.rlim_max};
    BOOST_TEST_REQUIRE(::setrlimit(RLIMIT_NOFILE, &few) == 0);
    ServerProcess server(data());
    server.start();
    BOOST_TEST_REQUIRE(::setrlimit(RLIMIT_NOFILE, &usual) == 0);
    std::vector<httplib::Client> clients;
    for (int i = 0; i < 300; ++i) {
        clients.push_back(server.client(""));
        clients.back().set_keep_alive(true);
        const auto answer = clients.back().Get("/healthz");
        BOOST_TEST_REQUIRE((answer && answer->status == 200), "connection " << i);
    }
}

BOOST_AUTO_TEST_CASE(closed_descriptors_do_not_become_files_of_the_database) {
    const MemoryFile nothing;
    ChildProcess server(
        {.arguments = {"sh", "-c",
                       "exec \"$0\" serve --data \"$1\" --listen 127.0.0.1:0 <&- >&- "
                       "2>&-",
                       server_binary(), data()},
         .environment = {},
         .working_directory = {}},
        nothing.descriptor(), nothing.descriptor(), nothing.descriptor());
    BOOST_TEST_REQUIRE(eventually([&] {
        BOOST_TEST_REQUIRE(server.running());
        return fs::exists(token_file());
    }));
    for (const std::string descriptor : {"0", "1", "2"}) {
        const fs::path link = "/proc/" + std::to_string(server.pid()) + "/fd/" + descriptor;
        BOOST_TEST(fs::read_symlink(link) == "/dev/null", descriptor);
    }
    server.send_signal(SIGTERM);
    BOOST_TEST(server.wait_for(wait_limit).value() == 0);
    BOOST_TEST(run_replay({"--data", data(), "verify"}).exit_code == 0);
}

BOOST_AUTO_TEST_CASE(a_used_port_is_reported) {
    ServerProcess first(data());
    first.start();
    const std::string address = "127.0.0.1:" + std::to_string(first.port());
    require_refused(run_server({"serve", "--data", directory / "other", "--listen", address}),
                    "cannot listen on " + address + ": the port is taken by another program");
    BOOST_TEST(first.client({}).Get("/healthz").value().status == 200);
    require_refused(run_server({"serve", "--data", directory / "third", "--listen", "192.0.2.1:0"}),
                    "the host is not an address of this machine");
}

BOOST_AUTO_TEST_CASE(the_log_contains_no_secret) {
    const std::string admin = "ta_uV3m0bQ1xJcWq8Zs-Rk5tYh2LdEo7NfGpA_9iKwCzTM";
    ServerProcess server(data(), {{"--access-log"}, {{"THREATATLAS_ADMIN_TOKEN", admin}}});
    server.start();
    // No token file is written if the operator sets the token.
    BOOST_TEST(!fs::exists(token_file()));
    auto as_admin = server.client(admin);
    const auto issued =
        as_admin.Post("/api/api-tokens", R"({"name":"ci","role":"gate"})", "application/json");
    BOOST_TEST_REQUIRE(issued.value().status == 201);
    const std::string gate = json::parse(issued->body).at("token");
    const std::string wrong = "ta_" + std::string(42, 'w') + "A";
    BOOST_TEST(server.client(wrong).Get("/api/products").value().status == 401);
    BOOST_TEST(server.client(gate).Get("/api/products?token=" + gate).value().status == 403);
    BOOST_TEST(as_admin.Get("/" + gate).value().status == 404);
    httplib::Client basic = server.client({});
    basic.set_basic_auth("user", "hunter2");
    BOOST_TEST(basic.Get("/api/products").value().status == 401);
    const auto refused = as_admin.Post("/api/products", "{\"" + gate + "\":1}", "application/json");
    BOOST_TEST(refused.value().status == 422);
    BOOST_TEST(server.stop() == 0);
    const std::string log = server.log();
    BOOST_TEST(!line_about(log, "request").is_null());
    BOOST_TEST(log.find("ci#2") != std::string::npos);
    // "user:hunter2" in Base64.
    for (const std::string& secret : {admin, gate, wrong, std::string("dXNlcjpodW50ZXIy"),
                                      std::string("hunter2"), std::string("Bearer")}) {
        BOOST_TEST(log.find(secret) == std::string::npos, secret);
    }
}

BOOST_AUTO_TEST_CASE(tls_is_used_with_a_certificate) {
    const testing::SelfSignedCertificate certificate;
    Program program({"--data", data(), "--listen", "127.0.0.1:0", "--tls-cert",
                     certificate.certificate_file(), "--tls-key", certificate.key_file()});
    const int port = port_of(program);
    httplib::SSLClient client("127.0.0.1", port);
    client.enable_server_certificate_verification(false);
    BOOST_TEST(client.Get("/healthz").value().status == 200);
    BOOST_TEST(!httplib::Client("127.0.0.1", port).Get("/healthz"));
    BOOST_TEST(program.stop() == 0);

    const auto with = [&](const std::string& cert, const std::string& key) {
        return run_server({"serve", "--data", data(), "--listen", "127.0.0.1:0", "--tls-cert", cert,
                           "--tls-key", key});
    };
    require_refused(with("missing.pem", certificate.key_file()),
                    "missing.pem is not a readable PEM certificate");
    require_refused(with(certificate.certificate_file(), certificate.certificate_file()),
                    "is not a readable PEM key that fits");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
