#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "http/net/blocking_io_limiter.hpp"
#include "http/net/concurrency_limiter.hpp"
#include "http/net/connection.hpp"
#include "http/net/connection_pool.hpp"
#include "http/net/listener.hpp"

namespace threatatlas::net {

/// The parts of the listener that a request may use while a worker handles it. References only;
/// their targets outlive the context.
struct ExchangeContext {
    const ListenerOptions& options;
    ConnectionPool& pool;
    BlockingIoLimiter& waits;
    /// The permit of the worker to run.
    ConcurrencyLimiter::Place& work;
    /// Counts clients that were disconnected for being too slow; see ListenerStats.
    std::atomic<std::uint64_t>& timeouts;
    /// The read buffer of the worker.
    std::span<char> scratch;
};

/// The Exchange of the current request of a connection. Lives during one call of the handler.
class ConnectionExchange : public Exchange {
  public:
    ConnectionExchange(Connection& connection, const ExchangeContext& context)
        : connection_(connection), context_(context) {}

    bool announces_body() const override { return connection_.request->announces_body(); }
    void set_client(base::ShareOwner client) override { connection_.client = client; }
    std::string read_body(std::size_t bytes_max) override;
    ParkedRequest park(ParkLimit limit) override;
    base::IoWaitHook* io_wait_hook() override { return &context_.work; }

    /// Discards the received part of a body that the handler did not read. Returns true if the body
    /// is complete, so that the bytes that follow belong to the next request.
    bool skip_body();

  private:
    void invite_body();
    /// Appends the next piece of a body in its transfer encoding and returns its size in bytes.
    /// Requires that part of the body is missing and that the input buffer of the connection is
    /// empty.
    std::size_t read_piece(std::string& body, BlockingIoLimiter::Place& place,
                           Clock::time_point deadline);
    /// Calls `read` until bytes have been received, and returns their number.
    template <class Read>
    std::size_t await_more(BlockingIoLimiter::Place& place, Clock::time_point deadline,
                           const Read& read);

    Connection& connection_;
    const ExchangeContext& context_;
    /// True while the body is being read, and after reading it failed: the beginning of the next
    /// request is then not known.
    bool body_lost_ = false;
};

}  // namespace threatatlas::net
