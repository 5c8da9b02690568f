// Writes: one event at a time, in bulk, and the gate during bulk writes.

#include <atomic>
#include <span>
#include <sstream>
#include <thread>

#include <fmt/format.h>

#include "bench.hpp"
#include "bulk_bodies.hpp"
#include "bulk_peer.hpp"
#include "log_generator.hpp"
#include "process.hpp"
#include "turns.hpp"

namespace threatatlas::bench {
namespace {

using enum Target::Sense;

constexpr std::size_t single_connections = 32;
constexpr std::size_t single_products = 1'000;
constexpr std::size_t bulk_clients = 2;
constexpr double mebibyte = 1U << 20U;
constexpr Position beside_events = 100'000;

double peak_mebibytes_of(const testing::ServerProcess& server) {
    return static_cast<double>(memory_of(server.pid()).resident_peak_bytes) / mebibyte;
}

// One turn, measured by the command: it prints transactions per second and then the duration of
// each in microseconds. A turn lasts at least three seconds, because the command connects anew for
// each.
LoadResult run_postgres(const std::string& command, std::chrono::milliseconds turn) {
    const auto seconds = std::max<std::int64_t>(turn.count() / 1'000, 3);
    const testing::ProgramResult run = testing::run_program(
        {.arguments = {"bash", "-c", fmt::format("{} {} {}", command, single_connections, seconds)},
         .environment = {},
         .working_directory = {}});
    std::istringstream lines(run.out);
    double rate = 0;
    if (run.exit_code != 0 || !(lines >> rate)) {
        throw std::runtime_error("PostgreSQL could not be measured: " + run.err);
    }
    LoadResult result;
    result.seconds = static_cast<double>(seconds);
    result.answers = static_cast<std::uint64_t>(rate * result.seconds);
    for (std::uint32_t micros = 0; lines >> micros;) {
        result.latencies_nanos.push_back(micros * 1'000);
    }
    return result;
}

// Adds threats to the products in turn.
Peer single_writes(const testing::ServerProcess& server, std::vector<ProductId> products) {
    return asking(
        "single writes", server.port(), server.pid(), single_connections,
        [token = server.admin_token(), products = std::move(products), request = std::string(),
         count = std::size_t{0}](std::size_t) mutable {
            ++count;
            const std::string body = fmt::format(
                R"({{"name":"Session token {} leaks through the log of the gateway",)"
                R"("description":"The gateway writes whole requests to its log, with the header )"
                R"(that carries the session token. Whoever reads the log takes it over.",)"
                R"("category":"Information disclosure","diagram":"Sign-in",)"
                R"("element_id":"node-{}","severity":"high"}})",
                count, count % 40);
            request = make_request(
                "POST", fmt::format("/api/products/{}/threats", products[count % products.size()]),
                token, "application/json", body);
            return std::string_view(request);
        });
}

}  // namespace

void measure_single(Bench& bench) {
    say("single");
    testing::ServerProcess server(bench.fresh_path());
    server.start();
    std::vector<Peer> peers{single_writes(server, register_products(server, single_products))};
    const std::string& command = bench.options().postgres_turn;
    if (!command.empty()) {
        peers.push_back({"PostgreSQL", [&](auto turn) { return run_postgres(command, turn); }, 0});
    }
    const auto reached = take_turns(peers, bench.options().rounds, bench.options().turn);
    const Reached& ours = reached.front();
    Comparison comparison{
        "one-event writes, durable, 32 connections, requests/s",
        "PostgreSQL 15, INSERT + UPDATE",
        ours.rate,
        std::nullopt,
        Target{at_least, 2},
        fmt::format(
            "processor time of the server: {} us per request; client: {:.0f} % of a processor",
            shown(ours.server_micros_per_answer), 100 * ours.client_busy)};
    if (command.empty()) {
        comparison.note += "; PostgreSQL was not measured: --with-postgres";
    } else {
        comparison.peer = reached.back().rate;
    }
    bench.report().add("single", std::move(comparison));
}

namespace {

// Two clients that send bodies continuously, one to each product, until every product has one or
// they are told to stop. Only one object at a time may use a list of products.
class BulkSenders {
  public:
    BulkSenders(const testing::ServerProcess& server, const std::vector<BulkBody>& bodies,
                std::vector<ProductId> products)
        : bodies_(bodies), products_(std::move(products)) {
        for (std::size_t i = 0; i < bulk_clients; ++i) {
            threads_.emplace_back(
                [this, client = server.client(server.admin_token())]() mutable { run(client); });
        }
    }
    ~BulkSenders() { stop(); }

