#pragma once

#include <atomic>
#include <ctime>
#include <memory>
#include <string>

#include "http/net/exchange.hpp"
#include "http/net/listener.hpp"

namespace threatatlas {

/// The bytes of a whole answer that ends its connection, for what never gets to a handler.
std::string closing_answer(const Problem& problem);

/// Has cpp-httplib make a request out of a connection's bytes, and bytes out of the handler's
/// answer. Each worker has its own; one request at a time.
class Responder {
  public:
    enum class Outcome {
        /// The answer is in the connection's output.
        answered,
        /// The handler has parked the request: ParkedRequest::State::settle() comes next.
        parked,
        /// The answer could not be brought to its end; what has been written must end there.
        broken
    };

    /// `stopping`: no connection is kept any more.
    Responder(const RequestHandler& handler, const ExchangeContext& context,
              const std::atomic<bool>& stopping);
    ~Responder();

    /// Answers the connection's request. Sets its keep_alive to whether another one may follow.
    Outcome answer(Connection& connection);

    /// Answers the connection's parked request with the completion that has come.
    Outcome answer_parked(Connection& connection);

  private:
    class Server;
    std::unique_ptr<Server> server_;
};

}  // namespace threatatlas
