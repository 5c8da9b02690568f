#pragma once

#include <atomic>
#include <cstddef>

#include "http/net/concurrency_limiter.hpp"
#include "http/net/connection.hpp"
#include "http/net/connection_pool.hpp"

namespace threatatlas::net {

/// The places for workers that have to wait for a client in the middle of a request: for a long
/// body, or for a client that reads a long answer slowly. There are fewer places than workers, so
/// that slow clients cannot hold them all. Thread-safe.
class BlockingIoLimiter {
  public:
    enum class Result { ready, too_slow, no_place, cut_off };

    /// `cut_off`: a descriptor that becomes readable when nothing may be waited for any more.
    BlockingIoLimiter(std::size_t places, int cut_off, ConnectionPool& pool)
        : places_(places), cut_off_(cut_off), pool_(pool) {}

    /// One worker's place, taken at its first wait and kept until its end.
    class Place {
      public:
        /// `work`: where the worker works, which it leaves to another one while it waits.
        Place(BlockingIoLimiter& waits, ConcurrencyLimiter::Place& work)
            : waits_(waits), work_(work) {}
        ~Place();
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;

        /// Waits until the socket can do what the transfer wanted.
        Result wait(const Connection& connection, Transfer::Status wanted,
                    Clock::time_point deadline);

      private:
        Result wait_ready(const Connection& connection, Transfer::Status wanted,
                          Clock::time_point deadline) const;

        BlockingIoLimiter& waits_;
        ConcurrencyLimiter::Place& work_;
        bool taken_ = false;
    };

  private:
    bool take();

    const std::size_t places_;
    const int cut_off_;
    ConnectionPool& pool_;
    std::atomic<std::size_t> taken_ = 0;
};

}  // namespace threatatlas::net
