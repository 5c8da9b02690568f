#pragma once

/// Long polls: requests that wait for future events. They occupy a connection but no worker; one
/// thread looks at every new line once and wakes the requests that it matches.

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "commands/sequencer/sequencer.hpp"
#include "http/ops/event_filter.hpp"

namespace threatatlas::ops {

/// The reason why a poll ended.
enum class PollEnd : std::uint8_t {
    event,       ///< a matching line was recorded
    time_up,     ///< no matching line within its time
    token_ended  ///< its token was revoked or has expired
};

/// A waiting request.
struct WaitingPoll {
    EventFilter filter;      ///< including the bearer
    Position looked_at = 0;  ///< the request has seen all lines up to this position
    std::chrono::steady_clock::time_point until;
    std::function<bool()> is_awaited;  ///< false: the client is gone
    /// Called at most once, on the watch's thread. No line up to `seen` matches.
    std::function<void(PollEnd end, Position seen)> wake;
};

class EventWatch {
  public:
    /// The arguments must outlive the watch. Starts the thread.
    EventWatch(const store::Store& store, sequencer::Sequencer& sequencer,
               const projections::Access& access);
    /// Calls stop().
    ~EventWatch();
    EventWatch(const EventWatch&) = delete;
    EventWatch& operator=(const EventWatch&) = delete;

    /// Thread-safe. After stop() no poll is woken.
    void add(WaitingPoll poll);

    /// Drops all waiting polls without waking them; their requests have time limits of their own.
    /// Not on the watch's thread, and not by two threads at once.
    void stop();

  private:
    using SteadyTime = std::chrono::steady_clock::time_point;

    void run();
    bool take_new_polls();
    Position least_seen() const;
    // The time until the next poll ends, limited so that a revoked token is noticed soon.
    std::chrono::milliseconds round_length() const;
    void wake_ended(SteadyTime now);
    void look_at_new_lines(Position end);
    void wake_all_to_read();

    const store::Store& store_;
    sequencer::Sequencer& sequencer_;
    const projections::Access& access_;

    std::vector<WaitingPoll> polls_;  // owned by the thread

    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<WaitingPoll> new_polls_;  // guarded by mutex_
    bool stopping_ = false;               // guarded by mutex_
    std::thread thread_;
};

}  // namespace threatatlas::ops
