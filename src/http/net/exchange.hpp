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

/// What one request may use of the listener, while a worker is on it.
struct ExchangeContext {
    const ListenerOptions& options;
    ConnectionPool& pool;
    BlockingIoLimiter& waits;
    /// The worker's.
    ConcurrencyLimiter::Place& work;
    /// Clients that were cut off for slowness; see ListenerStats.
    std::atomic<std::uint64_t>& timeouts;
    /// The worker's own, for reading.
    std::span<char> scratch;
};

/// The Exchange of the request that the connection holds.
class ConnectionExchange : public Exchange {
  public:
    ConnectionExchange(Connection& connection, const ExchangeContext& context)
        : connection_(connection), context_(context) {}

    bool announces_body() const override { return connection_.request->announces_body(); }
    std::string read_body(std::size_t bytes_max) override;
    ParkedRequest park(ParkLimit limit) override;
    base::IoWaitHook* io_wait_hook() override { return &context_.work; }

    /// Lets go what has come of a body that nobody read. True if that was all of it: the bytes
    /// that follow are the next request's.
    bool skip_body();

  private:
    void invite_body();
    /// Adds the next piece of a body, as it is on the wire; how much. Some of it is yet to come,
    /// and none of it was read.
    std::size_t read_piece(std::string& body, BlockingIoLimiter::Place& place,
                           Clock::time_point deadline);
    /// Reads until something has come; how much.
    template <class Read>
    std::size_t await_more(BlockingIoLimiter::Place& place, Clock::time_point deadline,
                           const Read& read);

    Connection& connection_;
    const ExchangeContext& context_;
    /// Reading has begun and was broken off: nobody knows any more where the next request begins.
    bool body_lost_ = false;
};

}  // namespace threatatlas::net
