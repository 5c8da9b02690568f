#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "support/grown_tree.hpp"
#include "support/server_process.hpp"

namespace threatatlas::testing {

/// Reads a server's log as it grows, across restarts, and keeps every line. Every write of these
/// tests has a unique reason, by which its events are recognized.
class LogWitness {
  public:
    /// What the log contains of one write.
    struct Trace {
        std::size_t events = 0;
        std::uint64_t last_position = 0;
    };

    /// Reads the lines added since the last call. Throws std::runtime_error for a gap between
    /// positions, a time that does not increase between writes or that differs within one, and a
    /// write whose events are not contiguous or are repeated.
    void read_on(const ServerProcess& server);

    Trace trace_of(const std::string& reason) const;
    /// All lines from position 1, each with its newline; an export must be identical.
    const std::string& lines() const { return lines_; }
    /// The Merkle tree of these lines.
    const GrownTree& tree() const { return tree_; }
    /// The number of events of this type about a product.
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
