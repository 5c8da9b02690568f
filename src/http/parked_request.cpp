#include "http/parked_request.hpp"

#include <utility>

#include "http/connection_pool.hpp"

namespace threatatlas {

bool ParkedRequest::complete(Completion completion) const {
    return state_->complete(std::move(completion));
}

bool ParkedRequest::is_awaited() const {
    return state_->is_awaited();
}

bool ParkedRequest::State::is_awaited() {
    const std::lock_guard lock(mutex_);
    return pool_ != nullptr && !answered_;
}

bool ParkedRequest::State::complete(Completion completion) {
    const std::lock_guard lock(mutex_);
    if (pool_ == nullptr || answered_) {
        return false;
    }
    answered_ = true;
    completion_ = std::move(completion);
    if (parked_) {
        pool_->resume(key_);
    }
    return true;
}

bool ParkedRequest::State::settle(Connection& connection) {
    const std::lock_guard lock(mutex_);
    if (!answered_) {
        key_ = connection.key;
        parked_ = true;
        pool_->park(connection, deadline_);
    }
    return !answered_;
}

void ParkedRequest::State::give_up() {
    const std::lock_guard lock(mutex_);
    if (!std::exchange(answered_, true)) {
        completion_ = otherwise_;
    }
}

Completion ParkedRequest::State::take() {
    const std::lock_guard lock(mutex_);
    return std::move(completion_);
}

void ParkedRequest::State::abandon() {
    const std::lock_guard lock(mutex_);
    pool_ = nullptr;
}

}  // namespace threatatlas
