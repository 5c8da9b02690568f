#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>

#include "http/listener.hpp"

namespace threatatlas {

class Connection;
class ConnectionPool;

/// Where a parked request and its answer meet, whichever comes first. What the pool does under this
/// object's lock takes no lock under which it would call anything else.
class ParkedRequest::State {
  public:
    State(ConnectionPool& pool, ParkLimit limit)
        : give_up_on_stop_(limit.give_up_on_stop),
          deadline_(std::chrono::steady_clock::now() + limit.wait_ms_max),
          otherwise_(std::move(limit.otherwise)),
          pool_(&pool) {}

    /// From any thread.
    bool complete(Completion completion, std::shared_ptr<void> held);
    bool is_awaited();

    // From the thread that owns the connection:

    /// True: the connection waits for its answer and belongs to nobody from now on. False: the
    /// answer is there, take() it.
    bool settle(Connection& connection);
    /// The time is over: the answer is `otherwise`, unless another one came first.
    void give_up();
    Completion take();
    std::shared_ptr<void> take_held();
    /// The connection is going away.
    void abandon();

    bool gives_up_on_stop() const { return give_up_on_stop_; }
    std::chrono::steady_clock::time_point deadline() const { return deadline_; }

  private:
    const bool give_up_on_stop_;
    const std::chrono::steady_clock::time_point deadline_;
    const Completion otherwise_;

    std::mutex mutex_;
    // Guarded by mutex_.
    ConnectionPool* pool_;
    bool answered_ = false;
    bool parked_ = false;
    std::uint64_t key_ = 0;
    int descriptor_ = -1;
    Completion completion_;
    std::shared_ptr<void> held_;
};

}  // namespace threatatlas
