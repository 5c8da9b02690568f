#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "support/random_history.hpp"
#include "support/server_process.hpp"

namespace threatatlas::testing {

/// Plays a random history of its own products through the API, and sometimes changes a product that
/// it shares with other clients. All clients share the policies. Used by one thread at a time.
class RandomClient {
  public:
    RandomClient(std::uint64_t seed, ProductId shared_product);

    /// Sends this many requests, one after another.
    void write(httplib::Client client, std::size_t requests);

    /// Requests that succeeded, with or without a change, and requests that were refused.
    std::size_t accepted() const { return accepted_; }
    std::size_t refused() const { return refused_; }
    /// The first unexpected response; empty if there was none.
    const std::string& complaint() const { return complaint_; }

  private:
    struct Request {
        std::string method;
        std::string path;
        nlohmann::json body = {};
    };

    void live_on(httplib::Client& client);
    void change_shared_product(httplib::Client& client);
    // With paths below the shared product.
    Request shared_threat_change();
    Request shared_mitigation_change();
    Request shared_policy_change();
    static Request policy_change(const events::Event& event);
    static Request governance(ProductId product, const events::Event& event);
    nlohmann::json random_place();

    /// Returns whether the request was accepted.
    bool send(httplib::Client& client, const Request& request);
    bool send_registration(httplib::Client& client, const events::Event& event);
    bool judge(const std::string& what, const httplib::Result& answer);

    RandomHistory history_;
    Random random_;
    const ProductId shared_product_;
    std::map<ProductId, ProductId> products_;  // id in the history -> id at the server
    std::size_t accepted_ = 0;
    std::size_t refused_ = 0;
    std::string complaint_;
};

}  // namespace threatatlas::testing
