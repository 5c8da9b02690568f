#include "http/event_watch.hpp"

#include <algorithm>

#include "events/event_log.hpp"
#include "http/api_limits.hpp"

namespace threatatlas {

EventWatch::EventWatch(const Store& store, Sequencer& sequencer)
    : store_(store), sequencer_(sequencer), thread_([this] { run(); }) {}

EventWatch::~EventWatch() {
    stop();
}

void EventWatch::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        waiters_.clear();
    }
    changed_.notify_all();
    if (thread_.joinable()) {
        thread_.join();
    }
}

bool EventWatch::has_room() const {
    return waiting() < limits::waiting_polls_max;
}

std::size_t EventWatch::waiting() const {
    const std::lock_guard lock(mutex_);
    return waiters_.size();
}

void EventWatch::add(EventFilter filter, Position looked_at, SteadyTime until,
                     std::function<void()> wake) {
    {
        const std::lock_guard lock(mutex_);
        if (stopping_) {
            return;
        }
        waiters_.push_back({std::move(filter), looked_at, until, std::move(wake)});
    }
    changed_.notify_all();
}

void EventWatch::run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        if (waiters_.empty()) {
            changed_.wait(lock);
            continue;
        }
        // From the waiter that has seen least: a line that came between its page and its joining
        // is found at once.
        const Position seen =
            std::min_element(waiters_.begin(), waiters_.end(), [](const auto& a, const auto& b) {
                return a.looked_at < b.looked_at;
            })->looked_at;
        lock.unlock();
        const bool has_grown = sequencer_.wait_beyond(seen, limits::poll_round_max);
        const bool readable = !has_grown || try_to_look();
        lock.lock();
        if (!readable) {
            waiters_.clear();
        }
        const auto now = std::chrono::steady_clock::now();
        std::erase_if(waiters_, [now](const Waiter& waiter) { return waiter.until <= now; });
    }
}

bool EventWatch::try_to_look() {
    try {
        look_at_new_lines();
        return true;
    } catch (const std::exception&) {
        // A store that cannot be read is reported by whoever is asked to answer from it.
        return false;
    }
}

void EventWatch::look_at_new_lines() {
    std::vector<std::function<void()>> woken;
    {
        const std::lock_guard lock(mutex_);
        if (waiters_.empty()) {
            return;
        }
        Position seen = waiters_.front().looked_at;
        for (const Waiter& waiter : waiters_) {
            seen = std::min(seen, waiter.looked_at);
        }
        const ReadView view(store_);
        const Position end = end_of_log(view).position;
        scan_lines(view, seen + 1, [&](Position position, std::string_view line) {
            const auto head = head_of(line);
            for (Waiter& waiter : waiters_) {
                if (head && waiter.wake && position > waiter.looked_at &&
                    waiter.filter.wants(*head)) {
                    woken.push_back(std::move(waiter.wake));
                    waiter.wake = nullptr;
                }
            }
            return true;
        });
        std::erase_if(waiters_, [](const Waiter& waiter) { return !waiter.wake; });
        for (Waiter& waiter : waiters_) {
            waiter.looked_at = std::max(waiter.looked_at, end);
        }
    }
    for (const auto& wake : woken) {
        wake();
    }
}

}  // namespace threatatlas
