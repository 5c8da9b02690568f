#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "http/net/listener.hpp"

namespace threatatlas::net {

class Connection;
class ConnectionPool;

/// The shared state of a parked request and its answer, either of which may come first. Locks nest
/// in one direction only: the pool is called while mutex_ is locked, and the locks of the pool are
/// never held while anything else is called.
class ParkedRequest::State {
  public:
    State(ConnectionPool& pool, ParkLimit limit)
        : gives_up_on_close_(limit.give_up_on_close),
          deadline_(std::chrono::steady_clock::now() + limit.wait_ms_max),
          gives_up_on_stop_(limit.give_up_on_stop),
          otherwise_(std::move(limit.otherwise)),
          pool_(&pool) {}

    // May be called from any thread. See ParkedRequest.
    bool complete(Completion completion, std::shared_ptr<void> held);
    bool is_awaited();
    void on_end(std::function<void()> end);
    void give_up_on_stop(Completion otherwise);

    // May be called only by the thread that owns the connection.

    /// Parks the connection. Returns true if it is parked, so that the caller no longer owns it.
    /// Returns false if the answer is complete and can be fetched with take(), or if it is still
    /// awaited and the client seems to have closed the connection.
    bool settle(Connection& connection);
    /// Answers with `otherwise` because the time limit has passed, unless an answer was given
    /// before.
    void give_up();
    /// The answer. May be called once.
    Completion take();
    /// The `held` argument of complete(). May be called once.
    std::shared_ptr<void> take_held();
    /// Ends the request without an answer, because its connection is being closed.
    void abandon();

    bool gives_up_on_stop();
    bool gives_up_on_close() const { return gives_up_on_close_; }
    std::chrono::steady_clock::time_point deadline() const { return deadline_; }

  private:
    const bool gives_up_on_close_;
    const std::chrono::steady_clock::time_point deadline_;

    std::mutex mutex_;
    // Guarded by mutex_:
    bool gives_up_on_stop_;
    Completion otherwise_;
    ConnectionPool* pool_;
    bool answered_ = false;
    bool parked_ = false;
    std::uint64_t key_ = 0;
    Completion completion_;
    std::vector<std::function<void()>> ends_;  // to be called when the answer is no longer awaited
    std::shared_ptr<void> held_;
};

}  // namespace threatatlas::net
