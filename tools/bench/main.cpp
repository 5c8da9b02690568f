// threatatlas-bench: measures the rows of docs/PERFORMANCE.md, each with its peer.

#include <algorithm>
#include <array>
#include <fstream>
#include <iostream>
#include <thread>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <rocksdb/version.h>

#include "bench.hpp"
#include "data_directory.hpp"
#include "fixed_answer.hpp"

namespace threatatlas::bench {
namespace {

struct Row {
    std::string_view name;
    void (*measure)(Bench&);
    bool must_be_named = false;  // run only if --only names it
};

constexpr std::array<Row, 14> rows{{{"gate", measure_gate},
                                    {"past", measure_past},
                                    {"many", measure_many},
                                    {"single", measure_single},
                                    {"bulk", measure_bulk},
                                    {"beside", measure_beside},
                                    {"slow", measure_slow},
                                    {"costly", measure_costly},
                                    {"tree", measure_tree},
                                    {"replay", measure_replay},
                                    {"verify", measure_verify},
                                    {"start", measure_start},
                                    {"memory", measure_memory},
                                    {"soak", measure_soak, true}}};

struct Arguments {
    Options options;
    std::vector<std::string> only;
    std::string json;
    std::optional<Position> events;

    std::filesystem::path generated;
    std::filesystem::path folded;
    int port = 0;
    std::size_t body_bytes = 0;
    std::size_t connections = 0;
};

constexpr Position quick_events = 100'000;

std::string first_line_with(const char* path, std::string_view name) {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with(name)) {
            return line.substr(std::min(line.find(": ") + 2, line.size()));
        }
    }
    return "unknown";
}

Conditions conditions_of(const Options& options) {
    std::ifstream load_file("/proc/loadavg");
    std::string load;
    load_file >> load;
    return {
        {"processor", fmt::format("{}, {} cores", first_line_with("/proc/cpuinfo", "model name"),
                                  std::thread::hardware_concurrency())},
        {"load before", load},
        {"compiler", "g++ " __VERSION__},
        {"RocksDB", fmt::format("{}.{}.{}", ROCKSDB_MAJOR, ROCKSDB_MINOR, ROCKSDB_PATCH)},
        {"cpp-httplib", CPPHTTPLIB_VERSION},
        {"threatatlas", THREATATLAS_VERSION},
        {"large log", fmt::format("{} events, seed {}", shown(static_cast<double>(options.events)),
                                  options.seed)},
        {"turns", fmt::format("{} of {:g} s each, peers alternating; medians", options.rounds,
                              static_cast<double>(options.turn.count()) / 1'000)}};
}

void add_measure_options(CLI::App& app, Arguments& arguments) {
    Options& options = arguments.options;
    std::vector<std::string> names;
    names.reserve(rows.size());
    for (const Row& row : rows) {
        names.emplace_back(row.name);
    }
    app.add_option("--only", arguments.only, "measure only this row; repeatable")
        ->check(CLI::IsMember(names))
        ->allow_extra_args(false);
    app.add_flag("--quick", options.quick, "a small log and short turns: under two minutes");
    app.add_option("--events", arguments.events,
                   fmt::format("length of the large log (default {}, --quick {})", options.events,
                               quick_events))
        ->check(CLI::Range(Position{1'000}, Position{1'000'000'000}));
    app.add_option("--seed", options.seed, "seed of all generated data (default 1)");
    app.add_option("--rounds", options.rounds, "turns per peer (default 5, --quick 3)")
        ->check(CLI::Range(1, 1'000));
    app.add_option("--keep", options.keep, "directory that keeps the large log for later runs");
    app.add_option("--scratch", options.scratch,
                   "directory for everything else, on the disk to measure");
    app.add_option("--json", arguments.json, "also write the figures to this file");
    app.add_option("--postgres-turn", options.postgres_turn,
                   "command that measures PostgreSQL; set by tools/bench/run");
}

void settle_defaults(const CLI::App& app, Arguments& arguments) {
    Options& options = arguments.options;
    if (options.quick) {
        options.events = quick_events;
        options.turn = std::chrono::milliseconds(1'000);
        if (app.count("--rounds") == 0) {
            options.rounds = 3;
        }
    }
    options.events = arguments.events.value_or(options.events);
}

int measure(const Arguments& arguments) {
    const Conditions conditions = conditions_of(arguments.options);
    Bench bench(arguments.options);
    for (const Row& row : rows) {
        const auto& only = arguments.only;
        const bool is_named = std::find(only.begin(), only.end(), row.name) != only.end();
        if (is_named || (only.empty() && !row.must_be_named)) {
            row.measure(bench);
        }
    }
    bench.report().print(std::cout, conditions);
    if (!arguments.json.empty()) {
        std::ofstream(arguments.json) << bench.report().json(conditions).dump(2) << '\n';
    }
    return 0;
}

int run(int argc, char** argv) {
    CLI::App app("Measures ThreatAtlas and its peers (docs/PERFORMANCE.md).", "threatatlas-bench");
    Arguments arguments;
    add_measure_options(app, arguments);

    CLI::App* const generate = app.add_subcommand("generate", "only generate a log and keep it");
    generate->add_option("DIR", arguments.generated, "a directory that does not exist yet")
        ->required();

    // Internal commands: the gate's peer runs in a process of its own ...
    CLI::App* const fixed = app.add_subcommand("fixed-answer", "")->group("");
    fixed->add_option("PORT", arguments.port)->required();
    fixed->add_option("BYTES", arguments.body_bytes)->required();
    fixed->add_option("CONNECTIONS", arguments.connections)->required();

    // ... and so does the posture fold.
    CLI::App* const fold = app.add_subcommand("fold-postures", "")->group("");
    fold->add_option("DIRECTORY", arguments.folded)->required();

    CLI11_PARSE(app, argc, argv);
    settle_defaults(app, arguments);
    if (fixed->parsed()) {
        return serve_fixed_answer(arguments.port, arguments.body_bytes, arguments.connections);
    }
    if (fold->parsed()) {
        return print_fold_cost(arguments.folded);
    }
    if (generate->parsed()) {
        make_directory(arguments.generated, arguments.options.seed, arguments.options.events);
        return 0;
    }
    return measure(arguments);
}

}  // namespace
}  // namespace threatatlas::bench

int main(int argc, char** argv) {
    try {
        return threatatlas::bench::run(argc, argv);
    } catch (const std::exception& error) {
        std::cerr << "error: " << error.what() << std::endl;
        return 1;
    }
}
