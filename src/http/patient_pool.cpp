#include "http/patient_pool.hpp"

#include <utility>

#include "commands/patient_thread.hpp"

namespace threatatlas {

PatientPool::PatientPool(const PatientPoolOptions& options) : options_(options) {
    while (threads_.size() < options_.threads) {
        threads_.emplace_back([this] { run(); });
    }
}

bool PatientPool::add(std::function<void()> work, std::size_t bytes) {
    {
        const std::lock_guard lock(mutex_);
        if (finishing_ || waiting_.size() >= options_.waiting_max ||
            waiting_bytes_ + bytes > options_.waiting_bytes_max) {
            return false;
        }
        waiting_bytes_ += bytes;
        waiting_.push_back({std::move(work), bytes});
    }
    changed_.notify_one();
    return true;
}

void PatientPool::finish() {
    std::deque<Waiting> dropped;
    {
        const std::lock_guard lock(mutex_);
        finishing_ = true;
        dropped.swap(waiting_);
        waiting_bytes_ = 0;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) {
        thread.join();
    }
    threads_.clear();
}

std::size_t PatientPool::waiting() const {
    const std::lock_guard lock(mutex_);
    return waiting_.size();
}

void PatientPool::run() {
    stand_back();
    for (;;) {
        Waiting next;
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [&] { return !waiting_.empty() || finishing_; });
            if (waiting_.empty()) {
                return;
            }
            next = std::move(waiting_.front());
            waiting_.pop_front();
            waiting_bytes_ -= next.bytes;
        }
        begin_patient_work();
        next.work();
    }
}

}  // namespace threatatlas
