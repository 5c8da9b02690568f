#pragma once

// What the rows share: how long and on what to measure, the directories, and where figures go.

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
    Position events = 10'000'000;  // of the large log
    // Peers take turns so often, for so long each; medians are taken over the turns.
    std::size_t rounds = 5;
    std::chrono::milliseconds turn{3'000};
    std::filesystem::path keep;  // where the large log stays for the next run; empty = nowhere
    std::string scratch;         // where everything else is made; empty = the system's place
    std::string postgres_turn;   // a command that measures one turn of PostgreSQL; empty = none
};

class Bench {
  public:
    explicit Bench(const Options& options);
    ~Bench();

    const Options& options() const { return options_; }
    Report& report() { return report_; }

    // The log of options().events, made when it is first asked for. Servers may run on it, but
    // write no more than tokens.
    const std::filesystem::path& large_directory();
    // A new directory with a small log, of this run alone.
    std::filesystem::path small_directory(Position events);
    // A new path on the same disk, where nothing is yet.
    std::filesystem::path fresh_path();

  private:
    const Options options_;
    Report report_;
    std::filesystem::path scratch_;
    std::filesystem::path large_;
    std::size_t fresh_count_ = 0;
};

// What is going on, on stderr.
void say(const std::string& text);

// A server that is ready, and a token for its gate.
class GateServer {
  public:
    explicit GateServer(const std::filesystem::path& data, std::vector<std::string> arguments = {});

    int port() const { return server_.port(); }
    pid_t pid() const { return server_.pid(); }
    const std::string& token() const { return token_; }
    ServerProcess& process() { return server_; }
    const ServerProcess& process() const { return server_; }
    // A connection that shows the token.
    httplib::Client client() const { return server_.client(token_); }
    // The question of the guide's pipelines; `more` follows its parameters: "&as_of=…". Its path,
    // and all of it as a request.
    static std::string target(ProductId product, const std::string& more = {});
    std::string question(ProductId product, const std::string& more = {}) const;

  private:
    ServerProcess server_;
    std::string token_;
};

// The rows of the table, each by its name under --only.
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

// For a process of this program's own: the posture fold over a log, and on stdout the seconds and
// the processor seconds that it took.
int tell_cost_of_folding_postures(const std::filesystem::path& data);

}  // namespace threatatlas::bench
