#define BOOST_TEST_MODULE server_program
// The real program from outside: its options, what it refuses and how it says so, its tokens and
// its end.

#include <csignal>
#include <fstream>
#include <sstream>
#include <thread>

#include <boost/test/unit_test.hpp>

#include "events/keys.hpp"
#include "projections/rebuild.hpp"
#include "raw_client.hpp"
#include "replay/made_up_log.hpp"
#include "self_signed.hpp"
#include "support/server_process.hpp"

using namespace threatatlas;
using nlohmann::json;

namespace {

namespace fs = std::filesystem;
using Environment = std::map<std::string, std::string>;

constexpr auto patience = std::chrono::seconds(60);

ProgramResult run_server(std::vector<std::string> arguments, Environment environment = {}) {
    arguments.insert(arguments.begin(), THREATATLAS_SERVER_PROGRAM);
    return run_program({std::move(arguments), std::move(environment), {}});
}

// The lines of a log, each of which has to be an object with a time.
std::vector<json> lines_of(const std::string& log) {
    std::vector<json> lines;
    std::istringstream text(log.substr(0, log.rfind('\n') + 1));
    for (std::string line; std::getline(text, line);) {
        lines.push_back(json::parse(line));
        BOOST_TEST(lines.back().at("time").get<std::string>().size() == 27U);
    }
    return lines;
}

// The first line about an event; null where there is none.
json line_about(const std::string& log, std::string_view event) {
    for (const json& line : lines_of(log)) {
        if (line.at("event") == event) {
            return line;
        }
    }
    return nullptr;
}

// The program with arguments of the test's own.
class Program {
  public:
    explicit Program(std::vector<std::string> arguments, Environment environment = {}) {
        arguments.insert(arguments.begin(), {THREATATLAS_SERVER_PROGRAM, "serve"});
        const MemoryFile nothing;
        child_ = std::make_unique<ChildProcess>(
            ChildOptions{std::move(arguments), std::move(environment), {}}, nothing.descriptor(),
            log_.descriptor(), log_.descriptor());
    }

    // Waits for it in the log.
    json wait_for(std::string_view event) {
        const auto deadline = std::chrono::steady_clock::now() + patience;
        while (std::chrono::steady_clock::now() < deadline && child_->running()) {
            const json line = line_about(log(), event);
            if (!line.is_null()) {
                return line;
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
        }
        throw std::runtime_error("not in the log: " + std::string(event) + ": " + log());
    }
    void send_signal(int signal) { child_->send_signal(signal); }
    // Its exit code.
    int wait_for_end() { return child_->wait_for(patience).value(); }
    int stop() {
        send_signal(SIGTERM);
        return wait_for_end();
    }
    std::string log() const { return log_.content(); }

  private:
    const MemoryFile log_;
    std::unique_ptr<ChildProcess> child_;
};

int port_of(Program& program) {
    return program.wait_for("listening").at("port").get<int>();
}

// It could not start: exit code 3, and one sentence in the log.
void require_refused(const ProgramResult& result, const std::string& sentence) {
    BOOST_TEST(result.exit_code == 3);
    BOOST_TEST(result.out == "");
    const json line = line_about(result.err, "cannot_start");
    BOOST_TEST_REQUIRE(line.is_object(), result.err);
    BOOST_TEST(line.at("level") == "error");
    const auto detail = line.at("detail").get<std::string>();
    BOOST_TEST(detail.find(sentence) != std::string::npos, detail);
}

std::string content_of(const fs::path& file) {
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    return text.str();
}

bool is_its_owners_alone(const fs::path& file) {
    return fs::status(file).permissions() == (fs::perms::owner_read | fs::perms::owner_write);
}

struct Place {
    std::string data() const { return directory / "data"; }
    fs::path token_file() const { return directory / "data" / "admin-token"; }
    int ask_with(const ServerProcess& server, const std::string& token) const {
        return server.client(token).Get("/api/api-tokens").value().status;
    }

