#pragma once

/// Shared by all rows: options, data directories and the report.

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "events/vocabulary.hpp"
#include "report.hpp"
#include "support/server_process.hpp"
#include "support/temp_directory.hpp"

namespace threatatlas::bench {

struct Options {
    bool quick = false;
    std::uint64_t seed = 1;
    Position events = 10'000'000;  ///< of the large log
    /// Peers alternate: `rounds` turns of length `turn` each; results are medians over the turns.
    std::size_t rounds = 5;
    std::chrono::milliseconds turn{3'000};
    std::filesystem::path keep;  ///< directory that keeps the large log for later runs; empty: none
    std::string
        scratch;  ///< directory for everything else; empty: the system's temporary directory
    std::string postgres_turn;  ///< command that measures one turn of PostgreSQL; empty: none
};

class Bench {
  public:
    explicit Bench(const Options& options);
    ~Bench();

    const Options& options() const { return options_; }
    Report& report() { return report_; }

    /// The log of options().events, generated on first use. Servers may run on it, but must write
    /// nothing except tokens.
    const std::filesystem::path& large_directory();
    /// A new directory with a small log, used only by this run.
    std::filesystem::path small_directory(Position events);
    /// A new, unused path on the same disk.
    std::filesystem::path fresh_path();

  private:
    const Options options_;
    Report report_;
    std::filesystem::path scratch_;
    std::filesystem::path large_;
    std::size_t fresh_count_ = 0;
};

/// Prints progress on stderr.
void say(const std::string& text);

/// A server that is ready, with a token for its gate.
class GateServer {
  public:
    explicit GateServer(const std::filesystem::path& data, std::vector<std::string> arguments = {});

    int port() const { return server_.port(); }
    pid_t pid() const { return server_.pid(); }
    const std::string& token() const { return token_; }
    testing::ServerProcess& process() { return server_; }
    const testing::ServerProcess& process() const { return server_; }
    /// A client that sends the token.
    httplib::Client client() const { return server_.client(token_); }
    /// The request from the pipeline guide, as its path and as a complete request; `more` is
    /// appended to its parameters: "&as_of=…".
    static std::string target(ProductId product, const std::string& more = {});
    std::string question(ProductId product, const std::string& more = {}) const;

  private:
    testing::ServerProcess server_;
    std::string token_;
};

/// Registers `count` products and returns their ids. Throws std::runtime_error.
std::vector<ProductId> register_products(const testing::ServerProcess& server, std::size_t count);

/// One function per row of the table; --only selects them by name.
void measure_gate(Bench& bench);
void measure_past(Bench& bench);
void measure_many(Bench& bench);
void measure_single(Bench& bench);
void measure_bulk(Bench& bench);
void measure_beside(Bench& bench);
void measure_slow(Bench& bench);
void measure_costly(Bench& bench);
void measure_tree(Bench& bench);
void measure_replay(Bench& bench);
void measure_verify(Bench& bench);
void measure_start(Bench& bench);
void measure_memory(Bench& bench);
void measure_soak(Bench& bench);

/// Run in a child process: folds the postures of a log and prints the elapsed and the processor
/// seconds.
int print_fold_cost(const std::filesystem::path& data);

}  // namespace threatatlas::bench
