#pragma once

#include <cstddef>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "base/share_owner.hpp"
#include "http/net/concurrency_limiter.hpp"
#include "http/net/connection.hpp"
#include "http/net/connection_pool.hpp"

namespace threatatlas::net {

/// Limits how many workers may block on a client in the middle of a request, that is, while they
/// read a long body or write a long answer to a slow reader. There are fewer places than workers,
/// so that slow clients cannot occupy all workers. A known client leaves at least one place to
/// others. Thread-safe; must outlive its places.
class BlockingIoLimiter {
  public:
    /// The result of a wait: the socket is ready; the deadline has passed; all places are taken, or
    /// all that this client may take, and nothing was waited for; or waits were cut off (also if
    /// poll() fails).
    enum class Result { ready, too_slow, no_place, no_place_for_client, cut_off };

    /// `places` is the number of workers that may block at once. `cut_off` is a descriptor that
    /// becomes readable to end all waits. `pool` hands ready connections to other workers.
    BlockingIoLimiter(std::size_t places, int cut_off, ConnectionPool& pool)
        : places_(places), cut_off_(cut_off), pool_(pool) {}

    /// The place of one worker, taken at its first wait and released by the destructor. Used by one
    /// thread.
    class Place {
      public:
        /// `work` is the worker's permit to run, which is given up during a wait. `client` is
        /// nullopt if the client is not known.
        Place(BlockingIoLimiter& waits, ConcurrencyLimiter::Place& work,
              std::optional<base::ShareOwner> client)
            : waits_(waits), work_(work), client_(client) {}
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
        const std::optional<base::ShareOwner> client_;
        bool taken_ = false;
    };

  private:
    enum class Taking { taken, all_taken, client_has_its_share };
    Taking take(std::optional<base::ShareOwner> client);
    void give_back(std::optional<base::ShareOwner> client);

    const std::size_t places_;
    const int cut_off_;
    ConnectionPool& pool_;
    std::mutex mutex_;
    // Guarded by mutex_.
    std::size_t taken_ = 0;
    std::unordered_map<base::ShareOwner, std::size_t> by_client_;  // only clients with places
};

}  // namespace threatatlas::net
