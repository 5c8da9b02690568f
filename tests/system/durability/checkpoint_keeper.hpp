#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>

#include "support/grown_tree.hpp"
#include "support/server_process.hpp"
#include "tlog/note_keys.hpp"

namespace threatatlas::testing {

/// An auditor who reads the log's checkpoint as often as it can, over restarts, and keeps every one
/// of them. Belongs to one thread at a time.
class CheckpointKeeper {
  public:
    /// The key of the log, as the server tells it.
    explicit CheckpointKeeper(const std::string& key) : key_(key) {}

    /// Reads until the connection breaks. Throws nothing: what is wrong is a complaint.
    void read_until_cut_off(httplib::Client client);

    /// Everything that was kept must be true of the log as it is now, whose lines were read into
    /// the tree, and the server must prove that it grew from the newest ones and from some older.
    void hold_against(const GrownTree& tree, const ServerProcess& server, std::mt19937_64& random);

    std::size_t kept() const { return roots_.size(); }
    /// The first thing that must never be; empty if there was none.
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
