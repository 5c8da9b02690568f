#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "support/server_process.hpp"

namespace threatatlas::testing {

/// A request that changes something, identified by its unique reason.
struct Write {
    std::string method;
    std::string target;
    std::string content_type;
    std::string body;
    std::string idempotency_key;  // empty: none is sent
    std::string reason;
    std::size_t events = 0;  // number of events that it records
};

/// A write and its successful response.
struct Promise {
    Write write;
    int status = 0;
    std::string body;
    std::uint64_t last_position = 0;
};

/// Sends the write. nullopt if there is no response.
std::optional<httplib::Response> send_write(httplib::Client& client, const Write& write);

/// A client that writes continuously, one request at a time, and records all acknowledged writes.
/// Used by one thread at a time.
class CutOffWriter {
  public:
    CutOffWriter(std::string name, std::vector<std::uint64_t> products, std::uint64_t seed);

    /// Writes until the connection breaks or a response is unexpected. Begins with the write that
    /// the last interruption left open, if that has an idempotency key.
    void write_until_cut_off(httplib::Client client);

    /// Writes acknowledged since the last call.
    std::vector<Promise> take_promises();
    /// Writes without a response that will not be repeated: they exist completely or not at all.
    std::vector<Write> take_unknown();
    /// The write without a response that will be repeated.
    const std::optional<Write>& open_write() const { return open_; }
    /// The first unexpected response; empty if there was none.
    const std::string& complaint() const { return complaint_; }

  private:
    struct Threat {
        std::uint64_t product;
        std::uint64_t id;
    };

    Write next_write();
    Write single_write(const std::string& reason);
    Write bulk_write(const std::string& reason);
    Write patch_write(const std::string& reason);
    /// False if the connection is closed.
    bool perform(httplib::Client& client, const Write& write);
    void keep(const Write& write, const httplib::Response& answer);
    void leave_open(const Write& write);
    std::uint64_t below(std::uint64_t bound);
    std::uint64_t any_product() { return products_[below(products_.size())]; }

    const std::string name_;
    const std::vector<std::uint64_t> products_;
    std::mt19937_64 random_;
    std::uint64_t writes_ = 0;
    std::vector<Threat> unscored_;  // acknowledged threats that no patch was sent for yet
    std::vector<Promise> promises_;
    std::vector<Write> unknown_;
    std::optional<Write> open_;
    std::string complaint_;
};

}  // namespace threatatlas::testing
