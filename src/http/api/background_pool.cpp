#include "http/api/background_pool.hpp"

#include <utility>

#include "base/low_priority_thread.hpp"

namespace threatatlas::api {

BackgroundPool::BackgroundPool(const BackgroundPoolOptions& options)
    : options_(options),
      waiting_({.count_max = options.waiting_max, .bytes_max = options.waiting_bytes_max}) {
    while (threads_.size() < options_.threads) {
        threads_.emplace_back([this] { run(); });
    }
}

BackgroundPool::Added BackgroundPool::add(base::ShareOwner owner, std::function<void()> work,
                                          std::size_t bytes) {
    Added added;
    {
        const std::lock_guard lock(mutex_);
        added.room = finishing_ ? base::QueueRoom::full : waiting_.room_for(owner, bytes);
        if (!added.is_taken()) {
            over_share_ += added.room == base::QueueRoom::owner_full ? 1 : 0;
            return added;
        }
        added.number = waiting_.push(owner, std::move(work), 1, bytes);
    }
    changed_.notify_one();
    return added;
}

void BackgroundPool::remove(std::uint64_t number) {
    std::optional<Work> removed;  // destroyed after unlocking, because it may be large
    const std::lock_guard lock(mutex_);
    removed = waiting_.remove(number);
}

void BackgroundPool::finish() {
    std::vector<Work> dropped;
    {
        const std::lock_guard lock(mutex_);
        finishing_ = true;
        dropped = waiting_.take_all();
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) {
        thread.join();
    }
    threads_.clear();
}

BackgroundPool::Counts BackgroundPool::counts() const {
    const std::lock_guard lock(mutex_);
    return {.waiting = waiting_.size(), .over_share = over_share_};
}

std::optional<std::pair<base::ShareOwner, BackgroundPool::Work>> BackgroundPool::take_next() {
    return waiting_.pop_if([this](base::ShareOwner owner) {
        const auto running = running_.find(owner);
        return running == running_.end() || running->second < base::share_of(options_.threads);
    });
}

void BackgroundPool::run() {
    base::lower_thread_priority();
    std::unique_lock lock(mutex_);
    for (;;) {
        auto next = take_next();
        if (!next) {
            if (finishing_) {
                return;
            }
            changed_.wait(lock);
            continue;
        }
        const base::ShareOwner owner = next->first;
        ++running_[owner];
        lock.unlock();
        base::begin_low_priority_work();
        next->second();
        next.reset();
        lock.lock();
        if (--running_[owner] == 0) {
            running_.erase(owner);
        }
        if (!waiting_.empty()) {
            changed_.notify_one();  // this thread takes one; the owner may have more
        }
    }
}

}  // namespace threatatlas::api
