#pragma once

#include <atomic>
#include <cstddef>

#include "http/net/concurrency_limiter.hpp"
#include "http/net/connection.hpp"
#include "http/net/connection_pool.hpp"

namespace threatatlas::net {

/// Limits how many workers may block on a client in the middle of a request, that is, while they
/// read a long body or write a long answer to a slow reader. There are fewer places than workers,
/// so that slow clients cannot occupy all workers. Thread-safe; must outlive its places.
class BlockingIoLimiter {
  public:
    /// The result of a wait: the socket is ready; the deadline has passed; all places are taken,
    /// and nothing was waited for; or waits were cut off (also if poll() fails).
    enum class Result { ready, too_slow, no_place, cut_off };

    /// `places` is the number of workers that may block at once. `cut_off` is a descriptor that
    /// becomes readable to end all waits. `pool` hands ready connections to other workers.
    BlockingIoLimiter(std::size_t places, int cut_off, ConnectionPool& pool)
        : places_(places), cut_off_(cut_off), pool_(pool) {}

    /// The place of one worker, taken at its first wait and released by the destructor. Used by one
    /// thread.
    class Place {
      public:
        /// `work` is the worker's permit to run, which is given up during a wait.
        Place(BlockingIoLimiter& waits, ConcurrencyLimiter::Place& work)
            : waits_(waits), work_(work) {}
        ~Place();
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;

        /// Blocks until the socket is ready for the transfer that returned `wanted` (wants_read or
        /// wants_write).
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
