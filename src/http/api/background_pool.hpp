#pragma once

// Threads for long work that the gate must not wait for: they yield to whoever wants to run. Owners
// take turns, and one owner has at most half of the threads and half of the queue.

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
    std::size_t waiting_max = 1;        // pieces of work
    std::size_t waiting_bytes_max = 0;  // of all that they say they hold
};

// For any thread.
class BackgroundPool {
  public:
    explicit BackgroundPool(const BackgroundPoolOptions& options);
    ~BackgroundPool() { finish(); }
    BackgroundPool(const BackgroundPool&) = delete;
    BackgroundPool& operator=(const BackgroundPool&) = delete;

    struct Added {
        base::QueueRoom room = base::QueueRoom::free;
        std::uint64_t number = 0;  // of the work, if there was room

        bool is_taken() const { return room == base::QueueRoom::free; }
    };
    // Work that throws nothing and holds so many bytes while it waits. Nothing is done unless there
    // is room.
    [[nodiscard]] Added add(base::ShareOwner owner, std::function<void()> work,
                            std::size_t bytes = 0);

    // Lets work go that nobody needs any more, unless it has begun.
    void remove(std::uint64_t number);

    // Lets go what waits, and returns when what has begun is done. No more is taken.
    void finish();

    struct Counts {
        std::size_t waiting = 0;
        std::uint64_t over_share = 0;  // refused because the owner had its share, since the start
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
    std::map<base::ShareOwner, std::size_t> running_;  // threads of each owner that has any
    std::uint64_t over_share_ = 0;
    bool finishing_ = false;

    std::vector<std::thread> threads_;
};

}  // namespace threatatlas::api