    TempDirectory directory;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(server_program, Place)

BOOST_AUTO_TEST_CASE(it_tells_its_options_and_its_version) {
    const ProgramResult help = run_server({"--help"});
    BOOST_TEST(help.exit_code == 0);
    BOOST_TEST(help.err == "");
    for (const std::string word : {"serve", "admin-token", "--version"}) {
        BOOST_TEST(help.out.find(word) != std::string::npos, word);
    }
    const ProgramResult serve_help = run_server({"serve", "--help"});
    BOOST_TEST(serve_help.exit_code == 0);
    for (const std::string word :
         {"--data", "--listen", "--tls-cert", "--tls-key", "--workers", "--connections-max",
          "--cache-mib", "--access-log", "--accept-clock", "THREATATLAS_DATA", "THREATATLAS_LISTEN",
          "THREATATLAS_TLS_CERT", "THREATATLAS_TLS_KEY", "THREATATLAS_WORKERS",
          "THREATATLAS_CONNECTIONS_MAX", "THREATATLAS_CACHE_MIB", "THREATATLAS_ACCESS_LOG",
          "THREATATLAS_ACCEPT_CLOCK", "THREATATLAS_ADMIN_TOKEN"}) {
        BOOST_TEST(serve_help.out.find(word) != std::string::npos, word);
    }
    const ProgramResult version = run_server({"--version"});
    BOOST_TEST(version.exit_code == 0);
    BOOST_TEST(version.out == "threatatlas " THREATATLAS_VERSION "\n");
}

BOOST_AUTO_TEST_CASE(what_it_is_told_wrongly_it_names_and_does_nothing) {
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
        {{}, {}, "subcommand"},
        {{"dance"}, {}, "subcommand"},
        {{"serve"}, {}, "--data"},
        {{"admin-token"}, {}, "--data"},
        {serve({"--wokers", "2"}), {}, "--wokers"},
        {serve({"now"}), {}, "now"},
        {serve({"--listen", "8080"}), {}, "--listen"},
        {serve({"--listen", ":8080"}), {}, "--listen"},
        {serve({"--listen", "127.0.0.1:65536"}), {}, "--listen"},
        {serve({"--listen", "127.0.0.1:-1"}), {}, "--listen"},
        {serve({"--listen", "127.0.0.1:http"}), {}, "--listen"},
        {serve({"--listen", "127.0.0.1:"}), {}, "--listen"},
        {serve({"--workers", "0"}), {}, "--workers"},
        {serve({"--workers", "many"}), {}, "--workers"},
        {serve({"--connections-max", "0"}), {}, "--connections-max"},
        {serve({"--cache-mib", "0"}), {}, "--cache-mib"},
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
            BOOST_TEST(!fs::exists(data()));
        }
    }
}

BOOST_AUTO_TEST_CASE(options_come_from_the_environment_too) {
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
        // The only connection there may be is taken.
        httplib::Client other("127.0.0.1", port);
        BOOST_TEST(other.Get("/healthz").value().status == 503);
    }
    BOOST_TEST(program.wait_for("request").at("route") == "/healthz");
    BOOST_TEST(program.stop() == 0);
}

BOOST_AUTO_TEST_CASE(the_command_line_comes_before_the_environment) {
    Program program(
        {"--data", data(), "--listen", "127.0.0.1:0"},
        {{"THREATATLAS_DATA", (directory / "other").string()}, {"THREATATLAS_LISTEN", "nowhere"}});
    program.wait_for("ready");
    BOOST_TEST(fs::exists(data()));
    BOOST_TEST(!fs::exists(directory / "other"));
    BOOST_TEST(program.stop() == 0);
}

