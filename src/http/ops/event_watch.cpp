#include "http/ops/event_watch.hpp"

#include <algorithm>
#include <iterator>

#include "events/event_log.hpp"
#include "http/ops/service_limits.hpp"

namespace threatatlas::ops {

EventWatch::EventWatch(const store::Store& store, sequencer::Sequencer& sequencer,
                       const projections::Access& access)
    : store_(store), sequencer_(sequencer), access_(access), thread_([this] { run(); }) {}

EventWatch::~EventWatch() {
    stop();
}

void EventWatch::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) {
        thread_.join();
    }
}

void EventWatch::add(WaitingPoll poll) {
    {
        const std::lock_guard lock(mutex_);
        if (stopping_) {
            return;
        }
        new_polls_.push_back(std::move(poll));
    }
    changed_.notify_all();
}

void EventWatch::run() {
    auto checked = std::chrono::steady_clock::now();
    while (take_new_polls()) {
        // Waits from the lowest position that a poll has seen: a line written between a poll's page
        // and its add() is found at once.
        const bool has_grown = sequencer_.wait_beyond(least_seen(), round_length());
        try {
            look_at_new_lines(sequencer_.end().position);
        } catch (const std::exception&) {
            // The requests then read the lines themselves and report the error.
            wake_all_to_read();
        }
        const auto now = std::chrono::steady_clock::now();
        if (!has_grown || now - checked >= limits::poll_round_max) {
            wake_ended(now);
            checked = now;
        }
    }
    polls_.clear();
}

// Waits until there are polls. False if the watch is stopping.
bool EventWatch::take_new_polls() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return stopping_ || !polls_.empty() || !new_polls_.empty(); });
    std::move(new_polls_.begin(), new_polls_.end(), std::back_inserter(polls_));
    new_polls_.clear();
    return !stopping_;
}

Position EventWatch::least_seen() const {
    return std::min_element(polls_.begin(), polls_.end(),
                            [](const auto& a, const auto& b) { return a.looked_at < b.looked_at; })
        ->looked_at;
}

std::chrono::milliseconds EventWatch::round_length() const {
    const auto first =
        std::min_element(polls_.begin(), polls_.end(), [](const auto& a, const auto& b) {
            return a.until < b.until;
        })->until;
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(first - std::chrono::steady_clock::now());
    return std::clamp(left, std::chrono::milliseconds(0), limits::poll_round_max);
}

void EventWatch::wake_ended(SteadyTime now) {
    const base::Instant wall_now = sequencer_.now();
    std::erase_if(polls_, [&](const WaitingPoll& poll) {
        if (!poll.is_awaited()) {
            return true;
        }
        const bool holds = access_.is_live(poll.filter.bearer->id, wall_now);
        const bool ends = !holds || poll.until <= now;
        if (ends) {
            poll.wake(holds ? PollEnd::time_up : PollEnd::token_ended, poll.looked_at);
        }
        return ends;
    });
}

void EventWatch::look_at_new_lines(Position end) {
    if (polls_.empty() || least_seen() >= end) {
        return;
    }
    const store::ReadView view(store_);
    events::scan_lines(view, least_seen() + 1, [&](Position position, std::string_view line) {
        if (position > end) {
            return false;
        }
        const auto head = head_of(line);
        std::erase_if(polls_, [&](const WaitingPoll& poll) {
            const bool is_wanted = head && position > poll.looked_at && poll.filter.wants(*head);
            if (is_wanted) {
                poll.wake(PollEnd::event, position - 1);
            }
            return is_wanted;
        });
        return !polls_.empty();
    });
    for (WaitingPoll& poll : polls_) {
        poll.looked_at = std::max(poll.looked_at, end);
    }
}

void EventWatch::wake_all_to_read() {
    for (const WaitingPoll& poll : polls_) {
        poll.wake(PollEnd::event, poll.looked_at);
    }
    polls_.clear();
}

}  // namespace threatatlas::ops
