// The nginx example of docs/OPERATING.md, run by a real nginx in front of the real server and
// requested with curl.
#include "system/proxy/nginx.hpp"

#include <algorithm>
#include <future>
#include <optional>
#include <set>
#include <sstream>
#include <thread>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "events/limits.hpp"
#include "http/net/listener.hpp"
#include "http/ops/service_limits.hpp"
#include "support/server_process.hpp"

namespace threatatlas::testing {

BOOST_AUTO_TEST_SUITE(nginx_test)

namespace {

using nlohmann::json;
namespace data = boost::unit_test::data;

const std::string gate = "/api/products/1/security-status?fail_on_critical=true";
const std::string threats = "/api/products/1/threats";
const std::string events = "/api/products/1/events";
// All addresses of 127.0.0.0/8 belong to this machine, so each can act as another client.
const std::string guesser = "127.0.0.2";
const std::string neighbour = "127.0.0.3";

struct Answer {
    int status;
    std::string version;  // of HTTP
    json headers;         // lower-case name → values
    std::string body;

    std::string header(const std::string& name) const {
        return headers.contains(name) ? headers.at(name).at(0).get<std::string>() : "";
    }
};

struct Asked {
    std::string from = "127.0.0.1";
    std::string token = {};                 // empty: the admin's token
    std::optional<std::string> body = {};   // if set, the request is a POST
    std::vector<std::string> options = {};  // of curl
};

using Arguments = std::vector<std::string>;

// A server with one product, behind nginx.
class Site {
  public:
    explicit Site(Arguments options = {"--trusted-proxy", "127.0.0.1", "--access-log"})
        : server_(directory_ / "data", {std::move(options), {}}), nginx_(server_.port()) {
        server_.start();
        const auto made = server_.ask("POST", "/api/products", R"({"name":"Payments API"})");
        BOOST_TEST_REQUIRE(made.status == 201, made.body);
    }

    ServerProcess& server() { return server_; }

    // Sends a request through nginx, on a new connection.
    Answer ask(const std::string& target, const Asked& asked = {}) const {
        Arguments arguments = curl(asked.from);
        const std::string token = asked.token.empty() ? server_.admin_token() : asked.token;
        arguments.insert(arguments.end(), {"-H", "Authorization: Bearer " + token, "-w",
                                           R"(%{stderr}{"status":%{http_code},"version":)"
                                           R"("%{http_version}","headers":%{header_json}})",
                                           site + target});
        if (asked.body) {
            arguments.insert(arguments.end(), {"--data-binary", "@-"});
        }
        arguments.insert(arguments.end(), asked.options.begin(), asked.options.end());
        const ProgramResult result = run_program({arguments, {}, {}}, asked.body.value_or(""));
        if (result.exit_code != 0) {
            throw std::runtime_error(target + ": " + result.err + nginx_.log());
        }
        const json said = json::parse(result.err);
        return {said.at("status"), said.at("version"), said.at("headers"), result.out};
    }

    // Sends too many requests with an invalid token, all with the neighbour's address in
    // X-Forwarded-For. Returns the last status.
    int last_of_too_many_guesses() const {
        Arguments arguments = curl(guesser);
        arguments.insert(
            arguments.end(),
            {"-H", "Authorization: Bearer ta_AAAA", "-H", "X-Forwarded-For: " + neighbour, "-o",
             "/dev/null", "-w", "%{http_code}",
             fmt::format("{}/api/products/[0-{}]", site, ops::limits::failed_logins_max)});
        const ProgramResult result = run_program({arguments, {}, {}});
        const std::size_t digits = 3;
        BOOST_TEST_REQUIRE(result.out.size() == digits * (ops::limits::failed_logins_max + 1),
                           result.err);
        return std::stoi(result.out.substr(result.out.size() - digits));
    }

    // The distinct clients in log lines about an event. Stops the server, so that the log is
    // complete.
    std::set<std::string> clients_in_log(const std::string& event) {
        BOOST_TEST(server_.stop() == 0);
        std::set<std::string> clients;
        std::istringstream log(server_.log());
        for (std::string text; std::getline(log, text);) {
            const json line = json::parse(text);
            if (line.at("event") == event) {
                clients.insert(line.at("client").get<std::string>());
            }
        }
        return clients;
    }

