// The cost of proofs: the same writes with the Merkle tree and a signed checkpoint per group, and
// without.

#include <thread>

#include <fmt/format.h>

#include "bench.hpp"
#include "bulk_bodies.hpp"
#include "local_writer.hpp"

namespace threatatlas::bench {
namespace {

constexpr std::size_t writers = 32;
constexpr double wanted = 0.85;

Cost write_bodies(const std::filesystem::path& data, const std::vector<BulkBody>& bodies,
                  LocalWriter::Log log) {
    LocalWriter writer(data, bodies.size(), log);
    return cost_of([&] {
        for (std::size_t i = 0; i < bodies.size(); ++i) {
            writer.write(i + 1, bodies[i].ndjson);
        }
    });
}

Cost write_threats(const std::filesystem::path& data, std::size_t each, LocalWriter::Log log) {
    LocalWriter writer(data, writers, log);
    return cost_of([&] {
        std::vector<std::thread> threads;
        for (ProductId product = 1; product <= writers; ++product) {
            threads.emplace_back([&writer, product, each] {
                for (std::size_t i = 0; i < each; ++i) {
                    writer.write_threat(
                        product, fmt::format(R"({{"name":"Session token {} leaks through the log",)"
                                             R"("severity":"high","element_id":"node-{}"}})",
                                             i, i % 40));
                }
            });
        }
        for (std::thread& thread : threads) {
            thread.join();
        }
    });
}

void compare(Bench& bench, const std::string& what, std::uint64_t events,
             const std::function<Cost(const std::filesystem::path&, LocalWriter::Log)>& write) {
    Runs with(events);
    Runs without(events);
    for (std::size_t round = 0; round < bench.options().rounds; ++round) {
        for (const auto log : {LocalWriter::Log::is_signed, LocalWriter::Log::not_signed}) {
            const std::filesystem::path data = bench.fresh_path();
            (log == LocalWriter::Log::is_signed ? with : without).add(write(data, log));
            std::filesystem::remove_all(data);
        }
    }
    bench.report().add(
        "tree", {what, "the same without the tree", Figure{with.rate(), "events/s", {}},
                 Figure{without.rate(), "events/s", {}}, Target{Target::Sense::at_least, wanted},
                 fmt::format("processor time: {} us an event, without the tree {}; without HTTP",
                             shown(with.micros_each()), shown(without.micros_each()))});
}

}  // namespace

void measure_tree(Bench& bench) {
    say("tree");
    const std::size_t each = bench.options().quick ? 200 : 2'000;
    compare(bench, "one-event writes with tree and checkpoint, 32 callers", writers * each,
            [each](const auto& data, auto log) { return write_threats(data, each, log); });
    const auto bodies = make_bulk_bodies(bench.options().seed, bench.options().quick ? 6 : 24);
    std::uint64_t events = 0;
    for (const BulkBody& body : bodies) {
        events += body.items;
    }
    compare(bench, "bulk writes with tree and checkpoint, one caller", events,
            [&bodies](const auto& data, auto log) { return write_bodies(data, bodies, log); });
}

}  // namespace threatatlas::bench
