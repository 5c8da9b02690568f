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

/// Where a parked request and its answer meet, whichever comes first. What the pool does under this
/// object's lock takes no lock under which it would call anything else.
class ParkedRequest::State {
  public:
    State(ConnectionPool& pool, ParkLimit limit)
        : gives_up_on_close_(limit.give_up_on_close),
          deadline_(std::chrono::steady_clock::now() + limit.wait_ms_max),
          gives_up_on_stop_(limit.give_up_on_stop),
          otherwise_(std::move(limit.otherwise)),
          pool_(&pool) {}

    /// From any thread.
    bool complete(Completion completion, std::shared_ptr<void> held);
    bool is_awaited();
    void on_end(std::function<void()> end);
    void give_up_on_stop(Completion otherwise);

    // From the thread that owns the connection:

    /// True: the connection waits for its answer and belongs to nobody from now on. False: the
    /// answer is there, take() it; or it is awaited still, and the client seems to have closed.
    bool settle(Connection& connection);
    /// The time is over: the answer is `otherwise`, unless another one came first.
    void give_up();
    Completion take();
    std::shared_ptr<void> take_held();
    /// The connection is going away.
    void abandon();

    bool gives_up_on_stop();
    bool gives_up_on_close() const { return gives_up_on_close_; }
    std::chrono::steady_clock::time_point deadline() const { return deadline_; }

  private:
    const bool gives_up_on_close_;
    const std::chrono::steady_clock::time_point deadline_;

    std::mutex mutex_;
    // Guarded by mutex_.
    bool gives_up_on_stop_;
    Completion otherwise_;
    ConnectionPool* pool_;
    bool answered_ = false;
    bool parked_ = false;
    std::uint64_t key_ = 0;
    Completion completion_;
    std::vector<std::function<void()>> ends_;  // to be called when nobody waits any more
    std::shared_ptr<void> held_;
};

}  // namespace threatatlas::net
