#pragma once

// Requests that wait for events which have not happened yet (long polls). They hold a connection
// but no worker; one thread looks at each new line once and wakes whoever wanted it.

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "commands/sequencer/sequencer.hpp"
#include "http/ops/event_filter.hpp"

namespace threatatlas {

// Why a poll has stopped waiting.
enum class PollEnd : std::uint8_t {
    event,       // there is a wanted line
    time_up,     // there is none
    token_ended  // its token was revoked, or has expired
};

// One request that waits.
struct WaitingPoll {
    EventFilter filter;      // with the bearer
    Position looked_at = 0;  // the request has seen all lines up to here
    std::chrono::steady_clock::time_point until;
    std::function<bool()> is_awaited;  // false: nobody needs it any more
    // Called at most once, on the watch's thread. `seen`: the lines up to there are not wanted.
    std::function<void(PollEnd end, Position seen)> wake;
};

class EventWatch {
  public:
    // All three are the caller's and outlive the watch.
    EventWatch(const Store& store, Sequencer& sequencer, const Access& access);
    // stop().
    ~EventWatch();
    EventWatch(const EventWatch&) = delete;
    EventWatch& operator=(const EventWatch&) = delete;

    // From any thread. After stop() nobody is woken.
    void add(WaitingPoll poll);

    // Lets go of whoever still waits, without a word: their requests have time limits of their own.
    // Not on the watch's own thread, and not by two threads at once.
    void stop();

  private:
    using SteadyTime = std::chrono::steady_clock::time_point;

    void run();
    bool take_new_polls();
    Position least_seen() const;
    // Until the next poll's time is up, but no longer than a revoked token may go unnoticed.
    std::chrono::milliseconds round_length() const;
    void wake_ended(SteadyTime now);
    void look_at_new_lines(Position end);
    void wake_all_to_read();

    const Store& store_;
    Sequencer& sequencer_;
    const Access& access_;

    std::vector<WaitingPoll> polls_;  // the thread's

    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<WaitingPoll> new_polls_;  // guarded by mutex_
    bool stopping_ = false;               // guarded by mutex_
    std::thread thread_;
};

}  // namespace threatatlas
