#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include "http/net/exchange.hpp"
#include "http/net/listener.hpp"
#include "http/net/response_head.hpp"

namespace threatatlas::net {

/// Calls the handler for requests of connections and writes its responses to them. Each worker has
/// its own and uses it for one request at a time.
class Responder {
  public:
    /// The state of the request after a call.
    enum class Outcome {
        /// The response is in the output of the connection.
        answered,
        /// The handler has parked the request. ParkedRequest::State::settle() must be called next.
        parked,
        /// The response could not be written completely; the connection must be closed.
        broken
    };

    /// While `stopping` is true, connections are closed after their response. All three arguments
    /// must outlive the responder.
    Responder(const RequestHandler& handler, const ExchangeContext& context,
              const std::atomic<bool>& stopping);

    /// Calls the handler for the current request of the connection. Sets keep_alive of the
    /// connection to whether another request may follow.
    Outcome answer(Connection& connection);

    /// Calls the completion of the connection's parked request with a new response. The response
    /// that the handler filled in before it parked the request is ignored.
    Outcome answer_parked(Connection& connection);

  private:
    /// Releases `held` after the body was copied to the output or, if the connection sends the body
    /// without a copy, after it was sent or the connection was closed.
    Outcome respond(Connection& connection, ConnectionExchange& exchange,
                    httplib::Response& response, std::shared_ptr<void> held);
    /// Completes the response and writes its head to head_.
    void make_head(httplib::Response& response, bool keep_alive);

    const RequestHandler& handler_;
    const ExchangeContext& context_;
    const std::atomic<bool>& stopping_;
    const std::string keep_alive_value_;
    HttpDate date_;
    std::string head_;
};

}  // namespace threatatlas::net
