// The gate: current state, past instants, and many connections.

#include <fmt/format.h>

#include "bench.hpp"
#include "fixed_answer.hpp"
#include "log_generator.hpp"
#include "process.hpp"
#include "prose.hpp"
#include "turns.hpp"

namespace threatatlas::bench {
namespace {

using enum Target::Sense;

constexpr std::size_t many_connections = 1'000;
constexpr Position short_log_events = 1'000;
constexpr int acceptances_in_force = 100;
// Instants that are requested repeatedly.
constexpr std::size_t warm_instants = 256;
// Different requests, each sent once.
constexpr std::size_t cold_questions = 20'000;

// The library's own server, in a child process.
class FixedAnswerServer {
  public:
    FixedAnswerServer(std::size_t body_bytes, std::size_t connections)
        : port_(testing::free_port()),
          child_({.arguments = {"/proc/self/exe", "fixed-answer", std::to_string(port_),
                                std::to_string(body_bytes), std::to_string(connections)},
                  .environment = {},
                  .working_directory = {}},
                 nothing_.descriptor(), nothing_.descriptor(), nothing_.descriptor()) {
        httplib::Client client("127.0.0.1", port_);
        while (!client.Get("/")) {
            if (!child_.running()) {
                throw std::runtime_error("the library's server did not start");
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
    }

    int port() const { return port_; }
    pid_t pid() const { return child_.pid(); }

  private:
    testing::MemoryFile nothing_;
    const int port_;
    testing::ChildProcess child_;
};

// A peer that asks the gate about one product.
Peer gate(std::string name, const GateServer& server, ProductId product) {
    return asking(std::move(name), server.port(), server.pid(), gate_connections,
                  {server.question(product)});
}

// A product with as many critical threats, each of which is accepted until another day.
ProductId make_accepting_product(const testing::ServerProcess& server, int acceptances) {
    const ProductId id = register_products(server, 1).front();
    const std::string product = fmt::format("/api/products/{}", id);
    const auto today = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
    auto editor = server.client(server.issue_token({{"name", "e"}, {"role", "editor"}}));
    auto approver = server.client(server.issue_token({{"name", "a"}, {"role", "approver"}}));
    const auto post = [](httplib::Client& client, const std::string& target,
                         const nlohmann::json& body) {
        const auto answer = client.Post(target, body.dump(), "application/json");
        if (!answer || answer->status / 100 != 2) {
            throw std::runtime_error("a risk could not be accepted: " +
                                     (answer ? answer->body : ""));
        }
    };
    for (int i = 1; i <= acceptances; ++i) {
        post(editor, product + "/threats", {{"name", "T"}, {"severity", "critical"}});
        post(editor, product + "/acceptances",
             {{"threat_ids", {i}},
              {"justification", "Bench"},
              {"valid_until", base::format_day(today + std::chrono::days{1 + i})}});
        post(approver, fmt::format("{}/acceptances/{}/approve", product, i),
             nlohmann::json::object());
    }
    return id;
}

std::size_t body_bytes_of(const GateServer& server, ProductId product) {
    auto client = server.client();
    const auto answer = client.Get(server.target(product));
    if (!answer || answer->status != 200) {
        throw std::runtime_error("the gate does not respond: " + (answer ? answer->body : ""));
    }
    return answer->body.size();
}

std::string as_of(base::Instant instant) {
    return "&as_of=" + base::format_instant(instant);
}

base::Instant between(Random& random, base::Instant from, base::Instant to) {
    return from + std::chrono::microseconds(
                      below(random, static_cast<std::uint64_t>((to - from).count())));
}

}  // namespace

void measure_gate(Bench& bench) {
    say("gate");
    GateServer large(bench.large_directory());
    GateServer small(bench.small_directory(short_log_events));
    const FixedAnswerServer fixed(body_bytes_of(large, small_product), gate_connections);
    const ProductId accepting = make_accepting_product(small.process(), acceptances_in_force);

    const auto reached = take_turns(
        {gate("10 threats", large, small_product),
         asking("the library", fixed.port(), fixed.pid(), gate_connections,
                {large.question(small_product)}),
         gate("100,000 threats", large, huge_product), gate("a short log", small, small_product),
         gate("a long history", large, long_product), gate("acceptances", small, accepting)},
        bench.options().rounds, bench.options().turn);
    const auto& [ours, library, many_threats, short_log, long_history, accepted] =
        std::tie(reached[0], reached[1], reached[2], reached[3], reached[4], reached[5]);

    bench.report().add(
        "gate", {"security-status, 16 kept connections, requests/s", "cpp-httplib, a fixed string",
                 ours.rate, library.rate, Target{at_least, 0.90}, cost_note(ours, library)});
    bench.report().add(
        "gate", {"... its p99", "cpp-httplib, a fixed string",
                 Figure{ours.rate.latency->p99_micros, "us", {}},
                 Figure{library.rate.latency->p99_micros, "us", {}}, Target{at_most, 2}, ""});
    bench.report().add("gate", {"... 100,000 threats, cost of an answer", "10 threats",
                                Figure{1e6 / many_threats.rate.value, "us", {}},
                                Figure{1e6 / ours.rate.value, "us", {}}, Target{at_most, 1.1},
                                cost_note(many_threats, ours)});
    bench.report().add("gate", {fmt::format("... a log of {} events",
                                            shown(static_cast<double>(bench.options().events))),
                                "a log of 1,000", Figure{1e6 / ours.rate.value, "us", {}},
                                Figure{1e6 / short_log.rate.value, "us", {}}, Target{at_most, 1.1},
                                cost_note(ours, short_log)});
    bench.report().add("gate", {"... a product with a tenth of the log", "10 threats, 11 events",
                                Figure{1e6 / long_history.rate.value, "us", {}},
                                Figure{1e6 / ours.rate.value, "us", {}}, Target{at_most, 1.1},
                                cost_note(long_history, ours)});
    bench.report().add(
        "gate",
        {fmt::format("... {} acceptances in force, requests/s", acceptances_in_force), "none",
         accepted.rate, short_log.rate, Target{at_least, 0.9}, cost_note(accepted, short_log)});
}

namespace {

void measure_warm_past(Bench& bench) {
    GateServer server(bench.large_directory());
    Random random(bench.options().seed);
    std::vector<std::string> questions;
    const base::Instant first = log_begins + (log_ends - log_begins) / 2;
    for (std::size_t i = 0; i < warm_instants; ++i) {
        questions.push_back(server.question(long_product, as_of(between(random, first, log_ends))));
    }
    const auto reached =
        take_turns({asking("the past", server.port(), server.pid(), gate_connections, questions),
                    gate("the present", server, long_product)},
                   bench.options().rounds, bench.options().turn);
    bench.report().add("past", {"security-status as of past instants, requests/s",
                                "the current answer", reached[0].rate, reached[1].rate,
                                Target{at_least, 0.85}, cost_note(reached[0], reached[1])});
}

// One request per product of the first third of the log, about an instant in its second half, when
// the product existed.
std::vector<std::string> cold_questions_of(Bench& bench, const GateServer& server, bool past) {
    const std::uint64_t products = std::max<std::uint64_t>(bench.options().events / 1'000, 1);
    const base::Instant first = log_begins + (log_ends - log_begins) / 2;
    Random random(bench.options().seed);
    std::vector<std::string> questions;
    for (std::size_t i = 0; i < cold_questions; ++i) {
        const ProductId product = long_product + 1 + below(random, products);
        const base::Instant instant = between(random, first, log_ends);
        questions.push_back(server.question(product, past ? as_of(instant) : ""));
    }
    return questions;
}

// The first responses of a server started after the page cache was dropped for its files.
LoadResult cold_run(Bench& bench, bool past) {
    forget_pages_of(bench.large_directory());
    GateServer server(bench.large_directory());
    return asking("cold questions", server.port(), server.pid(), gate_connections,
                  cold_questions_of(bench, server, past))
        .take_turn(bench.options().turn);
}

void measure_cold_past(Bench& bench) {
    std::vector<double> past;
    std::vector<double> present;
    std::uint64_t errors = 0;
    for (std::size_t round = 0; round < bench.options().rounds; ++round) {
        for (const bool is_past : {true, false}) {
            const LoadResult result = cold_run(bench, is_past);
            errors += result.errors;
            (is_past ? past : present).push_back(result.rate());
        }
    }
    bench.report().add(
        "past",
        {"... cold: random products and instants, requests/s", "the current answer, as cold",
         Figure{median(past), "/s", {}}, Figure{median(present), "/s", {}}, Target{at_least, 0.6},
         fmt::format("a new server without cached files for each turn; {} errors", errors)});
}

}  // namespace

void measure_past(Bench& bench) {
    say("past");
    measure_warm_past(bench);
    measure_cold_past(bench);
}

void measure_many(Bench& bench) {
    say("many");
    GateServer server(bench.large_directory());
    const auto reached = take_turns({asking("1,000 connections", server.port(), server.pid(),
                                            many_connections, {server.question(small_product)}),
                                     gate("16 connections", server, small_product)},
                                    bench.options().rounds, bench.options().turn);
    bench.report().add("many", {"security-status, 1,000 kept connections, requests/s",
                                "16 connections", reached[0].rate, reached[1].rate,
                                Target{at_least, 0.8}, cost_note(reached[0], reached[1])});
    bench.report().add("many", {"... its slowest connection, share of the mean", "",
                                Figure{reached[0].slowest_share, "", {}}, std::nullopt,
                                Target{at_least, 0.5}, "no errors"});
}

}  // namespace threatatlas::bench
