// The gate and other tokens' writes during expensive requests.

#include <array>
#include <exception>
#include <thread>

#include <fmt/format.h>

#include "bench.hpp"
#include "log_generator.hpp"
#include "process.hpp"
#include "turns.hpp"

namespace threatatlas::bench {
namespace {

using enum Target::Sense;

constexpr std::size_t write_connections = 4;
constexpr Position log_events = 100'000;
constexpr std::size_t objects_of_element = 20'000;  // number of threats, and of mitigations
constexpr std::size_t threats_of_link = 1'000;
constexpr std::size_t toggles_of_body = 2'000;
constexpr std::size_t items_of_body = 5'000;
// Time until the expensive requests have started, and until the last ones have ended.
constexpr std::chrono::milliseconds settling{500};

// Sends all lines in one request; the product should be empty before.
void write(const testing::ServerProcess& server, ProductId product, const std::string& lines) {
    const auto answer =
        server.client(server.admin_token())
            .Post(fmt::format("/api/products/{}/events", product), lines, "application/x-ndjson");
    if (!answer || answer->status / 100 != 2) {
        throw std::runtime_error("the expensive product could not be written: " +
                                 (answer ? answer->body : "no response"));
    }
}

// Every mitigation covers every threat, because all are on one element.
ProductId crowd_one_element(const testing::ServerProcess& server) {
    const ProductId product = register_products(server, 1).front();
    for (const std::string_view head :
         {R"({"type":"threat.identified","data":{"severity":"high",)",
          R"({"type":"mitigation.proposed","data":{"status":"implemented",)"}) {
        for (std::size_t made = 0; made < objects_of_element; made += items_of_body) {
            std::string lines;
            for (std::size_t i = 0; i < items_of_body; ++i) {
                lines += fmt::format(R"({}"name":"N{}","diagram":"D","element_id":"e"}}}})", head,
                                     made + i);
                lines += '\n';
            }
            write(server, product, lines);
        }
    }
    return product;
}

// One mitigation that names a thousand threats on elements with long names.
ProductId link_many_threats(const testing::ServerProcess& server) {
    const ProductId product = register_products(server, 1).front();
    const std::string name(400, 'e');
    std::string lines;
    std::string ids;
    for (std::size_t id = 1; id <= threats_of_link; ++id) {
        lines +=
            fmt::format(R"({{"type":"threat.identified","data":{{"name":"T","severity":"high",)"
                        R"("diagram":"{}","element_id":"{}{}"}}}})",
                        name, name, id);
        lines += '\n';
        ids += fmt::format("{}{}", ids.empty() ? "" : ",", id);
    }
    write(server, product,
          lines + fmt::format(
                      R"({{"type":"mitigation.proposed","data":{{"name":"M","threat_ids":[{}]}}}})",
                      ids));
    return product;
}

std::string toggles() {
    std::string lines;
    for (std::size_t i = 0; i < toggles_of_body; ++i) {
        lines += fmt::format(
            R"({{"type":"mitigation.status_changed","data":{{"mitigation_id":1,"status":"{}"}}}})",
            i % 2 == 0 ? "implemented" : "proposed");
        lines += '\n';
    }
    return lines;
}

struct CostlyRequest {
    std::string name;
    std::size_t connections;
    std::string request;
    std::uint64_t answers = 0;
    std::uint64_t refusals = 0;
};

// Runs the peer's turn while the expensive request is sent continuously over its connections.
LoadResult take_turn_beside(const Peer& peer, std::chrono::milliseconds turn, int port,
                            CostlyRequest& costly) {
    LoadResult load;
    std::exception_ptr failure;
    std::thread sender([&] {
        try {
            load = run_load(
                {.port = port,
                 .connections = costly.connections,
                 .duration = turn + settling,
                 .next_request = [&](std::size_t) -> std::string_view { return costly.request; }});
        } catch (...) {
            failure = std::current_exception();
        }
    });
    std::this_thread::sleep_for(settling);
    LoadResult result;
    try {
        result = peer.take_turn(turn);
    } catch (...) {
        failure = std::current_exception();
    }
    sender.join();
    if (failure) {
        std::rethrow_exception(failure);
    }
    costly.answers += load.answers;
    costly.refusals += load.errors;
    return result;
}

}  // namespace

void measure_costly(Bench& bench) {
    say("costly");
    const GateServer server(bench.small_directory(log_events));
    const testing::ServerProcess& process = server.process();
    const ProductId crowded = crowd_one_element(process);
    const ProductId linked = link_many_threats(process);
    const std::string of_events = process.issue_token(
        {{"name", "events"}, {"role", "auditor"}, {"product_ids", {small_product}}});
    const std::string of_lists =
        process.issue_token({{"name", "lists"}, {"role", "auditor"}, {"product_ids", {crowded}}});
    const std::string of_writes =
        process.issue_token({{"name", "writes"}, {"role", "editor"}, {"product_ids", {linked}}});
    const std::string product = fmt::format("/api/products/{}", crowded);
    std::array<CostlyRequest, 4> all{
        {{"16 clients that page through the log of others", 16,
          make_request("GET", "/api/events?limit=1000", of_events)},
         {"16 clients that look for what is not covered", 16,
          make_request("GET", product + "/threats?covered=false&limit=1", of_lists)},
         {"4 clients that take a long CSV", 4,
          make_request("GET", product + "/download/threats-mitigations", of_lists)},
         {"4 clients that switch a mitigation of 1,000 threats on and off", 4,
          make_request("POST", fmt::format("/api/products/{}/events", linked), of_writes,
                       "application/x-ndjson", toggles())}}};

    const Peer gate = asking("the gate", server.port(), server.pid(), gate_connections,
                             {server.question(small_product)});
    const Peer writes = asking(
        "one-event writes", server.port(), server.pid(), write_connections,
        {make_request(
            "POST", fmt::format("/api/products/{}/threats", register_products(process, 1).front()),
            process.admin_token(), "application/json",
            R"({"name":"Written beside it","severity":"low"})")});
    const auto idle = static_cast<double>(memory_of(server.pid()).resident_bytes);
    for (CostlyRequest& costly : all) {
        for (const Peer* const peer : {&gate, &writes}) {
            const Peer beside{peer->name + " beside",
                              [&](std::chrono::milliseconds turn) {
                                  return take_turn_beside(*peer, turn, server.port(), costly);
                              },
                              server.pid()};
            const auto reached =
                take_turns({beside, *peer}, bench.options().rounds, bench.options().turn);
            const auto p99 = [](const Reached& one) {
                return Figure{one.rate.latency->p99_micros, "us", one.rate.latency};
            };
            const auto peak = static_cast<double>(memory_of(server.pid()).resident_peak_bytes);
            bench.report().add(
                "costly",
                {fmt::format("p99 of {} beside {}", peer->name, costly.name), "without them",
                 p99(reached[0]), p99(reached[1]), Target{at_most, 2},
                 fmt::format("{} responses/s; without: {}; the requests got {} responses and {} "
                             "refusals; peak memory of the server {:.0f} MiB above {:.0f}",
                             shown(reached[0].rate.value), shown(reached[1].rate.value),
                             costly.answers, costly.refusals, (peak - idle) / (1U << 20U),
                             idle / (1U << 20U))});
        }
    }
}

}  // namespace threatatlas::bench
