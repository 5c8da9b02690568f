#include "http/net/parked_request.hpp"

#include <utility>

#include <poll.h>

#include "http/net/connection_pool.hpp"

namespace threatatlas::net {
namespace {
void call_all(const std::vector<std::function<void()>>& ends) {
    for (const auto& end : ends) {
        end();
    }
}

}  // namespace

bool ParkedRequest::complete(Completion completion, std::shared_ptr<void> held) const {
    return state_->complete(std::move(completion), std::move(held));
}

bool ParkedRequest::is_awaited() const {
    return state_->is_awaited();
}

void ParkedRequest::on_end(std::function<void()> end) const {
    state_->on_end(std::move(end));
}

void ParkedRequest::give_up_on_stop(Completion otherwise) const {
    state_->give_up_on_stop(std::move(otherwise));
}

bool ParkedRequest::State::is_awaited() {
    const std::lock_guard lock(mutex_);
    return pool_ != nullptr && !answered_;
}

void ParkedRequest::State::on_end(std::function<void()> end) {
    {
        const std::lock_guard lock(mutex_);
        if (pool_ != nullptr && !answered_) {
            ends_.push_back(std::move(end));
            return;
        }
    }
    end();
}

void ParkedRequest::State::give_up_on_stop(Completion otherwise) {
    const std::lock_guard lock(mutex_);
    otherwise_ = std::move(otherwise);
    gives_up_on_stop_ = true;
}

bool ParkedRequest::State::gives_up_on_stop() {
    const std::lock_guard lock(mutex_);
    return gives_up_on_stop_;
}

bool ParkedRequest::State::complete(Completion completion, std::shared_ptr<void> held) {
    std::vector<std::function<void()>> ends;
    {
        const std::lock_guard lock(mutex_);
        if (pool_ == nullptr || answered_) {
            return false;
        }
        answered_ = true;
        completion_ = std::move(completion);
        held_ = std::move(held);
        ends.swap(ends_);
        if (parked_) {
            pool_->resume(key_);
        }
    }
    call_all(ends);
    return true;
}

bool ParkedRequest::State::settle(Connection& connection) {
    const std::lock_guard lock(mutex_);
    if (answered_) {
        return false;
    }
    key_ = connection.key;
    parked_ = pool_->park(connection, deadline_, gives_up_on_close_);
    return parked_;
}

void ParkedRequest::State::give_up() {
    std::vector<std::function<void()>> ends;
    {
        const std::lock_guard lock(mutex_);
        if (!std::exchange(answered_, true)) {
            completion_ = otherwise_;
        }
        ends.swap(ends_);
    }
    call_all(ends);
}

Completion ParkedRequest::State::take() {
    const std::lock_guard lock(mutex_);
    return std::move(completion_);
}

std::shared_ptr<void> ParkedRequest::State::take_held() {
    const std::lock_guard lock(mutex_);
    return std::move(held_);
}

void ParkedRequest::State::abandon() {
    std::vector<std::function<void()>> ends;
    Completion unsent;  // may contain a handle to this request; destroyed after unlocking
    std::shared_ptr<void> held;
    {
        const std::lock_guard lock(mutex_);
        pool_ = nullptr;
        ends.swap(ends_);
        unsent.swap(completion_);
        held.swap(held_);
    }
    call_all(ends);
}

}  // namespace threatatlas::net