    // A value of /metrics, requested from the server directly.
    std::uint64_t metric(const std::string& name) const {
        const std::string text = "\n" + server_.ask("GET", "/metrics").body;
        const std::string start = "\nthreatatlas_" + name + " ";
        const std::size_t place = text.find(start);
        BOOST_TEST_REQUIRE(place != std::string::npos, name);
        return std::stoull(text.substr(place + start.size()));
    }

    // Starts a poll through nginx and waits until the server has parked it.
    std::future<Answer> wait_for_event_after(int position, const std::string& version) const {
        auto poll = std::async(std::launch::async, [this, position, version] {
            return ask(fmt::format("/api/events?after={}&wait=30", position),
                       {.options = {version}});
        });
        while (metric("polls_waiting") == 0 &&
               poll.wait_for(std::chrono::seconds(0)) == std::future_status::timeout) {
            std::this_thread::yield();
        }
        return poll;
    }

    // Runs the client of pipelines, with these arguments, through nginx.
    ProgramResult run_client(Arguments arguments) const {
        const std::filesystem::path sources = THREATATLAS_SOURCE_DIRECTORY;
        arguments.insert(arguments.begin(), (sources / "ci" / "threatatlas-ci").string());
        return run_program(
            {arguments,
             {{"THREATATLAS_URL", fmt::format("https://127.0.0.1:{}", nginx_.port())},
              {"THREATATLAS_CA_FILE", nginx_.certificate_file()},
              {"THREATATLAS_TOKEN", server_.admin_token()},
              {"THREATATLAS_PRODUCT", "1"},
              {"no_proxy", "*"}},
             sources});
    }

  private:
    // The host name is that of the example; only the address is replaced.
    Arguments curl(const std::string& from) const {
        return {"curl",
                "-sS",
                "--insecure",
                "--noproxy",
                "*",
                "--connect-to",
                fmt::format("::127.0.0.1:{}", nginx_.port()),
                "--interface",
                from};
    }

    static inline const std::string site = "https://threatatlas.example.org";