BOOST_AUTO_TEST_CASE(a_signal_lets_requests_under_way_be_answered) {
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

BOOST_AUTO_TEST_CASE(a_second_server_on_the_same_directory_is_refused) {
    ServerProcess first(data());
    first.start();
    const std::string token = content_of(token_file());
    require_refused(run_server({"serve", "--data", data(), "--listen", "127.0.0.1:0"}),
                    "is in use by another process: stop that one first");
    BOOST_TEST(content_of(token_file()) == token);
    BOOST_TEST(first.ask("POST", "/api/products", R"({"name":"p"})").status == 201);
}

BOOST_AUTO_TEST_CASE(a_port_that_is_taken_is_said) {
    ServerProcess first(data());
    first.start();
    const std::string address = "127.0.0.1:" + std::to_string(first.port());
    require_refused(run_server({"serve", "--data", directory / "other", "--listen", address}),
                    "cannot listen on " + address + ": the port is taken by another program");
    BOOST_TEST(first.client({}).Get("/healthz").value().status == 200);
    require_refused(run_server({"serve", "--data", directory / "third", "--listen", "192.0.2.1:0"}),
                    "the host is not an address of this machine");
}

BOOST_AUTO_TEST_CASE(a_directory_that_is_not_ours_is_left_alone) {
    const auto serve_on = [](const fs::path& place) {
        return run_server({"serve", "--data", place, "--listen", "127.0.0.1:0"});
    };
    const fs::path foreign = directory / "foreign";
    fs::create_directory(foreign);
    std::ofstream(foreign / "thesis.txt") << "years of work";
    require_refused(serve_on(foreign), "is not empty and not a ThreatAtlas data directory");
    BOOST_TEST(std::distance(fs::directory_iterator(foreign), fs::directory_iterator()) == 1);
    BOOST_TEST(content_of(foreign / "thesis.txt") == "years of work");

    import_into(data(), made_up_log());
    const auto with_format = [&](const std::string& text) {
        std::ofstream(fs::path(data()) / "FORMAT") << text;
        const ProgramResult result = serve_on(data());
        BOOST_TEST(content_of(fs::path(data()) / "FORMAT") == text);
        return result;
    };
    require_refused(with_format("threatatlas data, format 2\n"),
                    "has format 2, and this program knows formats up to 1: use the newer version");
    require_refused(with_format("threatatlas data, import not finished\n"),
                    "was not finished: empty it and import again");
    require_refused(with_format("somebody else's\n"), "is not a ThreatAtlas data directory");
    require_refused(with_format("threatatlas data, format one\n"), "does not say its format");
    require_refused(serve_on(foreign / "thesis.txt"), "");
}

BOOST_AUTO_TEST_CASE(no_secret_stands_in_the_log) {
    const std::string admin = "ta_" + std::string(42, 'k') + "A";
    ServerProcess server(data(), {{"--access-log"}, {{"THREATATLAS_ADMIN_TOKEN", admin}}});
    server.start();
    // Nothing is left for others to find where the operator has chosen the token.
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

BOOST_AUTO_TEST_CASE(an_admin_token_is_made_for_its_owner_alone) {
    ServerProcess server(data());
    server.start();
    BOOST_TEST(is_its_owners_alone(token_file()));
    BOOST_TEST(line_about(server.log(), "admin_token").at("file") == token_file().string());
    const std::string token = server.admin_token();
    BOOST_TEST(ask_with(server, token) == 200);
    BOOST_TEST(server.log().find(token) == std::string::npos);
    // While there is a live one, none is made: not at the next start, not where the file is gone.
    server.stop();
    fs::remove(token_file());
    server.start();
    BOOST_TEST(!fs::exists(token_file()));
    BOOST_TEST(ask_with(server, token) == 200);
}

BOOST_AUTO_TEST_CASE(where_no_admin_token_is_live_a_new_one_is_made) {
    MadeUpLog log;
    TokenIssued expired = token(1, Role::admin);
    expired.expires_at = *parse_instant("2026-01-06T00:00:00Z");
    log.record(0, {expired});
    log.record(0, {token(2, Role::editor)});
    import_into(data(), log);
    std::ofstream(token_file()) << "left over\n";
    fs::permissions(token_file(), fs::perms::all);
    ServerProcess server(data());
    server.start();
    BOOST_TEST(is_its_owners_alone(token_file()));
    BOOST_TEST(ask_with(server, server.admin_token()) == 200);
    const json events =
        json::parse(run_replay({"--data", data(), "events", "--format", "json"}).out);
    BOOST_TEST_REQUIRE(events.size() == 3U);
    BOOST_TEST(events[2].at("actor") == "system");
    BOOST_TEST(events[2].at("data").at("role") == "admin");
}

BOOST_AUTO_TEST_CASE(lost_admin_tokens_are_replaced_while_the_server_is_stopped) {
    ServerProcess server(data());
    server.start();
    const std::string first = server.admin_token();
    const ProgramResult beside = run_server({"admin-token", "--data", data()});
    BOOST_TEST(beside.exit_code == 3);
    BOOST_TEST(beside.out == "");
    BOOST_TEST(beside.err.find("in use by another process") != std::string::npos, beside.err);
    BOOST_TEST(server.admin_token() == first);
    server.stop();

    const ProgramResult made = run_server({"admin-token"}, {{"THREATATLAS_DATA", data()}});
    BOOST_TEST(made.exit_code == 0);
    BOOST_TEST(made.err == "");
    BOOST_TEST(made.out.find(token_file().string()) != std::string::npos);
    BOOST_TEST(is_its_owners_alone(token_file()));
    const std::string second = server.admin_token();
    BOOST_TEST(second != first);
    BOOST_TEST(made.out.find(second) == std::string::npos);
    server.start();
    BOOST_TEST(ask_with(server, second) == 200);
    BOOST_TEST(ask_with(server, first) == 200);
    BOOST_TEST(server.admin_token() == second);
}

BOOST_AUTO_TEST_CASE(no_admin_token_is_made_for_a_directory_that_is_not_there) {
    const ProgramResult result = run_server({"admin-token", "--data", data()});
    BOOST_TEST(result.exit_code == 3);
    BOOST_TEST(result.err.find("there is no data in") != std::string::npos, result.err);
    BOOST_TEST(!fs::exists(data()));
}

BOOST_AUTO_TEST_CASE(a_log_from_the_future_is_read_and_goes_on_only_when_accepted) {
    const std::string admin = "ta_" + std::string(42, 'k') + "A";
    const Environment environment{{"THREATATLAS_ADMIN_TOKEN", admin}};
    MadeUpLog log(1, *parse_instant("2999-01-05T08:00:00Z"));
    log.record(1, {product_named("Payments API")});
    import_into(data(), log);
    const auto ask = [&](int port, const std::string& method, const std::string& path) {
        httplib::Client client("127.0.0.1", port);
        client.set_bearer_token_auth(admin);
        return (method == "GET" ? client.Get(path) : client.Post(path, "{}", "application/json"))
            .value();
    };
    {
        Program program({"--data", data(), "--listen", "127.0.0.1:0"}, environment);
        const int port = port_of(program);
        BOOST_TEST(program.wait_for("clock").at("level") == "error");
        program.wait_for("ready");
        const auto ready = ask(port, "GET", "/readyz");
        BOOST_TEST(ready.status == 503);
        BOOST_TEST(json::parse(ready.body).at("status") == "clock_in_doubt");
        const auto why = json::parse(ready.body).at("detail").get<std::string>();
        BOOST_TEST(why.find("--accept-clock") != std::string::npos, why);
        BOOST_TEST(ask(port, "GET", "/healthz").status == 200);
        BOOST_TEST(program.stop() == 0);
        const ProgramResult token = run_server({"admin-token", "--data", data()});
        BOOST_TEST(token.exit_code == 3);
        BOOST_TEST(token.err.find("--accept-clock") != std::string::npos, token.err);
        BOOST_TEST(run_replay({"--data", data(), "export"}).out == log.text());
    }
    Program program({"--data", data(), "--listen", "127.0.0.1:0", "--accept-clock"}, environment);
    const int port = port_of(program);
    program.wait_for("ready");
    BOOST_TEST(ask(port, "GET", "/readyz").status == 200);
    BOOST_TEST(ask(port, "GET", "/api/products/1").status == 200);
    BOOST_TEST(program.stop() == 0);
    // The admin token's line, a microsecond after the last one.
    const std::string lines = run_replay({"--data", data(), "export"}).out;
    BOOST_TEST(lines.find(format_instant(log.time() + std::chrono::microseconds{1})) !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(it_speaks_tls_where_it_is_given_a_certificate) {
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

BOOST_AUTO_TEST_CASE(a_log_that_cannot_be_folded_ends_the_server) {
    import_into(data(), made_up_log());
    {
        const auto store = Store::open(data(), {});
        rocksdb::WriteBatch batch;
        batch.Put(store->handle(Table::meta), projection_stamp_key, "0");
        batch.Put(store->handle(Table::events), be64_key(7), "garbage");
        store->write(batch);
    }
    const ProgramResult result = run_server({"serve", "--data", data(), "--listen", "127.0.0.1:0"});
    BOOST_TEST(result.exit_code == 3);
    const json line = line_about(result.err, "cannot_serve");
    BOOST_TEST_REQUIRE(line.is_object(), result.err);
    BOOST_TEST(line.at("detail").get<std::string>().starts_with("position 7: "));
}

// That /readyz shows the progress is held by the suite server_rebuild.
BOOST_AUTO_TEST_CASE(projections_of_another_version_are_made_anew_at_start) {
    const MadeUpLog log = made_up_log();
    import_into(data(), log);
    const auto change_stamp = [this] {
        const auto store = Store::open(data(), {});
        rocksdb::WriteBatch batch;
        batch.Put(store->handle(Table::meta), projection_stamp_key, "0");
        store->clear(Table::history);
        store->write(batch);
    };
    change_stamp();
    BOOST_TEST(run_replay({"--data", data(), "verify"}).exit_code == 1);
    ServerProcess server(data());
    server.start();
    BOOST_TEST(line_about(server.log(), "rebuilding").at("events") == log.lines().size());
    BOOST_TEST(run_replay({"--data", data(), "verify"}).exit_code == 0);
    BOOST_TEST(server.stop() == 0);
    // And once is enough.
    server.start();
    BOOST_TEST(line_about(server.log(), "rebuilding").is_null());
    server.stop();
    change_stamp();
    BOOST_TEST(run_server({"admin-token", "--data", data()}).exit_code == 0);
    BOOST_TEST(run_replay({"--data", data(), "verify"}).exit_code == 0);
}

BOOST_AUTO_TEST_SUITE_END()
