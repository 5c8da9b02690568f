#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>

#include "support/grown_tree.hpp"
#include "support/server_process.hpp"
#include "tlog/note_keys.hpp"

namespace threatatlas::testing {

/// An auditor that reads the checkpoint as often as it can, across restarts, and keeps all of them.
/// Used by one thread at a time.
class CheckpointKeeper {
  public:
    /// `key`: the key of the log, as served.
    explicit CheckpointKeeper(const std::string& key) : key_(key) {}

    /// Reads until the connection breaks. Does not throw: faults are kept as a complaint.
    void read_until_cut_off(httplib::Client client);

    /// Checks every kept checkpoint against the current log, whose lines are in `tree`. The server
    /// must prove that the log extends the newest ones and some older ones.
    void hold_against(const GrownTree& tree, const ServerProcess& server, std::mt19937_64& random);

    std::size_t kept() const { return roots_.size(); }
    /// The first violation; empty if there was none.
    const std::string& complaint() const { return complaint_; }

  private:
    void keep(const std::string& note);
    void require_growth(std::uint64_t size, const ServerProcess& server);
    void complain(const std::string& what);

    const tlog::NoteVerifier key_;
    std::map<std::uint64_t, base::Digest> roots_;  // by size
    std::uint64_t last_size_ = 0;
    std::string complaint_;
};

}  // namespace threatatlas::testing
