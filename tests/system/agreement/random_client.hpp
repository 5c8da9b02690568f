#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "support/random_history.hpp"
#include "support/server_process.hpp"

namespace threatatlas::testing {

/// A client that lives a random history of its own products through the API, and now and then
/// changes something of a product that it shares with others. Belongs to one thread at a time.
class RandomClient {
  public:
    RandomClient(std::uint64_t seed, ProductId shared_product);

    /// Makes so many requests, one after the other.
    void write(httplib::Client client, std::size_t requests);

    /// Requests that recorded something or found nothing to change, and those that were refused.
    std::size_t accepted() const { return accepted_; }
    std::size_t refused() const { return refused_; }
    /// An answer that no server should give here; empty if there was none.
    const std::string& complaint() const { return complaint_; }

  private:
    struct Request {
        std::string method;
        std::string path;  // behind the product; empty: the product itself
        nlohmann::json body = {};
    };

    void live_on(httplib::Client& client);
    void change_shared_product(httplib::Client& client);
    Request shared_threat_change();
    Request shared_mitigation_change();
    nlohmann::json random_place();

    /// Whether it was accepted.
    bool send(httplib::Client& client, ProductId product, const Request& request);
    bool send_registration(httplib::Client& client, const events::Event& event);
    bool judge(const std::string& what, const httplib::Result& answer);

    RandomHistory history_;
    Random random_;
    const ProductId shared_product_;
    std::map<ProductId, ProductId> products_;  // in the history -> at the server
    std::size_t accepted_ = 0;
    std::size_t refused_ = 0;
    std::string complaint_;
};

}  // namespace threatatlas::testing
