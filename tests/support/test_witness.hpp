#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include <httplib.h>

#include "tlog/checkpoint.hpp"
#include "tlog/note_keys.hpp"

namespace threatatlas {

/// A witness as C2SP tlog-witness has it, on a port of 127.0.0.1: signs a checkpoint of a log that
/// it knows only where it grew from the last one. It remembers as long as it lives.
class TestWitness {
  public:
    explicit TestWitness(std::string name);
    ~TestWitness();
    TestWitness(const TestWitness&) = delete;
    TestWitness& operator=(const TestWitness&) = delete;

    /// From now on it knows that log.
    void know(const std::string& log_vkey);

    const std::string& vkey() const { return vkey_; }
    std::string url() const;
    /// What --witness takes.
    std::string option() const { return vkey_ + " " + url(); }

    /// Of the last checkpoint that it signed; 0 where it signed none.
    std::uint64_t size() const;
    std::uint64_t asked() const;
    /// What it is asked is answered so from now on; 0: as it should be.
    void answer_with(int status, std::string body = {});

  private:
    void add_checkpoint(const httplib::Request& request, httplib::Response& response);
    std::string cosign(const std::string& text) const;

    const std::string name_;
    const Ed25519PrivateKey key_;
    std::string vkey_;
    std::uint32_t key_id_ = 0;

    mutable std::mutex mutex_;
    // Guarded by mutex_.
    std::map<std::string, NoteVerifier> logs_;
    std::map<std::string, Checkpoint> last_;
    std::uint64_t asked_ = 0;
    int status_ = 0;
    std::string body_;

    httplib::Server server_;
    int port_ = 0;
    std::thread thread_;
};

}  // namespace threatatlas
