#include "http/net/responder.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "http/net/parked_request.hpp"

namespace threatatlas::net {
namespace {

/// The value of the Keep-Alive field. Without it, a client has to guess how long the connection is
/// kept, and may send a request while the server closes it. Empty if the time is less than a
/// second.
std::string keep_alive_value(const ListenerOptions& options) {
    const auto idle = std::chrono::floor<std::chrono::seconds>(options.idle_ms_max);
    return idle.count() > 0 ? fmt::format("timeout={}", idle.count()) : std::string();
}

/// Builds the request for the handler. Moves the fields out of the connection.
httplib::Request take_request(Connection& connection) {
    RequestHead& head = *connection.request;
    const Addresses& addresses = connection.addresses();
    httplib::Request request;
    request.method = head.method;
    request.target = head.target;
    request.path = head.path();
    request.version = head.version_1_1 ? "HTTP/1.1" : "HTTP/1.0";
    request.headers = std::move(head.fields);
    request.remote_addr = addresses.remote_ip;
    request.remote_port = addresses.remote_port;
    request.local_addr = addresses.local_ip;
    request.local_port = addresses.local_port;
    return request;
}

/// Calls `fill`, which fills in the response. If it throws, replaces the response with the problem
/// and returns true.
template <class Fill>
bool fill_or_fail(httplib::Response& response, const Fill& fill) {
    Problem problem{.status = 500, .detail = "The server failed to answer. Report this."};
    try {
        fill();
        return false;
    } catch (const Rejection& rejection) {
        problem = rejection.problem();
    } catch (...) {
        // The text of the exception may contain internal details and is not sent to clients.
    }
    response = {};
    answer(response, problem);
    return true;
}

/// Sets status 200 if there is none. An error status without a body becomes a problem.
void complete(httplib::Response& response) {
    if (response.status < 0) {
        response.status = 200;
    }
    if (response.status >= 400 && response.body.empty()) {
        answer(response, {.status = response.status, .detail = "The request was refused."});
    }
}

/// Writes one response to a connection. Waits for a client that reads slowly.
class Output {
  public:
    Output(Connection& connection, const ExchangeContext& context)
        : connection_(connection), context_(context) {}

    /// Returns false if the client has disconnected, was too slow, or no worker may wait for it.
    bool write(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto taken = connection_.write(bytes);
            if (!taken || (*taken == 0 && !wait_for_client())) {
                return false;
            }
            bytes.remove_prefix(*taken);
        }
        return true;
    }

  private:
    /// Waits until the client has read something. Returns false as write() does.
    bool wait_for_client() {
        const auto status = connection_.flush();
        if (status == Transfer::Status::moved || status == Transfer::Status::failed) {
            return status == Transfer::Status::moved;
        }
        const auto now = Clock::now();
        if (!place_) {
            began_ = now;
            place_.emplace(context_.waits, context_.work, connection_.client);
        }
        const auto deadline = std::min(began_ + context_.options.write_ms_max,
                                       now + context_.options.write_idle_ms_max);
        const auto result = place_->wait(connection_, status, deadline);
        if (result == BlockingIoLimiter::Result::too_slow) {
            context_.timeouts.fetch_add(1, std::memory_order_relaxed);
        }
        return result == BlockingIoLimiter::Result::ready;
    }

    Connection& connection_;
    const ExchangeContext& context_;
    /// Set at the first wait.
    std::optional<BlockingIoLimiter::Place> place_;
    Clock::time_point began_{};
};

}  // namespace

std::string_view query_of(const httplib::Request& request) {
    const auto mark = request.path.size();
    return std::string_view(request.target).substr(std::min(mark + 1, request.target.size()));
}

Responder::Responder(const RequestHandler& handler, const ExchangeContext& context,
                     const std::atomic<bool>& stopping)
    : handler_(handler),
      context_(context),
      stopping_(stopping),
      keep_alive_value_(keep_alive_value(context.options)) {}

Responder::Outcome Responder::answer(Connection& connection) {
    ConnectionExchange exchange(connection, context_);
    const httplib::Request request = take_request(connection);
    httplib::Response response;
    const bool failed = fill_or_fail(response, [&] { handler_(request, response, exchange); });
    if (connection.parked) {
        if (!failed) {
            return Outcome::parked;
        }
        connection.parked->abandon();
        connection.parked.reset();
    }
    return respond(connection, exchange, response, nullptr);
}

Responder::Outcome Responder::answer_parked(Connection& connection) {
    const Completion completion = connection.parked->take();
    auto held = connection.parked->take_held();
    connection.parked.reset();
    ConnectionExchange exchange(connection, context_);
    httplib::Response response;
    fill_or_fail(response, [&] { completion(response); });
    return respond(connection, exchange, response, std::move(held));
}

Responder::Outcome Responder::respond(Connection& connection, ConnectionExchange& exchange,
                                      httplib::Response& response, std::shared_ptr<void> held) {
    const bool body_over = exchange.skip_body();
    connection.keep_alive = connection.request->keep_alive && body_over &&
                            !closes_connection(response) &&
                            !stopping_.load(std::memory_order_relaxed);
    make_head(response, connection.keep_alive);
    Output output(connection, context_);
    if (!output.write(head_)) {
        return Outcome::broken;
    }
    if (connection.request->method == "HEAD" || has_no_content(response.status)) {
        return Outcome::answered;
    }
    constexpr std::size_t copied_bytes_max = 65'536;
    if (held && response.body.size() > copied_bytes_max) {
        // `held` accounts for the memory of the body. The connection sends it without a copy, so
        // that no worker has to wait for the client.
        connection.attach(std::move(response.body), std::move(held));
        return Outcome::answered;
    }
    return output.write(response.body) ? Outcome::answered : Outcome::broken;
}

void Responder::make_head(httplib::Response& response, bool keep_alive) {
    const ConnectionTerms terms{.keep_alive = keep_alive, .keep_alive_value = keep_alive_value_};
    complete(response);
    head_.clear();
    const bool failed =
        fill_or_fail(response, [&] { append_response_head(head_, response, date_.now(), terms); });
    if (failed) {
        append_response_head(head_, response, date_.now(), terms);
    }
}

}  // namespace threatatlas::net