    const TempDirectory directory_;
    ServerProcess server_;
    const Nginx nginx_;
};

const auto both_versions = data::make({std::string("--http1.1"), std::string("--http2")});

// The verdict without generated_at, which is its last member.
std::string lasting(const std::string& verdict) {
    return verdict.substr(0, verdict.find("\"generated_at\""));
}

// Headers behind nginx are the same, except those about the connection.
void check_headers(const Answer& answer, const httplib::Response& direct) {
    for (const auto& [name, value] : direct.headers) {
        std::string small = name;
        std::transform(small.begin(), small.end(), small.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        if (small != "connection" && small != "keep-alive" && small != "date") {
            BOOST_TEST(answer.header(small) == value, name);
        }
    }
}

// If nginx compressed the response, it would make the tag weak, and If-Match could not use it.
void check_strong_tags(const Site& site) {
    const std::string path = "/api/products/1";
    const Asked compressed{.options = {"-H", "Accept-Encoding: gzip"}};
    const Answer read = site.ask(path, compressed);
    BOOST_TEST(read.header("content-encoding") == "");
    const std::string tag = read.header("etag");
    BOOST_TEST(tag.starts_with("\""), tag);
    const auto patch = [&] {
        return site.ask(path,
                        {.body = R"({"description":"d"})",
                         .options = {"-X", "PATCH", "-H", "Accept-Encoding: gzip", "-H",
                                     "Content-Type: application/json", "-H", "If-Match: " + tag}});
    };
    const Answer changed = patch();
    BOOST_TEST(changed.status == 200, changed.body);
    BOOST_TEST(changed.header("etag").starts_with("\""));
    BOOST_TEST(patch().status == 412);
}

// An NDJSON body of exactly this size, with few, long items of four-byte characters.
std::string facts_of_bytes(std::size_t size) {
    const std::string begin = R"({"type":"threat.identified","data":{"name":"t","description":")";
    const std::string end = "\"}}\n";
    std::string item = begin;
    for (int i = 0; i < 8'000; ++i) {
        item += "\U0001F512";
    }
    item += end;
    std::string facts;
    while (facts.size() + item.size() <= size) {
        facts += item;
    }
    // Empty lines are ignored.
    return facts + std::string(size - facts.size(), '\n');
}

const std::string ndjson = "Content-Type: application/x-ndjson";

}  // namespace

BOOST_DATA_TEST_CASE_F(Site, the_gate_is_answered_as_by_the_server_itself, both_versions, version) {
    const httplib::Response direct = server().ask("GET", gate);
    const Answer answer = ask(gate, {.options = {version}});
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(version.ends_with(answer.version));
    BOOST_TEST(json::parse(answer.body).at("pass") == true);
    BOOST_TEST(lasting(answer.body) == lasting(direct.body));
    BOOST_TEST(answer.header("cache-control") == "no-store");
    BOOST_TEST(answer.header("x-content-type-options") == "nosniff");
    check_headers(answer, direct);
    const Answer same =
        ask(gate, {.options = {version, "-H", "If-None-Match: " + answer.header("etag")}});
    BOOST_TEST(same.status == 304);
    BOOST_TEST(same.body == "");
}

BOOST_FIXTURE_TEST_CASE(tags_stay_strong_if_the_site_compresses, Site) {
    check_strong_tags(*this);
}

BOOST_FIXTURE_TEST_CASE(security_headers_pass_through, Site) {
    const std::string page = "/api/products/1/download/report";
    const Answer report = ask(page);
    BOOST_TEST(report.status == 200);
    BOOST_TEST(report.header("content-security-policy") != "");
    check_headers(report, server().ask("GET", page));
    const Answer refused = ask(gate, {.token = "ta_AAAA"});
    BOOST_TEST(refused.status == 401);
    BOOST_TEST(refused.header("www-authenticate").starts_with("Bearer"));
    BOOST_TEST(refused.header("content-type") == "application/problem+json");
}

BOOST_FIXTURE_TEST_CASE(a_guesser_behind_the_proxy_does_not_slow_down_others, Site) {
    BOOST_TEST(last_of_too_many_guesses() == 429);
    // The claimed address is not blocked, and claiming another address does not help the guesser.
    BOOST_TEST(ask(gate, {.from = neighbour, .token = "ta_AAAA"}).status == 401);
    const Answer disguised =
        ask(gate,
            {.from = guesser, .token = "ta_AAAA", .options = {"-H", "X-Forwarded-For: 127.0.0.4"}});
    BOOST_TEST(disguised.status == 429);
    BOOST_TEST(disguised.header("retry-after") != "");
    BOOST_TEST(ask(gate, {.from = guesser}).status == 200);
    const std::set<std::string> both{guesser, neighbour};
    BOOST_TEST(clients_in_log("failed_login") == both, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(the_access_log_names_the_client_behind_the_proxy, Site) {
    BOOST_TEST(
        ask(gate, {.from = guesser, .options = {"-H", "X-Forwarded-For: 127.0.0.4"}}).status ==
        200);
    // The product was registered directly, without nginx.
    const std::set<std::string> both{"127.0.0.1", guesser};
    BOOST_TEST(clients_in_log("request") == both, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_untrusted_proxy_counts_as_one_client) {
    Site site({"--access-log"});
    BOOST_TEST(site.last_of_too_many_guesses() == 429);
    BOOST_TEST(site.ask(gate, {.from = neighbour, .token = "ta_AAAA"}).status == 429);
    const std::set<std::string> proxy{"127.0.0.1"};
    BOOST_TEST(site.clients_in_log("request") == proxy, boost::test_tools::per_element());
}

BOOST_DATA_TEST_CASE_F(Site, a_body_as_long_as_the_limit_passes, both_versions, version) {
    const std::string facts = facts_of_bytes(events::limits::bulk_body_bytes_max);
    const Answer written = ask(events, {.body = facts, .options = {version, "-H", ndjson}});
    BOOST_TEST_REQUIRE(written.status == 200, written.body);
    BOOST_TEST(json::parse(written.body).at("appended") == facts.size() / (facts.find('\n') + 1));
    // Large responses pass, too.
    const std::string page = events + "?limit=1000";
    const Answer read = ask(page, {.options = {version}});
    BOOST_TEST(read.status == 200);
    BOOST_TEST(read.body.size() > events::limits::bulk_body_bytes_max / 2);
    BOOST_TEST((read.body == server().ask("GET", page).body));
}

BOOST_DATA_TEST_CASE_F(Site, a_body_over_the_limit_is_refused, both_versions, version) {
    const Answer refused =
        ask(events, {.body = facts_of_bytes(events::limits::bulk_body_bytes_max + 1),
                     .options = {version, "-H", ndjson}});
    BOOST_TEST(refused.status == 413);
    // The refusal is the server's, with a detail.
    BOOST_TEST(refused.header("content-type") == "application/problem+json");
    BOOST_TEST(json::parse(refused.body).at("detail") != "");
    // A much longer body is refused by nginx and never reaches the server.
    const Answer turned_away =
        ask(events, {.body = facts_of_bytes(2 * events::limits::bulk_body_bytes_max),
                     .options = {version, "-H", ndjson}});
    BOOST_TEST(turned_away.status == 413);
    BOOST_TEST(turned_away.header("content-type") == "text/html");
    BOOST_TEST(metric("log_position") == 2U);
}

BOOST_DATA_TEST_CASE_F(Site, a_long_poll_is_answered_when_something_happens, both_versions,
                       version) {
    auto poll = wait_for_event_after(2, version);
    const Answer made = ask(threats, {.body = R"({"name":"SQL injection"})",
                                      .options = {"-H", "Content-Type: application/json"}});
    BOOST_TEST(made.status == 201);
    BOOST_TEST(made.header("location") == threats + "/1");
    const Answer answer = poll.get();
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(json::parse(answer.body).at("position") == 3);
    BOOST_TEST(answer.header("x-log-position") == "3");
}

BOOST_FIXTURE_TEST_CASE(a_long_poll_can_end_without_events, Site) {
    const Answer answer = ask("/api/events?after=2&wait=1");
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.body == "");
    BOOST_TEST(answer.header("x-log-position") == "2");
}

// Checked by comparison, because observing it would take a minute and depend on a race.
BOOST_AUTO_TEST_CASE(the_timeouts_in_the_example_fit_those_of_the_server) {
    const std::chrono::milliseconds patience = time_in_example("proxy_read_timeout");
    BOOST_TEST((patience > events::limits::long_poll_max));
    BOOST_TEST((patience > ops::limits::write_wait_max));
    // Otherwise nginx could send a request on a connection that the server is about to close.
    BOOST_TEST((time_in_example("keepalive_timeout") < net::ListenerOptions{}.idle_ms_max));
}

BOOST_FIXTURE_TEST_CASE(connections_to_the_server_are_kept_alive, Site) {
    const std::uint64_t before = metric("connections_accepted_total");
    const std::uint64_t asked = 20;
    for (std::uint64_t i = 0; i < asked; ++i) {
        BOOST_TEST(ask(gate).status == 200);
    }
    BOOST_TEST(metric("connections_accepted_total") - before < asked / 2);
}

BOOST_FIXTURE_TEST_CASE(a_stop_ends_polls_and_answers_are_502_until_the_restart, Site) {
    auto poll = wait_for_event_after(2, "--http2");
    BOOST_TEST(server().stop() == 0);
    const Answer let_go = poll.get();
    BOOST_TEST(let_go.status == 200);
    BOOST_TEST(let_go.body == "");
    BOOST_TEST(ask(gate).status == 502);
    server().start();
    BOOST_TEST(ask(gate).status == 200);
}

BOOST_FIXTURE_TEST_CASE(a_killed_server_is_502_until_it_restarts, Site) {
    for (int round = 0; round < 3; ++round) {
        BOOST_TEST(ask(gate).status == 200);
        auto poll = wait_for_event_after(2, "--http2");
        server().kill();
        BOOST_TEST(poll.get().status == 502);
        BOOST_TEST(ask(gate).status == 502);
        server().start();
    }
    BOOST_TEST(ask(gate).status == 200);
}

BOOST_FIXTURE_TEST_CASE(the_client_of_pipelines_outlasts_a_restart, Site) {
    const ProgramResult pushed =
        run_client({"push", "samples/meter-readings.json", "--min-threats", "1"});
    BOOST_TEST(pushed.exit_code == 0, pushed.out << pushed.err);
    BOOST_TEST(server().stop() == 0);
    auto again = std::async(std::launch::async, [this] {
        return run_client({"push", "samples/meter-readings.json", "--min-threats", "1000"});
    });
    // The first attempt fails with 502.
    BOOST_TEST((again.wait_for(std::chrono::seconds(1)) == std::future_status::timeout));
    server().start();
    const ProgramResult failed = again.get();
    BOOST_TEST(failed.exit_code == 1, failed.out << failed.err);
    BOOST_TEST(failed.out.find("at least 1000 expected") != std::string::npos,
               failed.out << failed.err);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace threatatlas::testing
