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

/// What all workers of a listener share. Outlives them.
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

/// Brings connections forward, each as far as it goes without waiting: reads, has requests
/// answered, writes. One for each thread.
class Worker {
  public:
    explicit Worker(Serving& serving);

    /// Serves whatever connection is ready, until ConnectionPool::wake_all().
    void run();

    /// Deals with a connection whose time is over. The caller owns it; afterwards the pool does, or
    /// it is closed.
    void expire(Connection& connection);

    /// For the thread that looks after the connections, again and again: while all workers are held
    /// up, answers the probes among what has come and leaves the rest to the workers.
    void answer_probes();

    /// For a server that stops: closes what has nothing under way. Likewise.
    void part(Connection& connection);

  private:
    using Phase = Connection::Phase;
    /// Whether the connection is still this worker's.
    enum class Step { go_on, given_away };

    void serve(Connection& connection);
    Step advance(Connection& connection);
    Step read_head(Connection& connection);
    Step read_short_body(Connection& connection);
    Step answer(Connection& connection);
    Step begin_request(Connection& connection);
    Step after_answer(Connection& connection, Responder::Outcome outcome);
    /// The request is parked, and something was heard of its connection.
    Step answer_or_park(Connection& connection);
    Step write(Connection& connection);
    Step linger(Connection& connection);

    Step refuse(Connection& connection, const Problem& problem);
    Step await(Connection& connection, Transfer::Status wanted);
    /// Leaves the next step to another worker.
    void hand_over(Connection& connection, Transfer::Status wanted);
    Step close(Connection& connection);
    void enter(Connection& connection, Phase phase);
    Clock::time_point deadline(const Connection& connection) const;

    bool is_probe(const Connection& connection) const;
    bool is_free_of_waiting(const Connection& connection) const;
    void serve_if_probe(Connection& connection);

    Serving& serving_;
    /// What answer_probes() saw last, and since when it is so.
    std::uint64_t seen_handled_ = 0;
    Clock::time_point seen_since_ = Clock::now();
    std::array<char, 16'384> scratch_;
    ConcurrencyLimiter::Place work_;
    ExchangeContext context_;
    Responder responder_;
};

}  // namespace threatatlas::net
