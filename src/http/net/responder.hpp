#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include "http/net/exchange.hpp"
#include "http/net/listener.hpp"
#include "http/net/response_head.hpp"

namespace threatatlas::net {

/// Has the handler answer the requests of connections, and writes its responses to them. Each
/// worker has its own; one request at a time.
class Responder {
  public:
    enum class Outcome {
        /// The response is in the connection's output.
        answered,
        /// The handler has parked the request: ParkedRequest::State::settle() comes next.
        parked,
        /// The response could not be written to its end; the connection must end there.
        broken
    };

    /// `stopping`: no connection is kept any more. All three outlive the responder.
    Responder(const RequestHandler& handler, const ExchangeContext& context,
              const std::atomic<bool>& stopping);

    /// Has the handler answer the connection's request. Sets the connection's keep_alive to whether
    /// another one may follow.
    Outcome answer(Connection& connection);

    /// Answers the connection's parked request with the completion that has come: into a response
    /// of its own, as what the handler put into its Response before it parked does not count.
    Outcome answer_parked(Connection& connection);

  private:
    /// `held` lives until the response is sent, or the connection is gone.
    Outcome respond(Connection& connection, ConnectionExchange& exchange,
                    httplib::Response& response, std::shared_ptr<void> held);
    /// Completes the response and puts its head into head_.
    void make_head(httplib::Response& response, bool keep_alive);

    const RequestHandler& handler_;
    const ExchangeContext& context_;
    const std::atomic<bool>& stopping_;
    const std::string keep_alive_value_;
    HttpDate date_;
    std::string head_;
};

}  // namespace threatatlas::net
