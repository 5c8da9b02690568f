// Reading the whole log: the fold, verification, start, and memory while serving.

#include <sstream>

#include <fmt/format.h>

#include "bench.hpp"
#include "data_directory.hpp"
#include "events/prefetching_reader.hpp"
#include "events/store/store.hpp"
#include "log_generator.hpp"
#include "process.hpp"
#include "projections/log_fold.hpp"
#include "projections/memory_tables.hpp"
#include "prose.hpp"
#include "turns.hpp"

namespace threatatlas::bench {
namespace {

using enum Target::Sense;

// Plain iteration over the log, as cheaply as possible; returns the number of events.
Position iterate(const store::Store& store) {
    const store::ReadView view(store);
    Position events = 0;
    std::uint64_t bytes = 0;
    events::LogCursor cursor(view);
    while (cursor.next()) {
        ++events;
        bytes += cursor.line().size();
    }
    return bytes == 0 ? 0 : events;
}

// Folds the posture of every product, like `threatatlas-replay posture` for one.
void fold_postures(const store::Store& store) {
    const store::ReadView view(store);
    projections::MemoryTables tables;
    projections::LogFold fold(tables);
    events::LogCursor cursor(view);
    events::PrefetchingReader events(events::lines_of(cursor),
                                     events::PrefetchingReader::Reading::stored_posture);
    while (events.next()) {
        tables.expect(events);
        fold.next(std::move(events.event()));
    }
    fold.finish();
}

// Folds and verifications run in child processes, as users run them: memory reused from an earlier
// run would distort the result.
constexpr std::chrono::minutes patience{30};

std::string output_of(const std::string& name, const testing::ProgramResult& result) {
    if (result.exit_code != 0) {
        throw std::runtime_error(name + ": " + result.out + result.err);
    }
    return result.out;
}

Cost cost_of_folding_postures(const std::filesystem::path& data) {
    std::istringstream output(output_of(
        "fold-postures",
        testing::run_program({.arguments = {"/proc/self/exe", "fold-postures", data.string()},
                              .environment = {},
                              .working_directory = {}},
                             {}, patience)));
    Cost cost;
    output >> cost.seconds >> cost.processor_seconds;
    if (!output) {
        throw std::runtime_error("fold-postures printed no cost");
    }
    return cost;
}

Cost cost_of_verifying(const std::filesystem::path& data) {
    return cost_of([&] {
        output_of("verify",
                  testing::run_program(
                      {{testing::replay_binary(), "verify", "--data", data.string()}, {}, {}}, {},
                      patience));
    });
}

// Maximum length of logs without a tree, because each run generates one.
constexpr Position unsigned_events_max = 1'000'000;

// Alternates our reading and raw iteration, on a log that another process has written.
void compare_reading(Bench& bench, const std::filesystem::path& data, const std::string& row,
                     const std::string& what,
                     Cost (*cost_of_ours)(const std::filesystem::path& data), double target) {
    const std::filesystem::path scratch = bench.fresh_path();
    std::filesystem::create_directories(scratch);
    const auto store = store::Store::open_beside(data, scratch);
    const Position events = iterate(*store);
    Runs our_runs(events);
    Runs raw_runs(events);
    for (std::size_t round = 0; round < std::min<std::size_t>(bench.options().rounds, 3); ++round) {
        raw_runs.add(cost_of([&] { iterate(*store); }));
        our_runs.add(cost_of_ours(data));
    }
    bench.report().add(row,
                       {what, "raw RocksDB iteration", Figure{our_runs.rate(), "/s", {}},
                        Figure{raw_runs.rate(), "/s", {}}, Target{at_least, target},
                        fmt::format("processor time: {} us an event, raw {} us",
                                    shown(our_runs.micros_each()), shown(raw_runs.micros_each()))});
}

}  // namespace

int print_fold_cost(const std::filesystem::path& data) {
    const testing::TempDirectory scratch;
    const auto store = store::Store::open_beside(data, scratch.path());
    const Cost cost = cost_of([&] { fold_postures(*store); });
    fmt::print("{} {}\n", cost.seconds, cost.processor_seconds);
    return 0;
}

void measure_replay(Bench& bench) {
    say("replay");
    compare_reading(bench, bench.large_directory(), "replay",
                    "the posture fold over the whole log, events/s", cost_of_folding_postures, 0.5);
}

void measure_verify(Bench& bench) {
    say("verify");
    const Position events = std::min(bench.options().events, unsigned_events_max);
    compare_reading(bench, bench.small_directory(events), "verify",
                    fmt::format("every stored projection of {} events compared, events/s",
                                shown(static_cast<double>(events))),
                    cost_of_verifying, 0.25);
    compare_reading(bench, bench.large_directory(), "verify",
                    "... and the Merkle tree recomputed and compared, events/s", cost_of_verifying,
                    0.12);
}

namespace {

double start_seconds(const std::filesystem::path& data) {
    testing::ServerProcess server(data);
    const double seconds = cost_of([&] { server.start(); }).seconds;
    server.stop();
    return seconds;
}

}  // namespace

void measure_start(Bench& bench) {
    say("start");
    const std::filesystem::path empty = bench.fresh_path();
    start_seconds(empty);  // warms up
    start_seconds(bench.large_directory());
    std::vector<double> on_none;
    std::vector<double> on_large;
    for (std::size_t round = 0; round < bench.options().rounds; ++round) {
        on_none.push_back(1'000 * start_seconds(empty));
        on_large.push_back(1'000 * start_seconds(bench.large_directory()));
    }
    bench.report().add("start", {fmt::format("start on {} events, beyond a start on none",
                                             shown(static_cast<double>(bench.options().events))),
                                 "", Figure{median(on_large) - median(on_none), "ms", {}},
                                 std::nullopt, Target{at_most, 200},
                                 fmt::format("from process start until /readyz returns 200: {} ms, "
                                             "without events {} ms; after a clean stop",
                                             shown(median(on_large)), shown(median(on_none)))});
}

void measure_memory(Bench& bench) {
    say("memory");
    const auto log_bytes =
        static_cast<double>(table_file_bytes(bench.large_directory(), store::Table::events));
    GateServer server(bench.large_directory());
    const double fresh = static_cast<double>(memory_of(server.pid()).resident_bytes);
    // Requests about any product at any time, to load as much data as possible.
    Random random(bench.options().seed);
    const std::uint64_t products = std::max<std::uint64_t>(bench.options().events / 1'000, 1);
    const auto micros = static_cast<std::uint64_t>((log_ends - log_begins).count() / 2);
    std::vector<std::string> questions;
    for (std::size_t i = 0; i < 50'000; ++i) {
        const base::Instant then = log_ends - std::chrono::microseconds(below(random, micros));
        questions.push_back(
            server.question(long_product + 1 + below(random, products),
                            i % 2 == 0 ? "" : "&as_of=" + base::format_instant(then)));
    }
    const LoadResult load =
        asking("all products", server.port(), server.pid(), 16, std::move(questions))
            .take_turn(bench.options().turn * 3);
    const Memory memory = memory_of(server.pid());
    constexpr double mebibyte = 1U << 20U;
    const auto disk = static_cast<double>(directory_bytes(bench.large_directory()));
    bench.report().add(
        "memory",
        {fmt::format("resident memory, serving {} events",
                     shown(static_cast<double>(bench.options().events))),
         "", Figure{static_cast<double>(memory.resident_peak_bytes) / mebibyte, "MiB", {}},
         std::nullopt, Target{at_most, 512},
         fmt::format(
             "peak over {} requests about {} products; {} MiB of it anonymous at the end; {} MiB "
             "after the start; {} bytes per event on disk, {} of them for the log itself",
             load.answers, products, shown(static_cast<double>(memory.anonymous_bytes) / mebibyte),
             shown(fresh / mebibyte), shown(disk / static_cast<double>(bench.options().events)),
             shown(log_bytes / static_cast<double>(bench.options().events)))});
}

}  // namespace threatatlas::bench
