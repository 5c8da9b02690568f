#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "support/grown_tree.hpp"
#include "support/server_process.hpp"

namespace threatatlas::testing {

/// Reads a server's log as it grows, over restarts, and remembers every line. Every write of these
/// tests carries a reason of its own, by which the witness tells whose events they are.
class LogWitness {
  public:
    /// What the log shows of one write.
    struct Trace {
        std::size_t events = 0;
        std::uint64_t last_position = 0;
    };

    /// Reads what was added since the last time. Throws std::runtime_error on what must never be: a
    /// gap in the positions, a time that does not rise from one write to the next or that differs
    /// within one, a write whose events do not stand together (or stand there twice).
    void read_on(const ServerProcess& server);

    Trace trace_of(const std::string& reason) const;
    /// All lines from position 1, each with its newline: what an export must give.
    const std::string& lines() const { return lines_; }
    /// The Merkle tree of these lines.
    const GrownTree& tree() const { return tree_; }
    /// How many events of this type a product has.
    std::size_t count(std::uint64_t product, const std::string& type) const;

  private:
    void take(std::string_view line);

    std::string lines_;
    GrownTree tree_;
    std::uint64_t last_position_ = 0;
    std::string last_time_;
    std::string last_reason_;
    std::map<std::string, Trace> traces_;
    std::map<std::string, std::size_t> counts_;  // by source and type
};

}  // namespace threatatlas::testing
