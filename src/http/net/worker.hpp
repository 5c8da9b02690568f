#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "http/net/blocking_io_limiter.hpp"
#include "http/net/concurrency_limiter.hpp"
#include "http/net/connection.hpp"
#include "http/net/connection_pool.hpp"
#include "http/net/exchange.hpp"
#include "http/net/listener.hpp"
#include "http/net/responder.hpp"

namespace threatatlas::net {

/// The state shared by all workers of a listener. Must outlive them.
struct Serving {
    const ListenerOptions& options;
    const RequestHandler& handler;
    const RefusalObserver& refusal_observer;
    ConnectionPool& pool;
    BlockingIoLimiter& waits;
    ConcurrencyLimiter& places;

    std::atomic<bool> stopping = false;
    std::atomic<std::uint64_t> requests_handled = 0;
    std::atomic<std::uint64_t> requests_refused = 0;
    std::atomic<std::uint64_t> timeouts = 0;
};

/// Advances connections as far as possible without waiting: reads, calls handlers, writes. Each
/// thread has its own.
class Worker {
  public:
    explicit Worker(Serving& serving);

    /// Serves ready connections until ConnectionPool::wake_all() is called.
    void run();

    /// Handles a connection whose deadline has passed. The caller must own the connection and no
    /// longer does so afterwards.
    void expire(Connection& connection);

    /// While all workers are blocked, answers probes among the requests that were received, and
    /// leaves all others to the workers. Must be called repeatedly, by the thread that calls
    /// claim_due() of the pool.
    void answer_probes();

    /// Closes a connection without a request in progress because the server is stopping; returns
    /// any other one to the pool. The caller must own the connection and no longer does so
    /// afterwards.
    void part(Connection& connection);

  private:
    using Phase = Connection::Phase;
    /// Whether this worker still owns the connection.
    enum class Step { go_on, given_away };

    void serve(Connection& connection);
    Step advance(Connection& connection);
    Step read_head(Connection& connection);
    Step read_short_body(Connection& connection);
    Step answer(Connection& connection);
    Step begin_request(Connection& connection);
    static Step after_answer(Connection& connection, Responder::Outcome outcome);
    /// Handles an event of a connection whose request is parked.
    Step answer_or_park(Connection& connection);
    Step write(Connection& connection);
    Step linger(Connection& connection);

    Step refuse(Connection& connection, const Problem& problem);
    Step await(Connection& connection, Transfer::Status wanted);
    /// Leaves the next step to another worker.
    void hand_over(Connection& connection, Transfer::Status wanted);
    Step close(Connection& connection);
    static void enter(Connection& connection, Phase phase);
    Clock::time_point deadline(const Connection& connection) const;

    bool is_probe(const Connection& connection) const;
    bool is_free_of_waiting(const Connection& connection) const;
    void serve_if_probe(Connection& connection);

    Serving& serving_;
    /// The number of handled requests that answer_probes() saw last, and since when it is
    /// unchanged.
    std::uint64_t seen_handled_ = 0;
    Clock::time_point seen_since_ = Clock::now();
    std::array<char, 16'384> scratch_;
    ConcurrencyLimiter::Place work_;
    ExchangeContext context_;
    Responder responder_;
};

}  // namespace threatatlas::net
