#pragma once

// Requests that wait for events which have not happened yet (long polls). They hold a connection
// but no worker; one thread looks at each new line once and wakes whoever wanted it.

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "commands/sequencer.hpp"
#include "http/event_filter.hpp"

namespace threatatlas {

class EventWatch {
  public:
    using SteadyTime = std::chrono::steady_clock::time_point;

    // Store and sequencer are the caller's and outlive the watch.
    EventWatch(const Store& store, Sequencer& sequencer);
    // stop().
    ~EventWatch();
    EventWatch(const EventWatch&) = delete;
    EventWatch& operator=(const EventWatch&) = delete;

    // The methods below may be called from any thread.

    // Whether another poll may wait. Without it the answer is given at once.
    bool has_room() const;

    // Calls `wake` at most once, on the watch's thread, when a wanted line stands behind
    // `looked_at`, and not after `until`.
    void add(EventFilter filter, Position looked_at, SteadyTime until, std::function<void()> wake);

    std::size_t waiting() const;

    // Lets go of whoever still waits, without a word: their requests have time limits of their own.
    // Not on the watch's own thread, and not by two threads at once.
    void stop();

  private:
    struct Waiter {
        EventFilter filter;
        Position looked_at;
        SteadyTime until;
        std::function<void()> wake;
    };

    void run();
    bool try_to_look();
    void look_at_new_lines();

    const Store& store_;
    Sequencer& sequencer_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Waiter> waiters_;  // guarded by mutex_
    bool stopping_ = false;        // guarded by mutex_
    std::thread thread_;
};

}  // namespace threatatlas