    // Waits until all products have their body.
    void join() {
        for (std::thread& thread : threads_) {
            if (thread.joinable()) {
                thread.join();
            }
        }
        if (failed_) {
            throw std::runtime_error("a bulk write was refused");
        }
    }
    void stop() {
        stopping_ = true;
        for (std::thread& thread : threads_) {
            if (thread.joinable()) {
                thread.join();
            }
        }
    }

    std::uint64_t events() const { return events_; }

  private:
    void run(httplib::Client& client) {
        for (std::size_t i = next_++; i < products_.size() && !stopping_; i = next_++) {
            const BulkBody& body = bodies_[i % bodies_.size()];
            const auto answer = client.Post(fmt::format("/api/products/{}/events", products_[i]),
                                            body.ndjson, "application/x-ndjson");
            if (!answer || answer->status != 200) {
                failed_ = true;
                return;
            }
            events_ += body.items;
        }
    }

    const std::vector<BulkBody>& bodies_;
    const std::vector<ProductId> products_;
    std::atomic<std::size_t> next_{0};
    std::atomic<std::uint64_t> events_{0};
    std::atomic<bool> stopping_{false};
    std::atomic<bool> failed_{false};
    std::vector<std::thread> threads_;
};

}  // namespace

void measure_bulk(Bench& bench) {
    say("bulk");
    const std::size_t count = bench.options().quick ? 6 : 24;
    const auto bodies = make_bulk_bodies(bench.options().seed, count);
    BulkPeer peer(bench.fresh_path(), bodies);

    Runs over_http(peer.events());
    Runs inside(peer.events());
    Runs raw(peer.events());
    double peak_mebibytes = 0;
    for (std::size_t round = 0; round < bench.options().rounds; ++round) {
        testing::ServerProcess server(bench.fresh_path());
        server.start();
        // Warm-up, as for the peer.
        BulkSenders(server, bodies, register_products(server, count)).join();
        const auto products = register_products(server, count);
        const double busy_before = processor_seconds_of(server.pid());
        Cost cost = cost_of([&] { BulkSenders(server, bodies, products).join(); });
        cost.processor_seconds = processor_seconds_of(server.pid()) - busy_before;
        over_http.add(cost);
        peak_mebibytes = std::max(peak_mebibytes, peak_mebibytes_of(server));
        server.stop();
        std::filesystem::remove_all(server.data());
        inside.add(peer.run_ours(bench.fresh_path()));
        raw.add(peer.run_raw(bench.fresh_path()));
    }
    const auto cost_note = [&](const Runs& ours) {
        return fmt::format("processor time: {} us per event, raw {} us", shown(ours.micros_each()),
                           shown(raw.micros_each()));
    };
    const Figure raw_rate{raw.rate(), "/s", {}};
    const double body_mebibytes =
        static_cast<double>(peer.body_bytes()) / static_cast<double>(count) / mebibyte;
    bench.report().add(
        "bulk",
        {"bulk writes, durable, over HTTP, 2 clients, events/s", "RocksDB, the very same rows",
         Figure{over_http.rate(), "/s", {}}, raw_rate, Target{at_least, 0.6},
         fmt::format("{}; {} bodies with a mean of {:.1f} MiB and {} items, {} rows per event; "
                     "peak memory of the server {:.0f} MiB",
                     cost_note(over_http), count, body_mebibytes, peer.events() / count,
                     shown(peer.rows_per_event()), peak_mebibytes)});
    bench.report().add(
        "bulk", {"... without HTTP, one client, events/s", "RocksDB, the very same rows",
                 Figure{inside.rate(), "/s", {}}, raw_rate, std::nullopt, cost_note(inside)});
}

void measure_beside(Bench& bench) {
    say("beside");
    GateServer server(bench.small_directory(beside_events));
    const auto bodies = make_bulk_bodies(bench.options().seed, 4);
    const Peer alone = asking("the gate", server.port(), server.pid(), gate_connections,
                              {server.question(small_product)});
    std::uint64_t events = 0;
    double seconds = 0;
    const Peer beside{"the gate beside bulk writes",
                      [&](std::chrono::milliseconds turn) {
                          // More than can be written in the time.
                          const auto products = register_products(
                              server.process(), 20 + static_cast<std::size_t>(turn.count()) / 20);
                          BulkSenders senders(server.process(), bodies, products);
                          LoadResult result = alone.take_turn(turn);
                          senders.stop();
                          events += senders.events();
                          seconds += result.seconds;
                          return result;
                      },
                      server.pid()};
    const auto reached = take_turns({beside, alone}, bench.options().rounds, bench.options().turn);
    const auto p99 = [](const Reached& peer) {
        return Figure{peer.rate.latency->p99_micros, "us", peer.rate.latency};
    };
    bench.report().add(
        "beside",
        {"p99 of the gate while 2 clients write in bulk", "without them", p99(reached[0]),
         p99(reached[1]), Target{at_most, 2},
         fmt::format("{} responses/s beside {} events/s; without: {} responses/s; peak memory of "
                     "the server {:.0f} MiB",
                     shown(reached[0].rate.value), shown(static_cast<double>(events) / seconds),
                     shown(reached[1].rate.value), peak_mebibytes_of(server.process()))});
}

namespace {

constexpr std::size_t soak_slices = 60;
constexpr std::chrono::seconds soak_slice{10};
constexpr std::size_t soak_bulk_writes = 2;  // per slice
// Small, so that it fills up before measuring; filling it is not growth.
constexpr const char* soak_cache = "8";

// One slice of reads, single writes and bulk writes; returns the number of responses.
std::uint64_t soak_once(const GateServer& server, const Peer& gate, const Peer& singles,
                        const std::vector<BulkBody>& bodies) {
    BulkSenders bulk(server.process(), bodies,
                     register_products(server.process(), soak_bulk_writes));
    LoadResult written;
    std::thread writing([&] { written = singles.take_turn(soak_slice); });
    const LoadResult read = gate.take_turn(soak_slice);
    writing.join();
    bulk.join();
    if (read.errors + written.errors > 0) {
        throw std::runtime_error("a response was an error: " + read.first_error +
                                 written.first_error);
    }
    return read.answers + written.answers;
}

double median_mebibytes(std::span<const double> all, std::size_t first, std::size_t count) {
    const auto part = all.subspan(first, count);
    return median({part.begin(), part.end()});
}

}  // namespace

void measure_soak(Bench& bench) {
    say("soak");
    const GateServer server(bench.small_directory(beside_events), {"--cache-mib", soak_cache});
    const auto bodies = make_bulk_bodies(bench.options().seed, soak_bulk_writes);
    const Peer gate = asking("the gate", server.port(), server.pid(), gate_connections,
                             {server.question(small_product)});
    const Peer singles =
        single_writes(server.process(), register_products(server.process(), single_products));
    std::uint64_t answers = 0;
    std::vector<double> resident;
    for (std::size_t i = 0; i < soak_slices; ++i) {
        answers += soak_once(server, gate, singles, bodies);
        resident.push_back(static_cast<double>(memory_of(server.pid()).resident_bytes) / mebibyte);
    }
    constexpr std::size_t fifth = soak_slices / 5;
    bench.report().add(
        "soak", {"resident memory in the last two of ten minutes", "in the third and fourth",
                 Figure{median_mebibytes(resident, soak_slices - fifth, fifth), "MiB", {}},
                 Figure{median_mebibytes(resident, fifth, fifth), "MiB", {}}, Target{at_most, 1.1},
                 fmt::format("{} responses of the gate and to single writes, {} bulk writes; cache "
                             "of {} MiB; peak {:.0f} MiB",
                             answers, soak_slices * soak_bulk_writes, soak_cache,
                             peak_mebibytes_of(server.process()))});
}

}  // namespace threatatlas::bench
