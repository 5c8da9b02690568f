#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "support/server_process.hpp"

namespace threatatlas::testing {

/// A request that changes something, told from all others by its reason.
struct Write {
    std::string method;
    std::string target;
    std::string content_type;
    std::string body;
    std::string idempotency_key;  // empty: sent without
    std::string reason;
    std::size_t events = 0;  // how many it gives
};

/// A write and the answer that promised it.
struct Promise {
    Write write;
    int status = 0;
    std::string body;
    std::uint64_t last_position = 0;
};

/// Sends it. Nothing where no answer came.
std::optional<httplib::Response> send_write(httplib::Client& client, const Write& write);

/// A client that writes as fast as it is answered, one request after the other, and keeps book of
/// what it was promised. Belongs to one thread at a time.
class CutOffWriter {
  public:
    CutOffWriter(std::string name, std::vector<std::uint64_t> products, std::uint64_t seed);

    /// Writes until the connection breaks or something unexpected is answered. Begins with the
    /// write that the last break left open, if that had an idempotency key.
    void write_until_cut_off(httplib::Client client);

    /// Everything promised since this was last called.
    std::vector<Promise> take_promises();
    /// Everything that got no answer and will not be sent again: there as a whole or not at all.
    std::vector<Write> take_unknown();
    /// The write without an answer that will be sent again.
    const std::optional<Write>& open_write() const { return open_; }
    /// An answer that no server should give here; empty if there was none.
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
    /// False when the connection is gone.
    bool perform(httplib::Client& client, const Write& write);
    void keep(const Write& write, const httplib::Response& answer);
    void leave_open(const Write& write);
    std::uint64_t below(std::uint64_t bound);
    std::uint64_t any_product() { return products_[below(products_.size())]; }

    const std::string name_;
    const std::vector<std::uint64_t> products_;
    std::mt19937_64 random_;
    std::uint64_t writes_ = 0;
    std::vector<Threat> unscored_;  // promised ones that no patch was sent for yet
    std::vector<Promise> promises_;
    std::vector<Write> unknown_;
    std::optional<Write> open_;
    std::string complaint_;
};

}  // namespace threatatlas::testing
