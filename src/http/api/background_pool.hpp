#pragma once

/// Low-priority threads for long work that must not delay the gate. Owners take turns. One owner
/// may use at most half of the threads and half of the queue.

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/fair_queue.hpp"

namespace threatatlas::api {

struct BackgroundPoolOptions {
    std::size_t threads = 1;
    std::size_t waiting_max = 1;
    std::size_t waiting_bytes_max = 0;  // total of the queued work
};

/// Thread-safe.
class BackgroundPool {
  public:
    explicit BackgroundPool(const BackgroundPoolOptions& options);
    ~BackgroundPool() { finish(); }
    BackgroundPool(const BackgroundPool&) = delete;
    BackgroundPool& operator=(const BackgroundPool&) = delete;

    struct Added {
        base::QueueRoom room = base::QueueRoom::free;
        std::uint64_t number = 0;  // identifies the work, for remove(); 0 if rejected

        bool is_taken() const { return room == base::QueueRoom::free; }
    };
    /// Queues `work`, which must not throw. `bytes` is the memory that it holds while it is queued.
    /// Does nothing if the queue has no room.
    [[nodiscard]] Added add(base::ShareOwner owner, std::function<void()> work,
                            std::size_t bytes = 0);

    /// Removes work that has not started. Does nothing if it has.
    void remove(std::uint64_t number);

    /// Drops the queued work and returns when the running work is done. Later work is rejected.
    void finish();

    struct Counts {
        std::size_t waiting = 0;
        std::uint64_t over_share = 0;  // rejected since the start: share used up
    };
    Counts counts() const;

  private:
    using Work = std::function<void()>;

    void run();
    std::optional<std::pair<base::ShareOwner, Work>> take_next();

    const BackgroundPoolOptions options_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;

    // Guarded by mutex_.
    base::FairQueue<Work> waiting_;
    std::map<base::ShareOwner, std::size_t> running_;  // number of threads by owner
    std::uint64_t over_share_ = 0;
    bool finishing_ = false;

    std::vector<std::thread> threads_;
};

}  // namespace threatatlas::api
