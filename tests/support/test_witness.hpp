#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include <httplib.h>

#include "tlog/checkpoint.hpp"
#include "tlog/note_keys.hpp"

namespace threatatlas::testing {

/// A witness (C2SP tlog-witness) on a port of 127.0.0.1: cosigns checkpoints of known logs that
/// extend the last one that it cosigned. Its state is in memory.
class TestWitness {
  public:
    explicit TestWitness(std::string name);
    ~TestWitness();
    TestWitness(const TestWitness&) = delete;
    TestWitness& operator=(const TestWitness&) = delete;

    /// Adds a log to the known ones.
    void know(const std::string& log_vkey);

    const std::string& vkey() const { return vkey_; }
    std::string url() const;
    /// The value for --witness.
    std::string option() const { return vkey_ + " " + url(); }

    /// Size of the last checkpoint that it cosigned; 0 if there is none.
    std::uint64_t size() const;
    std::uint64_t asked() const;
    /// Makes all responses have this status and body; 0: normal responses.
    void answer_with(int status, std::string body = {});

  private:
    void add_checkpoint(const httplib::Request& request, httplib::Response& response);
    std::string cosign(const std::string& text) const;

    const std::string name_;
    const tlog::Ed25519PrivateKey key_;
    std::string vkey_;
    std::uint32_t key_id_ = 0;

    mutable std::mutex mutex_;
    // Guarded by mutex_.
    std::map<std::string, tlog::NoteVerifier> logs_;
    std::map<std::string, tlog::Checkpoint> last_;
    std::uint64_t asked_ = 0;
    int status_ = 0;
    std::string body_;

    httplib::Server server_;
    int port_ = 0;
    std::thread thread_;
};

}  // namespace threatatlas::testing
